package source

import (
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/diag"
)

// scalars read the types of the grammar that are not forms.
var scalars map[string]func(w *walker, what string, n *yaml.Node) bool

func init() { // not a literal: the readers use the table
	scalars = map[string]func(w *walker, what string, n *yaml.Node) bool{
		"text": (*walker).text, "flag": (*walker).flag, "count": (*walker).count,
		"number": (*walker).number, "texts": (*walker).texts, "types": (*walker).types,
		"bound": (*walker).bound, "schemaOrFlag": (*walker).schemaOrFlag, "items": (*walker).items,
		"required": (*walker).required, "examples": (*walker).examples,
	}
}

// text takes any scalar as it is spelt: version: 1.0 is the text 1.0.
func (w *walker) text(what string, n *yaml.Node) bool {
	if n.Kind == yaml.ScalarNode {
		n.Tag = tagString
		return true
	}
	if k, v := child(n, "$ref"); k != nil {
		w.warnf(v, "a $ref cannot replace the text of %s, which is left out", what)
		return false
	}
	w.errorf(n, "%s must be text, not %s", what, kindOf(n))
	return false
}

func (w *walker) flag(what string, n *yaml.Node) bool {
	if n.Kind == yaml.ScalarNode && n.Tag == tagBool {
		return true
	}
	if n.Kind == yaml.ScalarNode && n.Tag == tagString {
		if i := slices.Index([]string{"true", "false", "yes", "no", "on", "off"}, strings.ToLower(n.Value)); i >= 0 {
			w.warnf(n, "%s is %q, which is text; read as %t", what, n.Value, i%2 == 0)
			n.Tag, n.Value = tagBool, strconv.FormatBool(i%2 == 0)
			return true
		}
	}
	w.errorf(n, "%s must be true or false, not %s", what, kindOf(n))
	return false
}

// numeric reads a number, also one in quotes.
func (w *walker) numeric(what string, n *yaml.Node) (float64, bool) {
	if n.Kind != yaml.ScalarNode || n.Tag == tagBool {
		w.errorf(n, "%s must be a number, not %s", what, kindOf(n))
		return 0, false
	}
	f, err := strconv.ParseFloat(n.Value, 64)
	switch {
	case math.IsInf(f, 0) && err != nil:
		w.errorf(n, "%s is %s, which is too large for a number", what, n.Value)
		return 0, false
	case err != nil, math.IsInf(f, 0), math.IsNaN(f):
		w.errorf(n, "%s must be a number, not %q", what, n.Value)
		return 0, false
	}
	if n.Tag == tagString {
		w.warnf(n, "%s is %q, which is text; read as the number", what, n.Value)
	}
	n.Tag = tagOfNumber(n.Value)
	return f, true
}

func (w *walker) number(what string, n *yaml.Node) bool {
	_, ok := w.numeric(what, n)
	return ok
}

// count reads a whole number from 0; 1e3 and 10.0 are whole.
func (w *walker) count(what string, n *yaml.Node) bool {
	f, ok := w.numeric(what, n)
	switch {
	case !ok:
		return false
	case f < 0 || f != math.Trunc(f):
		w.errorf(n, "%s must be an integer, 0 or more, not %s", what, n.Value)
		return false
	case f >= math.MaxInt64:
		w.warnf(n, "%s is %s, which no value reaches; it is left out", what, n.Value)
		return false
	}
	if whole, exact := new(big.Float).SetString(n.Value); exact {
		i, _ := whole.Int(nil)
		n.Tag, n.Value = tagInt, i.String()
	}
	return true
}

func (w *walker) texts(what string, n *yaml.Node) bool { return w.list("text", what, n) }

var knownTypes = []string{"null", "boolean", "integer", "number", "string", "array", "object"}

// types reads one type or a list of them.
func (w *walker) types(what string, n *yaml.Node) bool {
	if n.Kind == yaml.SequenceNode {
		for _, c := range n.Content {
			if c.Kind != yaml.ScalarNode || !w.types(what, c) {
				w.errorf(c, "type must be the name of a type, or a list of them")
				return false
			}
		}
		return true
	}
	if !w.text(what, n) {
		return false
	}
	if !slices.Contains(knownTypes, n.Value) {
		w.warnf(n, "type %q is not one of %s; any value is accepted", n.Value,
			strings.Join(knownTypes, ", "))
	}
	return true
}

// bound is exclusiveMinimum or exclusiveMaximum, a flag before OpenAPI 3.1 and a number from then
// on.
func (w *walker) bound(what string, n *yaml.Node) bool {
	if n.Kind == yaml.ScalarNode && n.Tag == tagBool {
		return true
	}
	return w.number(what, n)
}

func (w *walker) schemaOrFlag(what string, n *yaml.Node) bool {
	if n.Kind == yaml.ScalarNode && n.Tag != tagNull && n.Tag != tagInt && n.Tag != tagFloat {
		return w.flag(what, n)
	}
	return w.object("schema", what, n)
}

// examples are a list in a schema. Elsewhere they have names, and so they do in some schemas.
func (w *walker) examples(what string, n *yaml.Node) bool {
	if n.Kind == yaml.SequenceNode {
		return true
	}
	at, values := *n, []*yaml.Node{}
	if n.Kind != yaml.MappingNode {
		values = append(values, &at)
	}
	for i := 1; n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
		_, v := child(n.Content[i], "value")
		if v == nil {
			v = n.Content[i]
		}
		values = append(values, v)
	}
	w.warnf(n, "the %s of a schema must be a list, not %s; read as a list of its values", what,
		kindOf(n))
	*n = *diag.Moved(&yaml.Node{Kind: yaml.SequenceNode, Tag: tagList, Content: values}, &at)
	return true
}

// items is one schema. The list of an older draft says what stands at each place, which is not
// read.
func (w *walker) items(what string, n *yaml.Node) bool {
	if n.Kind == yaml.SequenceNode {
		w.warnf(n, "items is a list of schemas, which is not supported, so any element is accepted (write prefixItems in OpenAPI 3.1)")
		*n = *mapNode(n)
	}
	return w.object("schema", what, n)
}

// required is a list of properties. An older draft had required: true at the property itself.
func (w *walker) required(what string, n *yaml.Node) bool {
	if n.Kind == yaml.ScalarNode && n.Tag == tagBool {
		w.warnf(n, "required is a list of properties here; %s is not read; name the property in the required list of its object", n.Value)
		return false
	}
	return w.texts(what, n)
}
