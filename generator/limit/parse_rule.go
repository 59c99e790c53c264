package limit

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/diag"
)

// ParseRule reads the value of x-rate-limit on an operation or a path item.
func ParseRule(file string, n *yaml.Node) (*Rule, diag.List) {
	p := &parser{file: file}
	n = deref(n)
	r := &Rule{Pos: p.pos(n)}
	if n.Kind == yaml.ScalarNode && namePattern.MatchString(n.Value) && n.Tag == "!!str" {
		r.Use = &Use{
			Charges: []Charge{{Limit: n.Value, Cost: Cost{Static: 1, Times: 1}, Pos: p.pos(n)}},
			Pos:     p.pos(n),
		}
		return r, nil
	}
	if p.dialect(n, atOperation, "use", "variants", "origin", "keys") {
		return r, p.diags
	}
	seen := p.fields(n, "x-rate-limit", map[string]func(k, v *yaml.Node){
		"use":      func(_, v *yaml.Node) { r.Use = p.use(v) },
		"keys":     func(_, v *yaml.Node) { r.Keys = p.keys(v) },
		"origin":   func(_, v *yaml.Node) { r.Origin = p.origin(v) },
		"variants": func(_, v *yaml.Node) { p.variants(r, v) },
	})
	if n.Kind == yaml.MappingNode && len(seen) == 0 {
		p.errorf(n, RuleSchema, "x-rate-limit is empty; it takes use, variants, origin or keys")
	}
	return r, p.diags
}

func (p *parser) use(n *yaml.Node) *Use {
	u := &Use{Pos: p.pos(n)}
	if names := nameList(n); names != "" {
		p.errorf(n, RuleSchema, "use must map limits to costs: {%s}", names)
		return u
	}
	p.each(n, "use", func(k, v *yaml.Node) {
		u.Charges = append(u.Charges, Charge{Limit: k.Value, Cost: p.cost(v), Pos: p.pos(k)})
	})
	return u
}

// nameList returns the use equivalent to a name or a list of names; "" for another value.
func nameList(n *yaml.Node) string {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	}
	names := make([]string, 0, len(items))
	for _, item := range items {
		if item = deref(item); item.Kind != yaml.ScalarNode || !IsName(item.Value) {
			return ""
		}
		names = append(names, item.Value+": 1")
	}
	return strings.Join(names, ", ")
}

func (p *parser) cost(v *yaml.Node) Cost {
	c := Cost{Times: 1, Pos: p.pos(v)}
	if v.Kind != yaml.MappingNode {
		c.Static = p.figure(v, "cost", 0)
		return c
	}
	seen := p.fields(v, "cost", map[string]func(k, v *yaml.Node){
		"count": func(_, v *yaml.Node) {
			if x, ok := p.expr(v); ok {
				c.Count = &x
			}
		},
		"value": func(_, v *yaml.Node) {
			if x, ok := p.expr(v); ok {
				c.Count, c.Value = &x, true
			}
		},
		"times": func(k, v *yaml.Node) { c.Times, c.Pos = p.figure(v, "times", 1), p.pos(k) },
		"max":   func(k, v *yaml.Node) { c.Max, c.MaxPos = p.figure(v, "max", 1), p.pos(k) },
	})
	switch {
	case seen["count"] && seen["value"]:
		p.errorf(v, RuleSchema, "a cost takes either count, the number of items in a list, or value, a number in the request, not both")
	case !seen["count"] && !seen["value"]:
		p.errorf(v, RuleSchema, "a cost must be an integer, or have a count of items or a value in the request")
	}
	if c.Count == nil {
		c.Static = 1
	}
	return c
}

func (p *parser) origin(n *yaml.Node) *Origin {
	o := &Origin{Pos: p.pos(n)}
	p.fields(n, "origin", map[string]func(k, v *yaml.Node){
		"doc": func(_, v *yaml.Node) { o.Doc = p.text(v) },
		"rows": func(_, v *yaml.Node) {
			for _, row := range p.list(v, "rows") {
				if !rowPattern.MatchString(row.Value) || row.Tag != "!!str" {
					p.errorf(row, RuleSchema, "a row must be a number in quotes, such as \"12\"")
					continue
				}
				o.Rows = append(o.Rows, row.Value)
			}
		},
		"quote":   func(_, v *yaml.Node) { o.Quote = p.text(v) },
		"printed": func(_, v *yaml.Node) { o.Printed = p.lines(v) },
		"erratum": func(_, v *yaml.Node) { o.Erratum = p.text(v) },
	})
	return o
}

// lines reads a text, or a list of lines.
func (p *parser) lines(n *yaml.Node) string {
	if n.Kind != yaml.SequenceNode {
		return p.text(n)
	}
	var out []string
	for _, v := range p.list(n, "printed") {
		out = append(out, strings.Join(strings.Fields(p.text(v)), " "))
	}
	return strings.Join(out, "\n")
}

func (p *parser) variants(r *Rule, n *yaml.Node) {
	for _, v := range p.list(n, "variants") {
		var x Variant
		x.Pos = p.pos(v)
		seen := p.fields(v, "variant", map[string]func(k, v *yaml.Node){
			"name":      func(_, v *yaml.Node) { x.Name, x.Pos = p.text(v), p.pos(v) },
			"title":     func(_, v *yaml.Node) { x.Title = p.text(v) },
			"summary":   func(_, v *yaml.Node) { x.Summary = p.text(v) },
			"request":   func(_, v *yaml.Node) { x.Request, x.RequestPos = p.ref(v) },
			"responses": func(_, v *yaml.Node) { x.Responses = p.responses(v) },
			"when":      func(_, v *yaml.Node) { x.When = p.when(v) },
			"use":       func(_, v *yaml.Node) { x.Use = p.use(v) },
			"origin":    func(_, v *yaml.Node) { x.Origin = p.origin(v) },
		})
		if !seen["name"] || x.Name == "" {
			p.errorf(v, RuleSchema, "a variant needs a name")
			continue
		}
		r.Variants = append(r.Variants, x)
	}
}

// ref reads a reference and its position.
func (p *parser) ref(v *yaml.Node) (string, diag.Position) {
	if r := value(v, "$ref"); r != nil && len(v.Content) == 2 && r.Kind == yaml.ScalarNode &&
		r.Value != "" {
		return r.Value, p.pos(r)
	}
	p.errorf(v, RuleSchema, "this must be a reference: {$ref: ...}")
	return "", p.pos(v)
}

func (p *parser) responses(n *yaml.Node) []Response {
	var out []Response
	if n.Kind != yaml.MappingNode {
		p.errorf(n, RuleSchema, "responses must map status codes to references")
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		ref, pos := p.ref(deref(n.Content[i+1]))
		out = append(out, Response{k.Value, ref, pos})
	}
	return out
}

func (p *parser) when(n *yaml.Node) *When {
	w := &When{Pos: p.pos(n)}
	seen := p.fields(n, "when", map[string]func(k, v *yaml.Node){
		"expr": func(_, v *yaml.Node) { w.Expr, _ = p.expr(v) },
		"is": func(_, v *yaml.Node) {
			w.Is = Is(v.Value)
			if !slices.Contains([]Is{IsPresent, IsAbsent, IsArray, IsObject, IsList}, w.Is) {
				p.errorf(v, RuleSchema, "is takes present, absent, array, object or list, not %q", v.Value)
			}
		},
	})
	if !seen["expr"] || !seen["is"] {
		p.errorf(n, RuleSchema, "when needs expr and is")
	}
	return w
}

func (p *parser) expr(n *yaml.Node) (Expr, bool) {
	if n.Kind != yaml.ScalarNode {
		p.errorf(n, RuleExpr, "this must be an expression, such as $request.path.name")
		return Expr{}, false
	}
	x, err := ParseExpr(n.Value, p.pos(n))
	if err != nil {
		p.errorf(n, RuleExpr, "%v", err)
		return Expr{}, false
	}
	return x, true
}

// ParseExpr reads an OpenAPI runtime expression on the request.
func ParseExpr(text string, pos diag.Position) (Expr, error) {
	x := Expr{Text: text, Pos: pos}
	rest, ok := strings.CutPrefix(text, "$request.")
	if !ok {
		if strings.HasPrefix(text, "$response") {
			return x, fmt.Errorf("%q reads the response, which does not exist yet when a request is counted; use $request", text)
		}
		return x, fmt.Errorf("invalid expression %q: write $request.path.name, .query.name, .header.name or .body#/pointer", text)
	}
	from, name, _ := strings.Cut(rest, ".")
	switch {
	case rest == "body" || strings.HasPrefix(rest, "body#"):
		x.From, x.Pointer = FromBody, strings.TrimPrefix(strings.TrimPrefix(rest, "body"), "#")
		if x.Pointer != "" && !strings.HasPrefix(x.Pointer, "/") {
			return x, fmt.Errorf("%q: a JSON pointer begins with /", text)
		}
		return x, nil
	case from == "path" || from == "query":
		if name == "" || strings.ContainsAny(name, " \t\r\n") {
			return x, fmt.Errorf("%q names no parameter", text)
		}
	case from == "header":
		if !headerPattern.MatchString(name) {
			return x, fmt.Errorf("%q names no header", text)
		}
	default:
		return x, fmt.Errorf("%q reads neither path, query, header nor body", text)
	}
	x.From, x.Name = Source(from), name
	return x, nil
}
