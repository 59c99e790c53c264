package rest

import (
	"encoding/base64"
	"encoding/json"
	"reflect"
	"strconv"
	"sync"
	"time"
)

// reader reads one JSON text by a layout. Its methods report whether they accepted the text.
type reader struct {
	data   []byte
	at     int
	server *Server // whose schemas apply; nil reads by types alone
	effort *int    // of the checker, see Server.check
	spare  int     // bytes that lists may still allocate ahead, see room
}

// readJSON reads a text into the value that target points to, which must be zero. When it gives up,
// the value is zero again.
func readJSON(data []byte, target reflect.Value, p *layout, s *Server, effort *int) bool {
	r := readers.Get().(*reader)
	*r = reader{data: data, server: s, effort: effort, spare: len(data)}
	r.space(0)
	ok := r.value(p, target, jsonDepth) && skipSpace(data, r.at) == len(data)
	*r = reader{}
	readers.Put(r)
	if !ok {
		target.SetZero()
	}
	return ok
}

var readers = sync.Pool{New: func() any { return new(reader) }}

func (r *reader) space(i int) { r.at = skipSpace(r.data, i) }

func (r *reader) value(p *layout, v reflect.Value, depth int) bool {
	if depth == 0 || r.at >= len(r.data) {
		return false
	}
	switch {
	case p.checked != nil:
		begin := r.at
		if !r.skip(p.checked, depth) {
			return false
		}
		if p.elem.form == formRaw {
			return own(v, r.data[begin:r.at:r.at])
		}
		r.at = begin
		return r.value(p.elem, v, depth)
	case p.form == formRaw:
		begin := r.at
		return r.skip(nil, depth) && own(v, r.data[begin:r.at:r.at])
	case p.form == formAny:
		value, ok := r.any(depth)
		if value != nil && ok {
			v.Set(reflect.ValueOf(value))
		}
		return ok
	case r.data[r.at] == 'n':
		return p.null && r.word("null") // the target is zero, and null leaves it so
	case p.never:
		return false
	}
	switch p.form {
	case formPointer:
		v.Set(reflect.New(p.typ.Elem()))
		return r.value(p.elem, v.Elem(), depth)
	case formList:
		return r.list(p, v, depth)
	case formMap, formStruct:
		return r.object(p, v, depth)
	case formBool:
		return r.truth(p, v)
	case formString, formTime, formBytes:
		return r.text(p, v)
	}
	return r.number(p, v)
}

// skip skips a value if the checker finds that it fits all schemas of a set.
func (r *reader) skip(set []int, depth int) bool {
	v, end := scanValue(r.data, r.at, depth)
	if end < 0 {
		return false
	}
	if r.server != nil {
		if _, sound := findRepeated(r.data, r.at); sound < 0 || !isText(r.data[r.at:end]) {
			return false
		}
		for _, i := range set {
			if r.server.check(i, v, "", r.effort) != nil {
				return false
			}
		}
	}
	r.at = end
	return true
}

// sound reports whether a server may read a string: see isText. Clients read what there is.
func (r *reader) sound(raw []byte) bool { return r.server == nil || isText(raw) }

// own decodes a value through its type's own method.
func own(v reflect.Value, text []byte) bool {
	target := v.Addr().Interface()
	if own, ok := target.(json.Unmarshaler); ok {
		return own.UnmarshalJSON(text) == nil
	}
	return json.Unmarshal(text, target) == nil
}

// any reads a value of unknown type, as encoding/json does.
func (r *reader) any(depth int) (any, bool) {
	if depth == 0 || r.at >= len(r.data) {
		return nil, false
	}
	switch r.data[r.at] {
	case '{':
		return r.anyObject(depth)
	case '[':
		return r.anyList(depth)
	case '"':
		begin := r.at
		if plain := r.scan(); r.at < 0 || !plain && !r.sound(r.data[begin:r.at]) {
			return nil, false
		}
		return decodeString(r.data[begin:r.at]), true
	case 't':
		return true, r.word("true")
	case 'f':
		return false, r.word("false")
	case 'n':
		return nil, r.word("null")
	}
	end := scanNumber(r.data, r.at)
	if end < 0 {
		return nil, false
	}
	n, err := anyNumber(r.data[r.at:end])
	r.at = end
	return n, err == nil
}

func (r *reader) anyList(depth int) (any, bool) {
	out := []any{}
	for more := r.open(']'); more; more = r.more() {
		value, ok := r.any(depth - 1)
		if !ok {
			return nil, false
		}
		out = append(out, value)
	}
	return out, r.close(']')
}

func (r *reader) anyObject(depth int) (any, bool) {
	out := make(map[string]any)
	for more := r.open('}'); more; more = r.more() {
		raw, _, ok := r.name()
		if !ok {
			return nil, false
		}
		name := decodeName(raw)
		if _, known := out[name]; known {
			return nil, false
		}
		if out[name], ok = r.any(depth - 1); !ok {
			return nil, false
		}
	}
	return out, r.close('}')
}

// open skips an opening bracket, and reports whether an item or member follows.
func (r *reader) open(closing byte) bool {
	r.space(r.at + 1)
	return r.at < len(r.data) && r.data[r.at] != closing
}

// more skips the comma behind an item or member.
func (r *reader) more() bool {
	if r.space(r.at); r.at >= len(r.data) || r.data[r.at] != ',' {
		return false
	}
	r.space(r.at + 1)
	return true
}

// close skips the closing bracket.
func (r *reader) close(closing byte) bool {
	if r.at >= len(r.data) || r.data[r.at] != closing {
		return false
	}
	r.at++
	return true
}

// name skips a member's name and the colon. It returns the text between the quotes.
func (r *reader) name() (raw []byte, plain, ok bool) {
	begin := r.at + 1
	if plain = r.scan(); r.at < 0 {
		return nil, false, false
	}
	raw = r.data[begin : r.at-1]
	if !plain && !r.sound(raw) {
		return nil, false, false
	}
	if r.space(r.at); r.at >= len(r.data) || r.data[r.at] != ':' {
		return nil, false, false
	}
	r.space(r.at + 1)
	return raw, plain, true
}

func (r *reader) word(word string) bool {
	end := scanWord(r.data, r.at, word)
	if end < 0 {
		return false
	}
	r.at = end
	return true
}

func (r *reader) truth(p *layout, v reflect.Value) bool {
	begin := r.at
	yes := r.data[begin] == 't'
	if !r.word(strconv.FormatBool(yes)) || !p.allowed(r.data[begin:r.at]) {
		return false
	}
	v.SetBool(yes)
	return true
}

func (r *reader) number(p *layout, v reflect.Value) bool {
	end := scanNumber(r.data, r.at)
	if end < 0 {
		return false
	}
	raw := r.data[r.at:end:end]
	r.at = end
	if !p.allowed(raw) || p.whole && !isInteger(raw) {
		return false
	}
	var n float64
	switch p.form {
	case formFloat:
		number, err := strconv.ParseFloat(string(raw), p.typ.Bits())
		if err != nil || r.server != nil && p.typ.Bits() == 64 && !keepsDigits(raw) {
			return false
		}
		v.SetFloat(number)
		return p.holds(jsonValue{kind: jsonNumber, raw: raw})
	case formInt:
		number, err := strconv.ParseInt(string(raw), 10, p.typ.Bits())
		if err != nil {
			if number, err = strconv.ParseInt(integerText(raw), 10, p.typ.Bits()); err != nil {
				return false
			}
		}
		v.SetInt(number)
		n = float64(number)
	default:
		number, err := strconv.ParseUint(string(raw), 10, p.typ.Bits())
		if err != nil {
			return false
		}
		v.SetUint(number)
		n = float64(number)
	}
	for _, s := range p.rules {
		if p.exceeds(s) {
			return p.holds(jsonValue{kind: jsonNumber, raw: raw})
		}
		if s.bounds(n) != nil {
			return false
		}
	}
	return true
}

// holds reports whether a number satisfies all rules.
func (p *layout) holds(v jsonValue) bool {
	for _, s := range p.rules {
		if s.number(v) != nil {
			return false
		}
	}
	return true
}

// scan skips a string, and reports whether it is ASCII without escapes. The reader's position
// becomes -1 if the text is not a string.
func (r *reader) scan() (plain bool) {
	if r.at < len(r.data) && r.data[r.at] == '"' {
		if end := plainEnd(r.data, r.at+1, false); end < len(r.data) && r.data[end] == '"' {
			r.at = end + 1
			return true
		}
	}
	r.at = scanString(r.data, r.at)
	return false
}

func (r *reader) text(p *layout, v reflect.Value) bool {
	begin := r.at
	plain := r.scan()
	if r.at < 0 {
		return false
	}
	raw := r.data[begin:r.at:r.at]
	if !p.allowed(raw) || !plain && !r.sound(raw) {
		return false
	}
	if p.form == formTime && len(p.rules) == 0 {
		return v.Addr().Interface().(*time.Time).UnmarshalJSON(raw) == nil
	}
	var text string
	if plain {
		text = string(raw[1 : len(raw)-1])
	} else {
		text = decodeString(raw)
	}
	for _, s := range p.rules {
		if s.fits(text) != nil {
			return false
		}
	}
	switch p.form {
	case formString:
		v.SetString(text)
	case formTime:
		return v.Addr().Interface().(*time.Time).UnmarshalJSON(raw) == nil
	default:
		content, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return false
		}
		v.SetBytes(content)
	}
	return true
}

// list reads an array. Its length is checked at its end.
func (r *reader) list(p *layout, v reflect.Value, depth int) bool {
	if r.data[r.at] != '[' {
		return false
	}
	n, begin := 0, r.at
	for more := r.open(']'); more; more = r.more() {
		if n >= v.Cap() {
			v.Grow(r.room(p, n, begin))
		}
		v.SetLen(n + 1)
		if !r.value(p.elem, v.Index(n), depth-1) {
			return false
		}
		n++
	}
	if !r.close(']') {
		return false
	}
	if n == 0 {
		v.Set(reflect.MakeSlice(p.typ, 0, 0))
	}
	for _, s := range p.sizes {
		if !within(n, s.MinItems, s.MaxItems) {
			return false
		}
	}
	return true
}

// room returns how many items to allocate for a list that has n already. It assumes that the
// remaining items are as long as the first few. Such allocations are bounded by the length of the
// text, so that a text of many small lists cannot take many times its size.
func (r *reader) room(p *layout, n, begin int) int {
	const few, small = 4, 64
	size := int(p.elem.typ.Size())
	if size > small {
		return 1
	}
	if n == few {
		guess := min(256, (len(r.data)-r.at)*few/(r.at-begin)+1)
		if r.spare >= guess*size {
			r.spare -= guess * size
			return guess
		}
	}
	return max(1, few-n)
}
