package audit

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/published"
)

// Mapping is the content of a mapping file:
//
//	columns: {Endpoint: url, Plan: ignore}
//	keys: {App Key: app, User and app: [user, app]}
//	method: POST
type Mapping struct {
	Columns map[string]string
	Keys    map[string][]string
	Method  string
}

const ruleMapping = "mapping"

// ParseMapping reads a mapping file. file is its path, as findings name it.
func ParseMapping(file string, data []byte) (Mapping, diag.List) {
	m := Mapping{Columns: map[string]string{}, Keys: map[string][]string{}}
	var diags diag.List
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		diags.Errorf(diag.Position{File: file, Line: 1, Col: 1}, ruleMapping, "not YAML: %v", err)
		return m, diags
	}
	if len(root.Content) == 0 {
		return m, diags
	}
	r := &mappingReader{file: file, diags: &diags}
	r.each(root.Content[0], func(k, v *yaml.Node) {
		switch k.Value {
		case "columns":
			r.each(v, func(k, v *yaml.Node) { r.column(&m, k, v) })
		case "keys":
			r.each(v, func(k, v *yaml.Node) { m.Keys[k.Value] = r.names(v) })
		case "method":
			m.Method = v.Value
		default:
			r.fail(k, "unknown key %q; the file has columns, keys and method", k.Value)
		}
	})
	return m, diags
}

type mappingReader struct {
	file  string
	diags *diag.List
}

func (r *mappingReader) fail(n *yaml.Node, format string, args ...any) {
	r.diags.Errorf(diag.Position{File: r.file, Line: n.Line, Col: n.Column}, ruleMapping, format, args...)
}

func (r *mappingReader) each(n *yaml.Node, f func(k, v *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		r.fail(n, "a mapping is needed here")
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		f(n.Content[i], n.Content[i+1])
	}
}

func (r *mappingReader) column(m *Mapping, k, v *yaml.Node) {
	if !slices.Contains(published.Roles, v.Value) {
		r.fail(v, "a column is one of %s", strings.Join(published.Roles, ", "))
		return
	}
	m.Columns[k.Value] = v.Value
}

// names reads a name, or a list of names.
func (r *mappingReader) names(n *yaml.Node) []string {
	if n.Kind == yaml.ScalarNode {
		return []string{n.Value}
	}
	var out []string
	for _, v := range n.Content {
		if v.Kind != yaml.ScalarNode {
			r.fail(v, "a name is needed here")
			continue
		}
		out = append(out, v.Value)
	}
	return out
}
