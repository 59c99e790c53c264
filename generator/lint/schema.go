package lint

import (
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// splitRef takes #/components/KIND/NAME apart.
func splitRef(ref string) (kind, name string) {
	rest, ok := strings.CutPrefix(ref, "#/components/")
	if !ok {
		return "", ""
	}
	kind, name, _ = strings.Cut(rest, "/")
	return kind, unescape(name)
}

func unescape(token string) string {
	return strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
}

// find follows a JSON pointer through a schema. ok is false only when the schema has no such part
// for certain: where a schema says nothing about its properties, anything may stand there.
func find(ref *openapi3.SchemaRef, pointer string) (found []*openapi3.Schema, ok bool) {
	if ref == nil || ref.Value == nil {
		return nil, true
	}
	var tokens []string
	if pointer != "" {
		for token := range strings.SplitSeq(pointer[1:], "/") {
			tokens = append(tokens, unescape(token))
		}
	}
	return descend(ref.Value, tokens, 0)
}

func descend(s *openapi3.Schema, tokens []string, depth int) (found []*openapi3.Schema, ok bool) {
	if s == nil || depth > 20 {
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
	if additional := s.AdditionalProperties; additional.Schema != nil || additional.Has != nil && *additional.Has {
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
