package analyze

import (
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/limitgen/limitgen/generator/limit"
)

// Schemas returns the schemas of what an expression reads, as far as they are given. bodies are
// those that the request body may have.
func (u *Use) Schemas(e limit.Expr, bodies ...*openapi3.SchemaRef) []*openapi3.Schema {
	if e.From != limit.FromBody {
		p := u.Op.Parameter(e.From, e.Name)
		if p == nil {
			return nil
		}
		bodies = []*openapi3.SchemaRef{p.Schema}
		for _, media := range slices.Sorted(maps.Keys(p.Content)) { // JSON in a parameter
			bodies[0] = p.Content[media].Schema
		}
	}
	var out []*openapi3.Schema
	for _, s := range bodies {
		found, _ := Find(s, e.Pointer)
		out = append(out, found...)
	}
	return out
}

// Find follows a JSON pointer through a schema. ok is false only if the schema certainly lacks such
// a part: one that says nothing about its properties may have any.
func Find(ref *openapi3.SchemaRef, pointer string) (found []*openapi3.Schema, ok bool) {
	if ref == nil || ref.Value == nil {
		return nil, true
	}
	return descend(ref.Value, tokensOf(pointer), 0)
}

func descend(s *openapi3.Schema, tokens []string, depth int) (found []*openapi3.Schema, ok bool) {
	if s == nil || depth > maxDepth {
		return nil, true
	}
	silent := true // the schema says nothing of its parts
	for _, part := range slices.Concat(s.AllOf, s.AnyOf, s.OneOf) {
		silent = false
		more, has := descend(part.Value, tokens, depth+1)
		found, ok = append(found, more...), ok || has
	}
	if len(tokens) == 0 {
		return append(found, s), true
	}
	if s.Items != nil && isIndex(tokens[0]) {
		more, has := descend(s.Items.Value, tokens[1:], depth+1)
		return append(found, more...), ok || has
	}
	if p := s.Properties[tokens[0]]; p != nil {
		more, has := descend(p.Value, tokens[1:], depth+1)
		return append(found, more...), ok || has
	}
	if len(s.Properties) > 0 || s.Items != nil || scalar(s) {
		silent = false
	}
	if additional := s.AdditionalProperties; additional.Schema != nil ||
		additional.Has != nil && *additional.Has {
		return found, true
	}
	return found, ok || silent
}

func scalar(s *openapi3.Schema) bool {
	if s.Type == nil {
		return false
	}
	types := slices.Sorted(slices.Values(s.Type.Slice()))
	return len(types) > 0 && !slices.Contains(types, "object") && !slices.Contains(types, "array")
}

func isIndex(token string) bool {
	return token != "" && strings.Trim(token, "0123456789") == ""
}
