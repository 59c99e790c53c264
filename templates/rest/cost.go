package rest

import (
	"math"
	"strconv"
	"strings"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// cost returns the cost of the request in a rate. It fails if a number in the request is not a
// valid cost.
func (v *view) cost(r *Rate, limit *ratelimit.Limit) (int64, error) {
	switch {
	case r.Count == nil:
		return r.Cost, nil
	case r.Value:
		n, err := v.amount(r)
		if err != nil {
			err.Limit = limit.Name
			return 0, err
		}
		return times(n, max(1, r.Times)), nil
	}
	return times(max(1, v.count(r.Count)), max(1, r.Times)), nil
}

// times multiplies a number from 0 with one from 1; a product that is too large stays the largest
// number.
func times(a, b int64) int64 {
	if a > math.MaxInt64/b {
		return math.MaxInt64
	}
	return a * b
}

// amount returns the number in the request for a rate, or the default for an absent one.
func (v *view) amount(r *Rate) (int64, *ratelimit.CostError) {
	text, found := v.numeral(r.Count)
	if !found {
		return v.usualAmount(r), nil
	}
	n, ok := wholeNumber(text)
	if !ok {
		const most = 40 // of a text that may be long and hostile
		if len(text) > most {
			text = text[:most] + "..."
		}
		return 0, &ratelimit.CostError{Value: strconv.Quote(text)}
	}
	return n, nil
}

// usualAmount returns the number that counts where a request has none.
func (v *view) usualAmount(r *Rate) int64 {
	if own := v.absent(r.Count); own == nil {
		return r.Absent
	} else if n, ok := wholeNumber(own.Default); ok {
		return n
	}
	return 1
}

// absent returns the default that only the media type of the request has; nil for that of most.
func (v *view) absent(e *Expr) *Absent {
	if e.In != InBody {
		return nil
	}
	all := v.described().Absent
	for i := range all {
		if all[i].Pointer == e.Pointer {
			return &all[i]
		}
	}
	return nil
}

// numeral returns the text of a number; null counts as absent. Of a repeated parameter the first
// counts.
func (v *view) numeral(e *Expr) (text string, found bool) {
	switch e.In {
	case InBody:
		if len(v.body) == 0 {
			return "", false
		}
		value := scanPointer(v.body, e.Pointer)
		if b := v.described(); value.kind == jsonString && (b.Kind == BodyForm || b.Kind == BodyMultipart || b.Media == mediaRPC) {
			return decodeString(value.raw), true // a field that no schema makes a number
		}
		return string(value.raw), value.kind != jsonMissing && value.kind != jsonNull
	case InPath:
		text, found = v.pathValue(v.op, e.Name)
		return v.op.find(e.In, e.Name).text(text, unescapePath), found
	case InQuery:
		text, found = firstQuery(v.rawQuery, e.Name)
		return unescapeQuery(text), found
	case InHeader:
		if lines := v.header.Values(e.Name); len(lines) > 0 {
			return strings.TrimSpace(lines[0]), true
		}
		return "", false
	default:
		return cookieValue(v.header, e.Name)
	}
}

// wholeNumber reads a non-negative integer in any spelling of a JSON number: 16, 16.0 and
// 1.6e1 are one. A number that is too large stays the largest.
func wholeNumber(text string) (int64, bool) {
	if len(text) == 0 || scanNumber([]byte(text), 0) != len(text) {
		return 0, false
	}
	negative, digits, exponent := splitNumber(text)
	switch {
	case digits == "":
		return 0, true
	case negative || exponent < 0:
		return 0, false
	case len(digits)+exponent > 18:
		return math.MaxInt64, true
	}
	n := int64(0)
	for _, c := range []byte(digits) {
		n = n*10 + int64(c-'0')
	}
	for range exponent {
		n *= 10
	}
	return n, true
}

// splitNumber splits a valid JSON number into digits times ten to the exponent. The digits have no
// zeros at their ends, so that equal numbers have equal digits; 0 has none.
func splitNumber(text string) (negative bool, digits string, exponent int) {
	text, negative = strings.CutPrefix(text, "-")
	power := ""
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		text, power = text[:i], text[i+1:]
	}
	whole, fraction, _ := strings.Cut(text, ".")
	digits = strings.TrimLeft(whole+fraction, "0")
	exponent = exponentOf(power) - len(fraction)
	trimmed := strings.TrimRight(digits, "0")
	exponent += len(digits) - len(trimmed)
	if trimmed == "" {
		return negative, "", 0
	}
	return negative, trimmed, exponent
}

// exponentOf reads an exponent. It is cut at a size that the digits of no request make up for.
func exponentOf(text string) int {
	text = strings.TrimPrefix(text, "+")
	text, negative := strings.CutPrefix(text, "-")
	const most = 100_000_000
	n := 0
	for _, c := range []byte(text) {
		n = min(n*10+int(c-'0'), most)
	}
	if negative {
		return -n
	}
	return n
}
