package neutral

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/emit/quote"
)

// A document is made of objects, lists, strings, whole numbers and truth values. Objects keep their
// order.
type (
	object []member
	member struct {
		name  string
		value any
	}
	list []any
)

func (o *object) add(name string, value any) { *o = append(*o, member{name, value}) }

// text adds a member unless it is empty.
func (o *object) text(name, value string) {
	if value != "" {
		o.add(name, value)
	}
}

// number adds a member unless it is 0.
func (o *object) number(name string, value int64) {
	if value != 0 {
		o.add(name, value)
	}
}

func texts(values []string) list {
	out := list{}
	for _, v := range values {
		out = append(out, v)
	}
	return out
}

// width is how long a line may be that holds a whole object or list. It makes lines that a diff
// shows whole.
const width = 120

// printJSON writes a value. Values that fit are printed on one line.
func printJSON(b *bytes.Buffer, value any, depth int) {
	if line := compact(value); depth > 0 && 2*depth+utf8.RuneCountInString(line) <= width {
		b.WriteString(line)
		return
	}
	indent := "\n" + strings.Repeat("  ", depth+1)
	switch v := value.(type) {
	case object:
		for i, m := range v {
			b.WriteString(opening(i, "{") + indent + quote.JSON(m.name) + ": ")
			printJSON(b, m.value, depth+1)
		}
		b.WriteString("\n" + strings.Repeat("  ", depth) + "}")
	case list:
		for i, item := range v {
			b.WriteString(opening(i, "[") + indent)
			printJSON(b, item, depth+1)
		}
		b.WriteString("\n" + strings.Repeat("  ", depth) + "]")
	default:
		b.WriteString(quote.JSON(value))
	}
}

// opening returns the text before element i of an object or list.
func opening(i int, bracket string) string {
	if i == 0 {
		return bracket
	}
	return ","
}

// compact writes a value on one line.
func compact(value any) string {
	var parts []string
	switch v := value.(type) {
	case object:
		for _, m := range v {
			parts = append(parts, quote.JSON(m.name)+": "+compact(m.value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case list:
		for _, item := range v {
			parts = append(parts, compact(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return quote.JSON(value)
}

// renderYAML writes the document as YAML below a head of comments.
func renderYAML(head []string, doc object) ([]byte, error) {
	var b bytes.Buffer
	for _, line := range head {
		b.WriteString(strings.TrimRight("# "+line, " ") + "\n")
	}
	dumper, err := yaml.NewDumper(&b, yaml.WithIndent(2), yaml.WithLineWidth(-1))
	if err != nil {
		return nil, err
	}
	if err := dumper.Dump(node(doc, 0)); err != nil {
		return nil, err
	}
	return b.Bytes(), dumper.Close()
}

// node returns a value for the YAML encoder, which quotes what needs it.
func node(value any, depth int) *yaml.Node {
	n := &yaml.Node{}
	switch v := value.(type) {
	case object:
		n.Kind, n.Tag = yaml.MappingNode, "!!map"
		for _, m := range v {
			n.Content = append(n.Content, node(m.name, depth), node(m.value, depth+1))
		}
	case list:
		n.Kind, n.Tag = yaml.SequenceNode, "!!seq"
		for _, item := range v {
			n.Content = append(n.Content, node(item, depth+1))
		}
	default:
		n.Kind, n.Value, n.Tag = yaml.ScalarNode, quote.JSON(v), "!!int"
		switch v := v.(type) {
		case string:
			n.Value, n.Tag = strings.ToValidUTF8(v, "\ufffd"), "!!str"
		case bool:
			n.Tag = "!!bool"
		}
		return n
	}
	if line := compact(value); depth > 0 && 2*depth+utf8.RuneCountInString(line) <= width {
		n.Style = yaml.FlowStyle
	}
	return n
}
