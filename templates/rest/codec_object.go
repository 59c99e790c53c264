package rest

import "reflect"

// object reads a struct or a map. It gives up on a duplicate name, because a server refuses it and
// encoding/json reads both.
func (r *reader) object(p *layout, v reflect.Value, depth int) bool {
	if r.data[r.at] != '{' {
		return false
	}
	o := objectReader{reader: r, layout: p, value: v, depth: depth - 1}
	if p.form == formMap {
		v.Set(reflect.MakeMap(p.typ))
		o.values = v
	}
	n := 0
	for more := r.open('}'); more; more = r.more() {
		if !o.member() {
			return false
		}
		n++
	}
	if !r.close('}') {
		return false
	}
	for _, s := range p.sizes {
		if !within(n, s.MinProps, s.MaxProps) {
			return false
		}
	}
	return o.seen.holds(&p.required)
}

// objectReader is the state of reading one object.
type objectReader struct {
	*reader
	layout *layout
	value  reflect.Value
	depth  int
	guess  int           // the member that probably follows
	seen   memberSet     // of the named members
	others *nameSet      // names of other members
	values reflect.Value // a map of other members; made for the first one
}

// member reads a name and its value.
func (o *objectReader) member() bool {
	raw, plain, ok := o.name()
	if !ok {
		return false
	}
	name := raw
	if !plain {
		name = []byte(decodeName(raw))
	}
	at := -1
	if o.layout.form == formStruct {
		at = o.layout.find(name, o.guess)
	}
	if at < 0 {
		return o.other(raw, name)
	}
	o.guess = at + 1
	m := &o.layout.members[at]
	switch {
	case m.layout == nil || !o.seen.add(at):
		return false
	case m.field < 0:
		return o.skip(m.set, o.depth)
	case m.nulled >= 0 && o.at < len(o.data) && o.data[o.at] == 'n':
		o.value.Field(o.layout.nulls).Field(m.nulled).SetBool(true)
	}
	return o.reader.value(m.layout, o.value.Field(m.field), o.depth)
}

// other reads a member that the type does not name.
func (o *objectReader) other(raw, name []byte) bool {
	p := o.layout
	if p.closed {
		return false
	}
	if o.others == nil {
		o.others = new(nameSet)
	}
	if !o.others.add(raw) {
		return false
	}
	if p.form == formStruct && p.other < 0 {
		return o.skip(p.otherSet, o.depth)
	}
	if !o.values.IsValid() {
		o.values = o.value.Field(p.other)
		o.values.Set(reflect.MakeMap(o.values.Type()))
	}
	item := reflect.New(o.values.Type().Elem()).Elem()
	if !o.reader.value(p.elem, item, o.depth) {
		return false
	}
	o.values.SetMapIndex(reflect.ValueOf(string(name)), item)
	return true
}
