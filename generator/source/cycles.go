package source

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

const ruleCycle = "endless-schema"

// A schema may hold itself among its properties or elements: then each level of a value is smaller
// than the one above. One that is made of itself, through $ref, allOf, anyOf, oneOf or not, says
// nothing about any value, and each reader of it would go round for ever.

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
	c := circles{
		w: w, index: make(map[*yaml.Node]int), low: make(map[*yaml.Node]int),
		on: make(map[*yaml.Node]bool),
	}
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
	named := slices.DeleteFunc(slices.Clone(members),
		func(n *yaml.Node) bool { return c.w.keys[n] == nil || c.w.keys[n] == n || isWord(c.w.keys[n].Value) })
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
