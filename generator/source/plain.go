package source

import (
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/diag"
)

const (
	maxNesting  = 500
	maxExpanded = 4_000_000 // nodes, with every use of an anchor counted
)

// plainer converts YAML's tree to JSON's: without aliases and merge keys, with strings as keys and
// one spelling of scalars. All readers of a spec use this tree, so all of them read an anchor or
// 0x10 alike.
type plainer struct {
	file   string
	done   map[*yaml.Node]int // sizes of what can be met again: what anchors and merged mappings hold
	open   map[*yaml.Node]bool
	shared int // how many of those hold what is being read
	diags  diag.List
}

// plain rewrites the tree in place. An anchor's nodes are shared by its uses.
func plain(file string, root *yaml.Node) diag.List {
	p := &plainer{file: file, done: make(map[*yaml.Node]int), open: make(map[*yaml.Node]bool)}
	if p.node(root, 0) > maxExpanded && !p.diags.HasErrors() {
		p.errorf(root, "the aliases of the document come to more than %d values", maxExpanded)
	}
	return p.diags
}

func (p *plainer) errorf(n *yaml.Node, format string, args ...any) {
	p.diags.Errorf(diag.Position{File: p.file, Line: n.Line, Col: n.Column}, ruleSyntax, format,
		args...)
}

// node returns the size of what it made plain.
func (p *plainer) node(n *yaml.Node, depth int) int {
	if size, ok := p.done[n]; ok {
		return size
	}
	if depth > maxNesting {
		p.errorf(n, "the document nests deeper than %d levels", maxNesting)
		return 1
	}
	if n.Anchor != "" {
		p.shared++
		defer func() { p.shared-- }()
	}
	again := p.shared > 0
	if again {
		p.open[n] = true
	}
	size := 1
	switch n.Kind {
	case yaml.MappingNode:
		n.Tag = tagMap
		n.Content = p.pairs(n, depth)
		fallthrough
	case yaml.SequenceNode:
		for i, c := range n.Content {
			n.Content[i] = p.target(c)
			if n.Content[i] == nil {
				n.Content[i] = &yaml.Node{
					Kind: yaml.ScalarNode, Tag: tagNull, Value: "null", Line: c.Line, Column: c.Column,
				}
			}
			size = min(size+p.node(n.Content[i], depth+1), maxExpanded+1)
		}
	case yaml.ScalarNode:
		p.scalar(n)
	}
	n.Anchor = ""
	if again {
		delete(p.open, n)
		p.done[n] = size
	}
	return size
}

// target returns the anchor of an alias, or else the node itself. An anchor that contains the alias
// is an error.
func (p *plainer) target(n *yaml.Node) *yaml.Node {
	if n.Kind != yaml.AliasNode {
		return n
	}
	if n.Alias == nil || p.open[n.Alias] {
		p.errorf(n, "the anchor %q contains itself", n.Value)
		return nil
	}
	return n.Alias
}

// pairs returns the keys and values of a mapping and of those that it merges. Its own come first
// and take precedence.
func (p *plainer) pairs(n *yaml.Node, depth int) []*yaml.Node {
	out := make([]*yaml.Node, 0, len(n.Content))
	var merged []*yaml.Node
	seen := make(map[string]*yaml.Node, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Tag == "!!merge" {
			merged = append(merged, p.sources(v, depth)...)
			continue
		}
		if k = p.key(k); k == nil {
			continue
		}
		if first := seen[k.Value]; first != nil {
			p.diags.Errorf(diag.Position{File: p.file, Line: k.Line, Col: k.Column}, "duplicate-key",
				"%q is a duplicate; the first is at %s", k.Value,
				diag.Position{File: p.file, Line: first.Line, Col: first.Column})
			continue
		}
		seen[k.Value] = k
		out = append(out, k, v)
	}
	for i := 0; i+1 < len(merged); i += 2 {
		if k := merged[i]; seen[k.Value] == nil {
			seen[k.Value] = k
			out = append(out, k, merged[i+1])
		}
	}
	return out
}

// sources returns the pairs of a merge key: a mapping, or a list of mappings, of which the first
// takes precedence.
func (p *plainer) sources(v *yaml.Node, depth int) []*yaml.Node {
	from := p.target(v)
	if from == nil {
		return nil
	}
	p.shared++
	defer func() { p.shared-- }()
	switch from.Kind {
	case yaml.MappingNode:
		p.node(from, depth+1)
		return from.Content
	case yaml.SequenceNode:
		var out []*yaml.Node
		for _, c := range from.Content {
			if c = p.target(c); c != nil && c.Kind == yaml.MappingNode {
				p.node(c, depth+1)
				out = append(out, c.Content...)
				continue
			}
			p.errorf(v, "<< merges mappings")
		}
		return out
	}
	p.errorf(v, "<< merges mappings")
	return nil
}

// key returns a key as text, however YAML would type it: 200, on, 1e3 and null are names.
func (p *plainer) key(k *yaml.Node) *yaml.Node {
	if k.Kind == yaml.AliasNode && k.Alias != nil {
		named := *k.Alias
		named.Line, named.Column, named.Anchor = k.Line, k.Column, ""
		k = &named
	}
	if k.Kind != yaml.ScalarNode {
		p.errorf(k, "a key must be a plain string")
		return nil
	}
	if k.Tag == tagNull && k.Value == "" {
		p.errorf(k, "a key is empty")
		return nil
	}
	k.Tag = tagString
	return k
}

var octal = regexp.MustCompile(`^[-+]?0[0-7]+$`)

// scalar normalises a value: decimal numbers, true, false, null. Dates and values with other tags
// are strings.
func (p *plainer) scalar(n *yaml.Node) {
	switch n.Tag {
	case tagString:
	case tagNull:
		n.Value = "null"
	case tagBool:
		switch n.Value = strings.ToLower(n.Value); n.Value {
		case "true", "yes", "on", "y":
			n.Value = "true"
		case "false", "no", "off", "n":
			n.Value = "false"
		default:
			p.errorf(n, "%q is not true or false", n.Value)
		}
	case tagInt:
		p.integer(n)
	case tagFloat:
		p.float(n)
	default:
		n.Tag = tagString
	}
}

// integer rewrites 1_000, 0x10, 0b1 and 0o17 in decimal. A number with a leading zero is octal to
// some readers and decimal to others, so a warning says how it is read.
func (p *plainer) integer(n *yaml.Node) {
	text := strings.ReplaceAll(n.Value, "_", "")
	if _, err := strconv.ParseInt(text, 10, 64); err == nil && !octal.MatchString(text) {
		n.Value = strings.TrimPrefix(text, "+")
		return
	}
	v, ok := new(big.Int).SetString(text, 0)
	if !ok {
		p.errorf(n, "%q is not a number", n.Value)
		return
	}
	if octal.MatchString(text) && v.CmpAbs(big.NewInt(7)) > 0 {
		p.diags.Warnf(diag.Position{File: p.file, Line: n.Line, Col: n.Column}, "octal",
			"%s is octal and read as %s; write it without the zero, or in quotes if it is text", n.Value, v)
	}
	n.Value = v.String()
	n.Tag = tagOfNumber(n.Value)
}

// float rejects numbers that JSON lacks. Numbers beyond 64 bits become strings, which the walk
// rejects where a number is required.
func (p *plainer) float(n *yaml.Node) {
	text := strings.ReplaceAll(n.Value, "_", "")
	f, err := strconv.ParseFloat(text, 64)
	switch trimmed := strings.ToLower(strings.TrimLeft(text, "+-")); {
	case trimmed == ".inf" || trimmed == ".nan":
		p.errorf(n, "%s is not a number in JSON", n.Value)
	case err != nil && math.IsInf(f, 0):
		n.Tag = tagString
	case err != nil:
		p.errorf(n, "%q is not a number", n.Value)
	default:
		n.Value = strings.TrimPrefix(text, "+")
	}
}
