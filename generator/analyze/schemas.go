package analyze

import (
	"bytes"
	"encoding/json"
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
	return &schemaTable{
		table: []*model.Schema{{}}, seen: make(map[*openapi3.Schema]int), leaf: make(map[string]int),
	}
}

func (t *schemaTable) add(s *model.Schema) int {
	t.table = append(t.table, s)
	return len(t.table) - 1
}

// stringList returns the schema of a comma list in a path.
func (t *schemaTable) stringList() int {
	return t.addLeaf(&model.Schema{
		Kinds: []string{"array"}, MinItems: 1, Items: t.addLeaf(&model.Schema{Kinds: []string{"string"}}),
	})
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
	return len(kinds) > 0 &&
		!slices.ContainsFunc(kinds, func(k string) bool { return k != "integer" && k != "number" && k != "null" })
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

// schemaWithout returns a form's schema without its files, which are not JSON.
func (b *builder) schemaWithout(l loc, files []string) int {
	sh := b.shape(l)
	out := &model.Schema{Kinds: []string{"object"}}
	for _, p := range sh.props {
		if !slices.Contains(files, p.name) {
			out.Properties = append(out.Properties, model.SchemaProperty{
				Name: p.name, Required: p.required, Schema: b.schemaIndex(p.loc),
			})
		}
	}
	sortProperties(out)
	switch closed := l.schema().AdditionalProperties.Has; {
	case sh.additional != nil:
		if _, files := b.isFile(*sh.additional); !files {
			out.Additional = b.schemaIndex(*sh.additional)
		}
	case closed != nil && !*closed:
		out.Additional = -1
	}
	return b.schemas.add(out)
}

func hasParts(s *openapi3.Schema) bool {
	return len(s.Properties) > 0 || s.Items != nil || len(s.AllOf)+len(s.AnyOf)+len(s.OneOf) > 0 ||
		s.Not != nil || s.AdditionalProperties.Schema != nil || s.If != nil ||
		len(s.DependentSchemas) > 0 || len(s.PrefixItems) > 0 || s.Contains != nil ||
		len(s.PatternProperties) > 0 || s.PropertyNames != nil
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
