package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/diag"
)

// looksJSON reports whether the text is a JSON object, or a flow mapping of YAML, which begins
// alike.
func looksJSON(text []byte) bool {
	first := bytes.TrimLeft(text, " \t\r\n")
	return len(first) > 0 && first[0] == '{'
}

// parseJSON reads JSON into the tree that YAML is read into. YAML's reader does not do: it refuses
// escapes that JSON has (an emoji as two surrogates), and takes quadratic time for a document on
// one line.
func parseJSON(file string, text []byte) (*yaml.Node, diag.List) {
	p := &jsonParser{
		text: text, at: newCursor(file, text), dec: json.NewDecoder(bytes.NewReader(text)),
		names: make(map[string]string),
	}
	p.dec.UseNumber()
	n, err := p.value(0)
	if err == nil {
		if err = p.end(); err == nil {
			return n, p.diags
		}
	}
	p.fail(err)
	return nil, p.diags
}

type jsonParser struct {
	text  []byte
	at    *cursor
	dec   *json.Decoder
	names map[string]string
	diags diag.List
}

// start returns the offset at which the next token begins.
func (p *jsonParser) start() int {
	i := int(p.dec.InputOffset())
	for i < len(p.text) && strings.IndexByte(" \t\r\n,:", p.text[i]) >= 0 {
		i++
	}
	return i
}

// token reads one token and makes a node with its position.
func (p *jsonParser) token() (json.Token, *yaml.Node, error) {
	from := p.start()
	t, err := p.dec.Token()
	if err != nil {
		return nil, nil, err
	}
	pos := p.at.position(from)
	if _, ok := t.(string); ok && loneSurrogate(p.text[from:p.dec.InputOffset()]) {
		p.diags.Warnf(pos, ruleEncoding, "a \\u escape is half of a surrogate pair; it is read as U+FFFD")
	}
	return t, &yaml.Node{Line: pos.Line, Column: pos.Col}, nil
}

var errDeep = errors.New("the document nests too deep")

// value reads one value with its content.
func (p *jsonParser) value(depth int) (*yaml.Node, error) {
	t, n, err := p.token()
	if err != nil {
		return nil, err
	}
	if depth > maxNesting {
		return nil, errDeep
	}
	switch t := t.(type) {
	case json.Delim:
		return n, p.fill(n, t, depth)
	case string:
		n.Kind, n.Tag, n.Value, n.Style = yaml.ScalarNode, tagString, t, yaml.DoubleQuotedStyle
	case json.Number:
		n.Kind, n.Tag, n.Value = yaml.ScalarNode, tagOfNumber(t.String()), t.String()
	case bool:
		n.Kind, n.Tag, n.Value = yaml.ScalarNode, tagBool, strconv.FormatBool(t)
	default:
		n.Kind, n.Tag, n.Value = yaml.ScalarNode, tagNull, "null"
	}
	return n, nil
}

// fill reads the members of an object or the elements of an array.
func (p *jsonParser) fill(n *yaml.Node, open json.Delim, depth int) error {
	n.Kind, n.Tag, n.Style = yaml.SequenceNode, tagList, yaml.FlowStyle
	if open == '{' {
		n.Kind, n.Tag = yaml.MappingNode, tagMap
	}
	for p.dec.More() {
		if open == '{' {
			t, k, err := p.token()
			if err != nil {
				return err
			}
			k.Kind, k.Tag, k.Style = yaml.ScalarNode, tagString, yaml.DoubleQuotedStyle
			k.Value = p.name(t)
			n.Content = append(n.Content, k)
		}
		v, err := p.value(depth + 1)
		if err != nil {
			return err
		}
		n.Content = append(n.Content, v)
	}
	_, err := p.dec.Token()
	return err
}

// name returns a key's text, kept once: a document has few names, many times over. The decoder
// takes nothing but text for a key.
func (p *jsonParser) name(t json.Token) string {
	text, _ := t.(string)
	if known, ok := p.names[text]; ok {
		return known
	}
	p.names[text] = text
	return text
}

// end checks that nothing follows.
func (p *jsonParser) end() error {
	from := p.start()
	if _, err := p.dec.Token(); err == io.EOF {
		return nil
	}
	p.diags.Errorf(p.at.position(from), ruleSyntax, "unexpected text after the end of the document")
	return errReported
}

var errReported = errors.New("reported")

// fail reports a syntax error at its position.
func (p *jsonParser) fail(err error) {
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, errReported):
	case errors.Is(err, errDeep):
		p.diags.Errorf(p.at.position(p.start()), ruleSyntax, "the document nests deeper than %d levels",
			maxNesting)
	case errors.As(err, &syntax):
		offset := max(int(syntax.Offset)-1, p.start())
		p.diags.Errorf(newCursor(p.at.file, p.text).position(offset), ruleSyntax, "this is not JSON: %s",
			syntax.Error())
	default:
		p.diags.Errorf(newCursor(p.at.file, p.text).position(len(p.text)), ruleSyntax,
			"the file ends within the document")
	}
}

// tagOfNumber keeps whole numbers of 64 bits whole; others are floating.
func tagOfNumber(text string) string {
	if _, err := strconv.ParseInt(text, 10, 64); err == nil {
		return tagInt
	}
	if _, err := strconv.ParseUint(text, 10, 64); err == nil {
		return tagInt
	}
	return tagFloat
}

var escapes = regexp.MustCompile(`\\(?:u[0-9a-fA-F]{4}|.)`)

// loneSurrogate reports whether a string has an escaped half of a surrogate pair, which is not a
// character.
func loneSurrogate(raw []byte) bool {
	if !bytes.Contains(raw, []byte(`\u`)) {
		return false
	}
	high, end := false, 0 // a first half that ends at end
	for _, m := range escapes.FindAllIndex(raw, -1) {
		e := strings.ToLower(string(raw[m[0]:m[1]]))
		if high && m[0] != end {
			return true
		}
		isHigh := len(e) == 6 && e[2] == 'd' && strings.IndexByte("89ab", e[3]) >= 0
		isLow := len(e) == 6 && e[2] == 'd' && strings.IndexByte("cdef", e[3]) >= 0
		if high != isLow {
			return true
		}
		high, end = isHigh, m[1]
	}
	return high
}
