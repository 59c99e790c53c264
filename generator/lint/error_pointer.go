package lint

import (
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/limitgen/limitgen/generator/analyze"
	"github.com/limitgen/limitgen/generator/source"
)

const ruleErrorPointer = "x-client"

// errorPointers reports pointers of x-client.error that match nothing in any error body that the
// document describes. It reports nothing when no error body is described.
func errorPointers(l *linter) {
	bodies := l.errorBodies()
	for _, word := range []string{"code", "message"} {
		ptr := []string{"x-client", "error", word}
		node := l.Doc.Node(ptr...)
		if node == nil || len(bodies) == 0 {
			continue
		}
		pointer, ok := source.ResponsePointer(node)
		if !ok || slices.ContainsFunc(bodies, func(s *openapi3.SchemaRef) bool { _, has := analyze.Find(s, pointer); return has }) {
			continue
		}
		l.diags.Warnf(l.Doc.Pos(ptr...), ruleErrorPointer, "%s leads nowhere in any error body that the document describes, so errors have no %s", node.Value, word)
	}
}

// errorBodies returns the schemas of JSON error bodies; a nil one is described by nothing.
func (l *linter) errorBodies() []*openapi3.SchemaRef {
	var out []*openapi3.SchemaRef
	add := func(code string, r *openapi3.ResponseRef) {
		if r == nil || r.Value == nil || code != "default" && !strings.HasPrefix(code, "4") && !strings.HasPrefix(code, "5") {
			return
		}
		for _, name := range slices.Sorted(maps.Keys(r.Value.Content)) {
			kind, _, _ := strings.Cut(strings.ToLower(name), ";")
			if media := r.Value.Content[name]; media != nil && (strings.HasSuffix(kind, "json") || strings.Contains(kind, "*")) {
				out = append(out, media.Schema)
			}
		}
	}
	for _, op := range l.Operations {
		for code, r := range op.Op.Responses.Map() {
			add(code, r)
		}
		for _, u := range op.Uses {
			v := u.Variant
			if v == nil || l.Doc.T.Components == nil {
				continue
			}
			for _, r := range v.Responses {
				if kind, name := splitRef(r.Ref); kind == "responses" {
					add(r.Code, l.Doc.T.Components.Responses[name])
				}
			}
		}
	}
	return out
}
