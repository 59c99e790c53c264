package analyze

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/limitgen/limitgen/generator/model"
)

// schemaTable collects the schemas by which servers validate JSON. References are indexes, so that
// schemas may be recursive; index 0 accepts everything.
type schemaTable struct {
	table []*model.Schema
	seen  map[*openapi3.Schema]int
	leaf  map[string]int // schemas without references, by content
}

func newSchemas() *schemaTable {
	return &schemaTable{table: []*model.Schema{{}}, seen: make(map[*openapi3.Schema]int), leaf: make(map[string]int)}
}

func (t *schemaTable) add(s *model.Schema) int {
	t.table = append(t.table, s)
	return len(t.table) - 1
}

// stringList returns the schema of a comma list in a path.
func (t *schemaTable) stringList() int {
	return t.addLeaf(&model.Schema{Kinds: []string{"array"}, MinItems: 1, Items: t.addLeaf(&model.Schema{Kinds: []string{"string"}})})
}

// addLeaf adds a schema, or finds an equal one.
func (t *schemaTable) addLeaf(s *model.Schema) int {
	text, _ := json.Marshal(s) // plain data: cannot fail
	if i, ok := t.leaf[string(text)]; ok {
		return i
	}
	i := t.add(s)
	t.leaf[string(text)] = i
	return i
}

// find follows a JSON pointer through properties and items; 0 if nothing is known there.
func (t *schemaTable) find(index int, ptr []string) int {
	for _, token := range ptr {
		s := t.table[index]
		next := t.property(s, token, 0)
		if next == 0 {
			return 0
		}
		index = next
	}
	return index
}

func (t *schemaTable) property(s *model.Schema, name string, depth int) int {
	for _, p := range s.Properties {
		if p.Name == name {
			return p.Schema
		}
	}
	if depth < maxDepth {
		parts := s.AllOf
		if len(s.AnyOf) == 2 && slices.Equal(t.table[s.AnyOf[0]].Kinds, []string{"null"}) {
			parts = append(slices.Clone(parts), s.AnyOf[1]) // what is nullable
		}
		for _, i := range parts {
			if found := t.property(t.table[i], name, depth+1); found != 0 {
				return found
			}
		}
	}
	return 0
}

// kinds returns the JSON types that a schema allows; none if it does not restrict them. Servers
// parse parameters and costs by them.
func (t *schemaTable) kinds(index, depth int) []string {
	if index <= 0 || depth <= 0 {
		return nil
	}
	s := t.table[index]
	if len(s.Kinds) > 0 {
		return s.Kinds
	}
	for _, i := range s.AllOf {
		if kinds := t.kinds(i, depth-1); len(kinds) > 0 {
			return kinds
		}
	}
	var out []string
	for _, i := range slices.Concat(s.AnyOf, s.OneOf) {
		out = append(out, t.kinds(i, depth-1)...)
	}
	return out
}

func (t *schemaTable) allows(index int, kind string, depth int) bool {
	return slices.Contains(t.kinds(index, depth), kind)
}

// numeric reports whether a schema allows numbers and nothing else.
func (t *schemaTable) numeric(index int) bool {
	kinds := t.kinds(index, maxDepth)
	return len(kinds) > 0 && !slices.ContainsFunc(kinds, func(k string) bool { return k != "integer" && k != "number" && k != "null" })
}

// schemaIndex returns the index of a schema in the table.
func (b *builder) schemaIndex(l loc) int {
	s := l.schema()
	if s == nil {
		return 0
	}
	t := b.schemas
	if i, ok := t.seen[s]; ok {
		return i
	}
	out := &model.Schema{}
	if !hasParts(s) && !b.single(l) {
		b.fillSchema(out, l, nil)
		i := 0
		if !empty(out) {
			i = t.addLeaf(out)
		}
		t.seen[s] = i
		return i
	}
	if b.shape(l).conflict {
		t.seen[s] = 0 // the warning says that nothing is checked
		return 0
	}
	i := t.add(out)
	t.seen[s] = i
	if b.single(l) {
		b.listOrOne(out, l)
		return i
	}
	if l.ref.Ref != "" {
		if ptr := refPointer(l.ref.Ref); len(ptr) > 0 {
			out.Comment = ptr[len(ptr)-1]
		}
	}
	if s.Nullable && hasAlternatives(s) {
		// If the schema names null, its alternatives and members need not.
		inner := &model.Schema{}
		out.AnyOf = []int{t.addLeaf(&model.Schema{Kinds: []string{"null"}}), t.add(inner)}
		out = inner
	}
	b.fillSchema(out, l, nil)
	return i
}

// allOfContext is what all members of an allOf say together; it decides what each of them may
// require.
type allOfContext struct {
	readOnly  map[string]bool // properties that requests may leave out
	conflicts map[string]bool // properties for which no value satisfies all members
	names     []string        // of all properties
}

// wholeOf returns the context of a schema, inside outer if it is a member there.
func (b *builder) wholeOf(l loc, outer *allOfContext) *allOfContext {
	if s := l.schema(); len(s.AllOf)+len(s.AnyOf)+len(s.OneOf) == 0 {
		return outer
	}
	w := &allOfContext{readOnly: make(map[string]bool), conflicts: make(map[string]bool)}
	if outer != nil {
		maps.Copy(w.readOnly, outer.readOnly)
		maps.Copy(w.conflicts, outer.conflicts)
		w.names = slices.Clone(outer.names)
	}
	sh, _ := b.resolved(l)
	for _, p := range sh.props {
		w.names = append(w.names, p.name)
		if p.readOnly {
			w.readOnly[p.name] = true
		}
	}
	for _, name := range sh.conflicts {
		w.conflicts[name] = true
	}
	return w
}

// memberIndex returns the index of a member of an allOf. A member that requires more than the whole
// gets an entry of its own.
func (b *builder) memberIndex(l loc, w *allOfContext) int {
	if !b.differs(l, w, make(map[*openapi3.Schema]bool)) {
		return b.schemaIndex(l)
	}
	out := &model.Schema{}
	i := b.schemas.add(out)
	b.fillSchema(out, l, w)
	return i
}

// differs reports whether a member requires properties that the whole makes optional, or rejects
// some that another member has.
func (b *builder) differs(l loc, w *allOfContext, seen map[*openapi3.Schema]bool) bool {
	s := l.schema()
	if w == nil || s == nil || seen[s] {
		return false
	}
	seen[s] = true
	closed := s.AdditionalProperties.Has != nil && !*s.AdditionalProperties.Has
	if closed && slices.ContainsFunc(w.names, func(name string) bool { return s.Properties[name] == nil }) {
		return true
	}
	if slices.ContainsFunc(s.Required, func(name string) bool { return w.readOnly[name] }) {
		return true
	}
	for name := range w.conflicts { // in any order: the result is the same
		if s.Properties[name] != nil {
			return true
		}
	}
	return slices.ContainsFunc(b.allOf(l), func(m loc) bool { return b.differs(m, w, seen) }) ||
		slices.ContainsFunc(slices.Concat(s.AnyOf, s.OneOf), func(m *openapi3.SchemaRef) bool { return b.differs(loc{ref: m}, w, seen) })
}

func hasAlternatives(s *openapi3.Schema) bool {
	return len(s.AllOf)+len(s.AnyOf)+len(s.OneOf) > 0 || s.Not != nil
}

// schemaWithout returns a form's schema without its files, which are not JSON.
func (b *builder) schemaWithout(l loc, files []string) int {
	sh := b.shape(l)
	out := &model.Schema{Kinds: []string{"object"}}
	for _, p := range sh.props {
		if !slices.Contains(files, p.name) {
			out.Properties = append(out.Properties, model.SchemaProperty{Name: p.name, Required: p.required, Schema: b.schemaIndex(p.loc)})
		}
	}
	sortProperties(out)
	return b.schemas.add(out)
}

func hasParts(s *openapi3.Schema) bool {
	return len(s.Properties) > 0 || s.Items != nil || len(s.AllOf)+len(s.AnyOf)+len(s.OneOf) > 0 || s.Not != nil ||
		s.AdditionalProperties.Schema != nil || s.If != nil || len(s.DependentSchemas) > 0 ||
		len(s.PrefixItems) > 0 || s.Contains != nil || len(s.PatternProperties) > 0 || s.PropertyNames != nil
}

func empty(s *model.Schema) bool {
	text, _ := json.Marshal(s)
	return bytes.Equal(text, nothing)
}

var nothing, _ = json.Marshal(&model.Schema{})

func sortProperties(s *model.Schema) {
	slices.SortFunc(s.Properties, func(a, b model.SchemaProperty) int {
		switch {
		case a.Name < b.Name:
			return -1
		case a.Name > b.Name:
			return 1
		}
		return 0
	})
}

// fillSchema copies the keywords that the table can express.
func (b *builder) fillSchema(out *model.Schema, l loc, w *allOfContext) {
	s := l.schema()
	out.Kinds = kindsOf(s)
	out.Format = s.Format
	if len(s.Enum) > 0 {
		for _, v := range s.Enum {
			out.Enum = appendJSON(out.Enum, choiceOf(v, s))
		}
		if s.Nullable && !slices.Contains(out.Enum, "null") {
			out.Enum = append(out.Enum, "null")
		}
	} else if s.Const != nil {
		out.Enum = appendJSON(out.Enum, s.Const)
	}
	b.pattern(out, l)
	out.MinLength, out.MaxLength = int64(s.MinLength), signed(s.MaxLength)
	out.MinItems, out.MaxItems = int64(s.MinItems), signed(s.MaxItems)
	out.MinProps, out.MaxProps = int64(s.MinProps), signed(s.MaxProps)
	out.Unique = s.UniqueItems
	out.Min, out.ExclMin = bound(s.Min, s.ExclusiveMin)
	out.Max, out.ExclMax = bound(s.Max, s.ExclusiveMax)
	if s.Format == "uint8" && len(s.Enum) == 0 { // Go's type is wider in lists
		if least, most := 0.0, 255.0; out.Min == nil && out.Max == nil {
			out.Min, out.Max = &least, &most
		}
	}
	if s.MultipleOf != nil {
		out.MultipleOf = *s.MultipleOf
	}
	b.fillParts(out, l, b.wholeOf(l, w))
}

// fillParts copies the parts that are schemas themselves.
func (b *builder) fillParts(out *model.Schema, l loc, w *allOfContext) {
	s := l.schema()
	if w == nil {
		w = &allOfContext{}
	}
	if s.Items != nil {
		out.Items = b.schemaIndex(l.at(s.Items, "items"))
	}
	for name, ref := range s.Properties {
		if ref == nil || ref.Value == nil {
			continue
		}
		// Requests need not have properties that only answers carry.
		required := slices.Contains(s.Required, name) && !w.readOnly[name] && !b.flagged(loc{ref: ref}, 0, isReadOnly)
		out.Properties = append(out.Properties, model.SchemaProperty{Name: name, Required: required})
	}
	for _, name := range s.Required {
		if ref := s.Properties[name]; (ref == nil || ref.Value == nil) && !w.readOnly[name] {
			out.Properties = append(out.Properties, model.SchemaProperty{Name: name, Required: true})
		}
	}
	sortProperties(out)
	out.Properties = slices.CompactFunc(out.Properties, func(a, b model.SchemaProperty) bool { return a.Name == b.Name })
	for i, p := range out.Properties {
		if ref := s.Properties[p.Name]; ref != nil && ref.Value != nil && !w.conflicts[p.Name] {
			out.Properties[i].Schema = b.schemaIndex(l.at(ref, "properties", p.Name))
		}
	}
	switch ap := s.AdditionalProperties; {
	case len(s.PatternProperties) > 0 && patternsUnread(s): // of which an unread pattern may match
	case ap.Schema != nil:
		out.Additional = b.schemaIndex(l.at(ap.Schema, "additionalProperties"))
	case ap.Has != nil && !*ap.Has:
		b.closed(out, l, w)
	}
	for _, m := range b.allOf(l) {
		out.AllOf = append(out.AllOf, b.memberIndex(m, w))
	}
	b.either(out, l, w)
	b.keywords(out, l, w)
	if s.Not != nil && b.unsure(l.at(s.Not, "not")) {
		b.notChecked("not", b.doc.Pos(l.at(nil, "not").ptr...))
	} else if s.Not != nil {
		out.Not = b.schemaIndex(l.at(s.Not, "not"))
		if out.Not == 0 { // not: {} accepts nothing, while index 0 would exclude nothing
			out.Not = b.schemas.add(&model.Schema{})
		}
	}
}

// closed forbids additional properties. In a member of an allOf that would forbid the properties of
// the other members, so that no object would satisfy all of them.
func (b *builder) closed(out *model.Schema, l loc, w *allOfContext) {
	out.Additional = -1
	var others []string
	for _, name := range w.names {
		if !slices.ContainsFunc(out.Properties, func(p model.SchemaProperty) bool { return p.Name == name }) {
			others = append(others, name)
			out.Properties = append(out.Properties, model.SchemaProperty{Name: name})
		}
	}
	if len(others) == 0 {
		return
	}
	sortProperties(out)
	b.diags.Warnf(b.doc.Pos(l.at(nil, "additionalProperties").ptr...), ruleConflict,
		"this member of an allOf forbids properties that the whole has, such as %q; they are accepted all the same", others[0])
}

func kindsOf(s *openapi3.Schema) []string {
	if s.Type == nil {
		return nil
	}
	kinds := slices.Clone([]string(*s.Type))
	if s.Nullable && !slices.Contains(kinds, "null") {
		kinds = append(kinds, "null")
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

func appendJSON(list []string, v any) []string {
	text, err := json.Marshal(v)
	if err != nil {
		text = []byte(fmt.Sprintf("%q", fmt.Sprint(v)))
	}
	if slices.Contains(list, string(text)) {
		return list
	}
	return append(list, string(text))
}

func signed(n *uint64) *int64 {
	if n == nil {
		return nil
	}
	v := int64(min(*n, 1<<53))
	return &v
}

// bound reads a minimum or maximum in either spelling of exclusive bounds.
func bound(limit *float64, exclusive openapi3.ExclusiveBound) (*float64, bool) {
	if exclusive.Value != nil {
		return exclusive.Value, true
	}
	return limit, exclusive.Bool != nil && *exclusive.Bool && limit != nil
}
