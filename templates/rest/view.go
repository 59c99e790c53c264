package rest

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// view is a request as seen by the expressions of the table. Client and server both use it, so that
// a client reserves what the server counts.
type view struct {
	op         *Operation
	of         *Body    // of the media type that was sent; nil for op.Body
	path       []string // raw, still percent-encoded, values of op's path parameters in template order
	rawQuery   string
	header     http.Header
	body       []byte // the JSON text, or nil; a form is converted to a JSON object
	credential string
	clientIP   string
	identity   string // "" in a client, which is one caller
}

// described returns the spec's description of the body that was sent.
func (v *view) described() *Body {
	if v.of != nil {
		return v.of
	}
	return &v.op.Body
}

// charges returns what the request costs, in the order of the operation's rates. It fails with a
// *CostError if a cost exceeds what its limit can ever admit, or is not a countable number.
func (v *view) charges(limits []ratelimit.Limit) ([]ratelimit.Charge, error) {
	if len(v.op.Rates) == 0 {
		return nil, nil
	}
	return v.appendCharges(make([]ratelimit.Charge, 0, len(v.op.Rates)), limits)
}

// appendCharges is charges with a caller's slice. All keys are parts of one string, and rates with
// the same partition share a key.
func (v *view) appendCharges(out []ratelimit.Charge, limits []ratelimit.Limit) ([]ratelimit.Charge, error) {
	var space [192]byte
	var begins, ends [8]int
	first, keys := len(out), space[:0]
	var before []Dimension
	for i := range v.op.Rates {
		r := &v.op.Rates[i]
		limit := &limits[r.Limit]
		cost, err := v.cost(r, limit)
		if err != nil {
			return nil, err
		}
		if cost == 0 {
			continue // neither checked nor counted
		}
		most := limit.Capacity()
		if r.Max > 0 {
			most = min(most, r.Max)
		}
		if cost > most {
			return nil, &ratelimit.CostError{Limit: limit.Name, Cost: cost, Max: most}
		}
		n := len(out) - first
		switch {
		case n > 0 && n < len(ends) && sameKey(before, r.Key):
			begins[n], ends[n] = begins[n-1], ends[n-1]
		case n < len(ends):
			begins[n] = len(keys)
			keys = v.key(keys, r.Key)
			ends[n] = len(keys)
		}
		before = r.Key
		out = append(out, ratelimit.Charge{Limit: limit, Cost: cost})
		if n >= len(ends) {
			out[first+n].Key = string(v.key(nil, r.Key))
		}
	}
	all := string(keys)
	for i := range min(len(out)-first, len(ends)) {
		out[first+i].Key = all[begins[i]:ends[i]]
	}
	return out, nil
}

// count returns the number of items of an expression: of an array in the body, or of a list in the
// path or query. It equals the length of the list that a handler gets.
func (v *view) count(e *Expr) int64 {
	n := int64(0)
	switch e.In {
	case InBody:
		if value := scanPointer(v.body, e.Pointer); value.kind == jsonArray {
			n = int64(value.count)
		}
	case InPath:
		raw, _ := v.pathValue(v.op, e.Name)
		n = v.op.find(e.In, e.Name).count(raw)
	case InQuery:
		p := v.op.find(e.In, e.Name)
		if p != nil && p.Style == StyleJSON { // handlers get the first
			raw, _ := firstQuery(v.rawQuery, e.Name)
			return jsonItems(unescapeQuery(raw))
		}
		if p != nil && p.Style == StyleDeep {
			n = deepItems(v.rawQuery, e.Name)
			if !p.List { // the fields of an object are no items
				n = min(n, 1)
			}
			return n
		}
		for rest := v.rawQuery; rest != ""; {
			var raw string
			var found bool
			raw, rest, found = nextQuery(rest, e.Name)
			if found {
				n += p.count(raw)
			}
		}
	}
	return n
}

// jsonItems returns the number of items of a JSON array, and 0 for anything else.
func jsonItems(text string) int64 {
	if value := scanPointer([]byte(text), ""); value.kind == jsonArray {
		return int64(value.count)
	}
	return 0
}

// value returns the text of an expression for a key: of an absent parameter that of its default,
// and "" without one.
func (v *view) value(e *Expr) string {
	switch e.In {
	case InBody:
		switch value := scanPointer(v.body, e.Pointer); value.kind {
		case jsonString:
			return decodeString(value.raw)
		case jsonInvalid, jsonMissing:
			if own := v.absent(e); own != nil {
				return usualText(own.Default, true)
			}
			return usualText(e.Default, true)
		case jsonNull:
			return ""
		default:
			return canonicalJSON(value)
		}
	case InPath:
		raw, _ := v.pathValue(v.op, e.Name)
		return v.op.find(e.In, e.Name).text(raw, unescapePath)
	case InQuery:
		raw, found := firstQuery(v.rawQuery, e.Name)
		return v.op.find(e.In, e.Name).textOr(raw, found, unescapeQuery)
	case InHeader:
		lines := v.header.Values(e.Name)
		if len(lines) == 0 {
			return v.op.find(e.In, e.Name).usual()
		}
		return v.op.find(e.In, e.Name).text(lines[0], strings.TrimSpace)
	default:
		text, found := cookieValue(v.header, e.Name)
		return v.op.find(e.In, e.Name).textOr(text, found, unescapeQuery)
	}
}

// matches reports whether the request is the variant that op describes.
func (v *view) matches(op *Operation) bool {
	e := &op.WhenExpr
	var raw string
	var present bool
	kind := jsonMissing
	switch {
	case !v.hasQuery(op) || !op.Told.fits(v.path):
		return false
	case op.When == TestAlways:
		return true
	case e.In == InBody:
		kind = scanPointer(v.body, e.Pointer).kind
		present = kind != jsonInvalid && kind != jsonMissing
	case e.In == InPath:
		raw, present = v.pathValue(op, e.Name)
	case e.In == InQuery:
		raw, present = firstQuery(v.rawQuery, e.Name)
	case e.In == InHeader:
		present = len(v.header.Values(e.Name)) > 0
	default:
		_, present = cookieValue(v.header, e.Name)
	}
	switch op.When {
	case TestPresent:
		return present
	case TestAbsent:
		return !present
	case TestArray:
		return kind == jsonArray
	case TestObject:
		return kind == jsonObject
	default:
		p := op.find(e.In, e.Name)
		if p != nil && p.List && p.pairs() {
			_, rest, _ := cutPair(v.rawQuery, e.Name)
			_, more := firstQuery(rest, e.Name)
			return more
		}
		return p.isList(raw)
	}
}

// pathValue finds a raw path value. Path parameters are first in an operation's list.
func (v *view) pathValue(op *Operation, name string) (string, bool) {
	for i := range op.Params {
		if i < len(v.path) && op.Params[i].In == InPath && op.Params[i].Name == name {
			return v.path[i], true
		}
	}
	return "", false
}

// agrees reports whether a parameter has the same value at each of its places in the path.
func (v *view) agrees(name, raw string) bool {
	for i := range v.op.Params {
		p := &v.op.Params[i]
		if p.Again && p.Name == name && i < len(v.path) && unescapePath(v.path[i]) != unescapePath(raw) {
			return false
		}
	}
	return true
}

// firstQuery finds the raw value of the first parameter of a name.
func firstQuery(query, name string) (string, bool) {
	raw, _, found := cutPair(query, name)
	if !found {
		return "", false
	}
	return raw, true
}

// cutPair finds the first pair of a name, and the rest of the query after it.
func cutPair(query, name string) (raw, rest string, found bool) {
	for query != "" && !found {
		raw, query, found = nextQuery(query, name)
	}
	return raw, query, found
}

// nextQuery reads one pair of a query. Like net/url it skips a pair with a semicolon, which some
// servers treat as a separator.
func nextQuery(query, name string) (raw, rest string, found bool) {
	pair, rest, _ := strings.Cut(query, "&")
	key, raw, _ := strings.Cut(pair, "=")
	if pair == "" || strings.IndexByte(pair, ';') >= 0 {
		return "", rest, false
	}
	return raw, rest, key == name || escaped(key) && unescapeQuery(key) == name
}

// escaped reports whether a part of a query contains escapes.
func escaped(text string) bool {
	for i := range len(text) {
		if c := text[i]; c == '%' || c == '+' {
			return true
		}
	}
	return false
}

// cookieValue finds the first cookie of a name.
func cookieValue(header http.Header, name string) (string, bool) {
	cookie, err := (&http.Request{Header: header}).Cookie(name)
	if err != nil {
		return "", false
	}
	return cookie.Value, true
}

// unescapePath decodes a path value; one that is not encoded properly stays as it is.
func unescapePath(raw string) string {
	if strings.IndexByte(raw, '%') < 0 {
		return raw
	}
	if text, err := url.PathUnescape(raw); err == nil {
		return text
	}
	return raw
}

// unescapeQuery decodes a query value; one that is not encoded properly stays as it is.
func unescapeQuery(raw string) string {
	if !escaped(raw) {
		return raw
	}
	if text, err := url.QueryUnescape(raw); err == nil {
		return text
	}
	return raw
}
