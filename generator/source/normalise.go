package source

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/diag"
)

// normalise rewrites what published files hold and the reader does not take. Each change is a warning.
func (d *Document) normalise() diag.List {
	var diags diag.List
	v30 := strings.HasPrefix(d.Node("openapi").Value, "3.0")
	d.walk(d.root, nil, func(n *yaml.Node) {
		for i := 0; i+1 < len(n.Content); i += 2 {
			k, v := n.Content[i], n.Content[i+1]
			switch k.Value {
			case "exclusiveMinimum", "exclusiveMaximum":
				d.exclusive(&diags, n, k, v, v30)
			case "$ref":
				if v.Kind == yaml.ScalarNode && v.Value != "" && !strings.HasPrefix(v.Value, "#") {
					diags.Errorf(d.at(v), "external-ref", "%q is outside this file, which is not supported yet; bundle the files into one first", v.Value)
				}
			}
		}
	})
	return diags
}

// exclusive makes the spelling of a bound fit the document's version.
func (d *Document) exclusive(diags *diag.List, n, k, v *yaml.Node, v30 bool) {
	bound := strings.ToLower(strings.TrimPrefix(k.Value, "exclusive"))
	switch {
	case v30 && (v.Tag == "!!int" || v.Tag == "!!float"):
		diags.Warnf(d.at(k), "exclusive-bound", "a number is OpenAPI 3.1's spelling; read as %s: %s with %s: true", bound, v.Value, k.Value)
		value := *v
		if _, old := child(n, bound); old != nil {
			*old = value
		} else {
			n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: bound}, &value)
		}
		v.Tag, v.Value = "!!bool", "true"
	case !v30 && v.Tag == "!!bool":
		_, limit := child(n, bound)
		if v.Value != "true" || limit == nil {
			return
		}
		diags.Warnf(d.at(k), "exclusive-bound", "a boolean is OpenAPI 3.0's spelling; read as %s: %s", k.Value, limit.Value)
		v.Tag, v.Value = limit.Tag, limit.Value
	}
}

// walk visits the mappings of the document, examples and extensions left out.
func (d *Document) walk(n *yaml.Node, key *yaml.Node, visit func(*yaml.Node)) {
	if key != nil {
		switch key.Value {
		case "example", "examples", "default", "enum", "const":
			return
		}
		if strings.HasPrefix(key.Value, "x-") {
			return
		}
	}
	switch n.Kind {
	case yaml.MappingNode:
		visit(n)
		for i := 0; i+1 < len(n.Content); i += 2 {
			d.walk(n.Content[i+1], n.Content[i], visit)
		}
	case yaml.SequenceNode:
		for _, c := range n.Content {
			d.walk(c, nil, visit)
		}
	}
}
