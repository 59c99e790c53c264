package analyze

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/limitgen/limitgen/generator/model"
)

// fillSchema copies the keywords that the table can express.
func (b *builder) fillSchema(out *model.Schema, l loc, w *allOfContext) {
	s := l.schema()
	out.Kinds = kindsOf(s)
	out.Format = s.Format
	if s.Format == "" && s.ContentEncoding == "base64" {
		out.Format = "byte"
	}
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
	out.Min, out.ExclMin = bound(s.Min, s.ExclusiveMin, 1)
	out.Max, out.ExclMax = bound(s.Max, s.ExclusiveMax, -1)
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
		"this member of an allOf forbids properties that the whole has, such as %q; they are accepted nevertheless", others[0])
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

// bound reads a minimum or maximum in either spelling of exclusive bounds. Of a minimum and an
// exclusive one, the greater counts: sign is 1 for minima and -1 for maxima.
func bound(limit *float64, exclusive openapi3.ExclusiveBound, sign float64) (*float64, bool) {
	if v := exclusive.Value; v != nil && (limit == nil || sign**v >= sign**limit) {
		return v, true
	}
	return limit, exclusive.Bool != nil && *exclusive.Bool && limit != nil
}
