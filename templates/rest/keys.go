package rest

import "github.com/limitgen/limitgen/templates/ratelimit"

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
