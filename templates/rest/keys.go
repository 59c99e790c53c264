package rest

import (
	"slices"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// key builds the partition key of one rate.
func (v *view) key(buffer []byte, dimensions []Dimension) []byte {
	for i := range dimensions {
		switch d := &dimensions[i]; d.Kind {
		case DimOperation:
			buffer = ratelimit.AppendKey(buffer, v.op.Counter)
		case DimCredential:
			buffer = ratelimit.AppendSecret(buffer, v.credential)
		case DimClientIP:
			buffer = ratelimit.AppendKey(buffer, v.clientIP)
		case DimIdentity:
			buffer = ratelimit.AppendSecret(buffer, v.identity)
		default:
			buffer = ratelimit.AppendKey(buffer, v.value(&d.Expr))
		}
	}
	return buffer
}

// numericKeys returns the parameters of an operation that a key reads as numbers.
func (o *Operation) numericKeys() []Expr {
	var out []Expr
	for i := range o.Rates {
		for _, d := range o.Rates[i].Key {
			if d.Kind != DimExpr || d.Expr.In == InBody {
				continue
			}
			if p := o.find(d.Expr.In, d.Expr.Name); p != nil && p.Number {
				out = append(out, d.Expr)
			}
		}
	}
	return out
}

// numeric refuses a key that should be a number and is none, such as 007: a handler may read it as
// the number 7, of which it would be a second counter.
func (v *view) numeric(keys []Expr) error {
	for i := range keys {
		if text := v.value(&keys[i]); text != "" && scanNumber([]byte(text), 0) != len(text) {
			return badRequest(keys[i].Name + ": a value of another type is expected")
		}
	}
	return nil
}

// sameKey reports whether two rates have the same partition. Generated tables share equal ones.
func sameKey(a, b []Dimension) bool {
	if len(a) > 0 && len(b) == len(a) && &a[0] == &b[0] {
		return true
	}
	return slices.Equal(a, b)
}
