package source

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/diag"
)

const ruleCycle = "endless-schema"

// A schema may hold itself among its properties or elements: then each level of a value is smaller
// than the one above. One that is made of itself, through $ref, allOf, anyOf, oneOf or not, says
// nothing about any value, and each reader of it would go round for ever.
//
// Inheritance that is written in both directions is such a circle too: a base that is one of its
// children, each of which is the base and more. That is what people mean by a base class, so the
// children are made of what the base says itself.

// arm is one way from a schema to another that the same value has to fit.
type arm struct {
	word string // "$ref", "allOf", …
	node *yaml.Node
}

// arms returns the schemas that a value of the schema n must satisfy itself.
func (w *walker) arms(n *yaml.Node) []arm {
	var out []arm
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i].Value, n.Content[i+1]
		switch k {
		case "$ref":
			if t := Pointer(v.Value); t != nil && v.Kind == yaml.ScalarNode {
				if _, target, _ := w.follow(t, 0); target != nil && target.Kind == yaml.MappingNode {
					out = append(out, arm{word: k, node: target})
				}
			}
		case "allOf", "anyOf", "oneOf":
			if v.Kind == yaml.SequenceNode {
				for _, c := range v.Content {
					out = append(out, arm{word: k, node: c})
				}
			}
		case "not", "if", "then", "else":
			out = append(out, arm{word: k, node: v})
		case "dependentSchemas":
			for j := 1; j < len(v.Content); j += 2 {
				out = append(out, arm{word: k, node: v.Content[j]})
			}
		}
	}
	return slices.DeleteFunc(out, func(a arm) bool { return a.node.Kind != yaml.MappingNode })
}

// inherit replaces references to a base in its children by the base's own keywords, if the base has
// them as alternatives.
func (w *walker) inherit() {
	for _, base := range w.order {
		for _, word := range []string{"oneOf", "anyOf"} {
			_, list := child(base, word)
			if list == nil || list.Kind != yaml.SequenceNode {
				continue
			}
			seen := make(map[*yaml.Node]bool)
			for _, c := range list.Content {
				w.loosen(base, w.child(base, c), c, seen)
			}
		}
	}
}

// heir is one alternative of a base, and its values of the discriminator.
type heir struct {
	node     *yaml.Node // of the child itself, behind references
	property string     // of the discriminator; "" if there is none
	values   []*yaml.Node
}

// child reads the discriminator values of one alternative: those mapped to it, or the name of its
// schema.
func (w *walker) child(base, alternative *yaml.Node) heir {
	h := heir{node: alternative}
	_, ref := child(alternative, "$ref")
	if ref == nil {
		return h
	}
	path := w.pathOf(ref)
	if _, h.node, _ = w.follow(path, 0); h.node == nil || len(path) == 0 {
		return heir{node: alternative}
	}
	_, d := child(base, "discriminator")
	if d == nil {
		return h
	}
	if _, name := child(d, "propertyName"); name != nil && name.Kind == yaml.ScalarNode {
		h.property = name.Value
	}
	if _, m := child(d, "mapping"); m != nil && m.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(m.Content); i += 2 {
			to := Pointer(m.Content[i+1].Value)
			if to == nil {
				to = []string{"components", "schemas", m.Content[i+1].Value}
			}
			if _, n, _ := w.follow(to, 0); n == h.node {
				h.values = append(h.values, textNode(m.Content[i], m.Content[i].Value))
			}
		}
	}
	if len(h.values) == 0 {
		h.values = []*yaml.Node{textNode(ref, path[len(path)-1])}
	}
	return h
}

// loosen walks what an alternative of the base is made of; where it comes upon the base in an
// allOf, it puts the base's own words.
func (w *walker) loosen(base *yaml.Node, h heir, n *yaml.Node, seen map[*yaml.Node]bool) {
	if seen[n] || n == base || n.Kind != yaml.MappingNode {
		return
	}
	seen[n] = true
	for _, a := range w.arms(n) {
		if a.word == "allOf" && a.node != base {
			if _, v := child(a.node, "$ref"); v != nil && w.leads(a.node, base) && (says(base) || adds(n)) {
				of := h
				if n != h.node {
					of = heir{} // what several children are made of
				}
				w.makeBase(a.node, base, v, of)
				continue
			}
		}
		w.loosen(base, h, a.node, seen)
	}
}

// says reports whether a base says anything beyond its alternatives.
func says(base *yaml.Node) bool {
	for i := 0; i+1 < len(base.Content); i += 2 {
		switch k := base.Content[i].Value; {
		case k == "oneOf", k == "anyOf", k == "discriminator", describes[k], strings.HasPrefix(k, "x-"):
		default:
			return true
		}
	}
	return false
}

// adds reports whether a schema is more than one member of an allOf.
func adds(n *yaml.Node) bool {
	for i := 0; i+1 < len(n.Content); i += 2 {
		switch k := n.Content[i].Value; {
		case k == "allOf" && len(n.Content[i+1].Content) < 2, describes[k], strings.HasPrefix(k, "x-"):
		default:
			return true
		}
	}
	return false
}

// describes are the keywords that do not restrict values.
var describes = map[string]bool{"title": true, "description": true, "example": true, "examples": true, "default": true,
	"externalDocs": true, "deprecated": true, "$comment": true}

// leads reports whether a reference leads to the base, perhaps by way of others.
func (w *walker) leads(n, base *yaml.Node) bool {
	for range maxAliases {
		_, v := child(n, "$ref")
		if v == nil {
			return false
		}
		if _, n, _ = w.follow(Pointer(v.Value), 0); n == base {
			return true
		} else if n == nil {
			return false
		}
	}
	return false
}

// makeBase rewrites a reference to the base as the base without its alternatives. Properties stay
// references to the base's own, so that they are one and the same schema wherever they are
// inherited. The discriminator's is bound to the values that mean the child: by them a value is one
// of the children and no other.
func (w *walker) makeBase(n, base, ref *yaml.Node, of heir) {
	ptr := refTo(w.pathOf(ref))
	out := mapNode(n)
	for i := 0; i+1 < len(base.Content); i += 2 {
		k, v := base.Content[i], base.Content[i+1]
		switch {
		case k.Value == "oneOf", k.Value == "anyOf", k.Value == "discriminator", describes[k.Value]:
			continue
		case k.Value == "properties" && v.Kind == yaml.MappingNode:
			props := mapNode(v)
			for j := 0; j+1 < len(v.Content); j += 2 {
				p, s := v.Content[j], v.Content[j+1]
				if _, own := child(s, "$ref"); own == nil {
					s = mapNode(s, textNode(s, "$ref"), textNode(s, ptr+strings.TrimPrefix(refTo([]string{"properties", p.Value}), "#")))
					w.order = append(w.order, s)
				}
				if p.Value == of.property && len(of.values) > 0 {
					s = w.bind(s, of)
				}
				props.Content = append(props.Content, p, s)
			}
			v = props
		}
		out.Content = append(out.Content, k, v)
	}
	if of.property != "" && len(of.values) > 0 {
		_, props := child(out, "properties")
		if props == nil {
			props = mapNode(n)
			out.Content = append(out.Content, textNode(n, "properties"), props)
		}
		if k, _ := child(props, of.property); k == nil && props.Kind == yaml.MappingNode {
			text := mapNode(n, textNode(n, "type"), textNode(n, "string"))
			props.Content = append(props.Content, textNode(n, of.property), w.bind(text, of))
		}
	}
	if !holds(out, n, make(map[*yaml.Node]bool)) {
		*n = *out
	}
}

// bind returns the schema of a discriminator's property in one child.
func (w *walker) bind(s *yaml.Node, of heir) *yaml.Node {
	list := diag.Moved(&yaml.Node{Kind: yaml.SequenceNode, Tag: tagList, Content: []*yaml.Node{s}}, s)
	values := diag.Moved(&yaml.Node{Kind: yaml.SequenceNode, Tag: tagList, Content: of.values}, s)
	out := mapNode(s, textNode(s, "allOf"), list, textNode(s, "enum"), values)
	w.order = append(w.order, out)
	return out
}

// pathOf returns the final target of a reference.
func (w *walker) pathOf(ref *yaml.Node) []string {
	tokens := Pointer(ref.Value)
	for range maxAliases {
		_, n, at := w.follow(tokens, 0)
		if n == nil {
			return tokens
		}
		_, next := child(n, "$ref")
		if next == nil {
			return at
		}
		tokens = Pointer(next.Value)
	}
	return tokens
}

// endlessSchemas reports the circles that are left, each once, at the first schema in it.
func (w *walker) endlessSchemas() {
	c := circles{w: w, index: make(map[*yaml.Node]int), low: make(map[*yaml.Node]int), on: make(map[*yaml.Node]bool)}
	for _, n := range w.order {
		if c.index[n] == 0 {
			c.visit(n)
		}
	}
}

// circles finds strongly connected schemas (Tarjan 1972).
type circles struct {
	w          *walker
	index, low map[*yaml.Node]int
	on         map[*yaml.Node]bool
	stack      []*yaml.Node
	next       int
}

func (c *circles) visit(n *yaml.Node) {
	c.next++
	c.index[n], c.low[n] = c.next, c.next
	c.stack, c.on[n] = append(c.stack, n), true
	own := false
	for _, a := range c.w.arms(n) {
		own = own || a.node == n
		if c.index[a.node] == 0 {
			c.visit(a.node)
			c.low[n] = min(c.low[n], c.low[a.node])
		} else if c.on[a.node] {
			c.low[n] = min(c.low[n], c.index[a.node])
		}
	}
	if c.low[n] != c.index[n] {
		return
	}
	i := slices.Index(c.stack, n)
	members := slices.Clone(c.stack[i:])
	c.stack = c.stack[:i]
	for _, m := range members {
		c.on[m] = false
	}
	if len(members) > 1 || own {
		c.report(members)
	}
}

// report names the schemas of a circle in the order of the file.
func (c *circles) report(members []*yaml.Node) {
	slices.SortFunc(members, func(a, b *yaml.Node) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	named := slices.DeleteFunc(slices.Clone(members), func(n *yaml.Node) bool { return c.w.keys[n] == nil || c.w.keys[n] == n || isWord(c.w.keys[n].Value) })
	if len(named) == 0 {
		named = members[:1]
	}
	var names []string
	for _, n := range named {
		if k := c.w.keys[n]; k != nil && k.Kind == yaml.ScalarNode {
			names = append(names, k.Value)
		}
	}
	at := named[0]
	if k := c.w.keys[at]; k != nil {
		at = k
	}
	if len(names) < 2 {
		c.w.diags.Errorf(c.w.at(at), ruleCycle, "the schema, or one of its alternatives, refers only to itself; describe its values")
		return
	}
	c.w.diags.Errorf(c.w.at(at), ruleCycle, "the schema refers only to itself, through %s; describe its values", strings.Join(names[1:], ", "))
}

// isWord reports a keyword of schemas, which is not a schema's name.
func isWord(key string) bool {
	_, ok := grammar["schema"].fields[key]
	return ok || key == "schema" || key == "$ref"
}
