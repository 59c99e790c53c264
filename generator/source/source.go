// Package source reads a spec: kin-openapi makes the document, a second parse of the same bytes
// gives every part its place in the file, also inside extensions.
package source

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/diag"
)

// Document is a spec: the OpenAPI document and where its parts stand.
type Document struct {
	File string
	T    *openapi3.T
	root *yaml.Node
}

// OpRef is one operation: its place in the document and what kin-openapi read there.
type OpRef struct {
	Path    string
	Method  string // upper case
	Op      *openapi3.Operation
	Item    *openapi3.PathItem
	Pointer []string
}

const ruleLoad = "load"

// Load reads a spec. It is tolerant: what cannot be read otherwise is normalised, with a warning
// that names the line, and nothing is validated beyond what reading needs.
func Load(file string, data []byte) (*Document, diag.List) {
	var diags diag.List
	text := plainText(data)
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		pos, message := errorAt(file, err)
		diags.Errorf(pos, "syntax", "%s", message)
		return nil, diags
	}
	if len(root.Content) == 0 || root.Content[0].Kind != yaml.MappingNode {
		diags.Errorf(diag.Position{File: file, Line: 1, Col: 1}, ruleLoad, "the file holds no OpenAPI document")
		return nil, diags
	}
	d := &Document{File: file, root: root.Content[0]}
	if version := d.Node("openapi"); version == nil || !strings.HasPrefix(version.Value, "3.") {
		diags.Errorf(d.Pos("openapi"), ruleLoad, "the document is not OpenAPI 3; convert it first")
		return nil, diags
	}
	if diags = d.structure(d.root, 0); diags.HasErrors() {
		return nil, diags
	}
	diags = append(diags, d.normalise()...)
	if diags.HasErrors() {
		return nil, diags
	}
	if len(diags) > 0 {
		encoded, err := yaml.Marshal(&root)
		if err != nil {
			diags.Errorf(diag.Position{File: file}, ruleLoad, "%v", err)
			return nil, diags
		}
		text = encoded
	}
	loader := openapi3.NewLoader()
	t, err := loader.LoadFromData(text)
	if err != nil {
		diags.Errorf(d.blame(err), ruleLoad, "%s", firstLine(err.Error()))
		return nil, diags
	}
	d.T = t
	return d, diags
}

// Hash is the hash of a spec's text with line ends of one kind.
func Hash(data []byte) string {
	sum := sha256.Sum256(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")))
	return hex.EncodeToString(sum[:])
}

// plainText drops a byte order mark and makes blanks of the tabs that indent JSON, which YAML does not allow.
// Lines and columns stay what they were.
func plainText(data []byte) []byte {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if first := bytes.TrimLeft(data, " \t\r\n"); len(first) == 0 || first[0] != '{' || !bytes.ContainsRune(data, '\t') {
		return data
	}
	out := bytes.Clone(data)
	inString := false
	for i := 0; i < len(out); i++ {
		switch out[i] {
		case '\\':
			if inString {
				i++
			}
		case '"':
			inString = !inString
		case '\t':
			if !inString {
				out[i] = ' '
			}
		}
	}
	return out
}

// structure refuses what would be read differently by different readers: duplicate keys, keys that are no text.
func (d *Document) structure(n *yaml.Node, depth int) diag.List {
	var diags diag.List
	if depth > 500 {
		diags.Errorf(d.at(n), "syntax", "the document nests deeper than 500 levels")
		return diags
	}
	if n.Kind == yaml.MappingNode {
		seen := make(map[string]*yaml.Node, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			k := n.Content[i]
			if k.Kind != yaml.ScalarNode {
				diags.Errorf(d.at(k), "syntax", "a key is not plain text")
				continue
			}
			if first := seen[k.Value]; first != nil && k.Tag != "!!merge" {
				diags.Errorf(d.at(k), "duplicate-key", "%q stands here a second time; the first is at %s", k.Value, d.at(first))
				continue
			}
			seen[k.Value] = k
		}
	}
	for _, c := range n.Content {
		diags = append(diags, d.structure(c, depth+1)...)
	}
	return diags
}

func (d *Document) at(n *yaml.Node) diag.Position {
	return diag.Position{File: d.File, Line: n.Line, Col: n.Column}
}

var yamlLine = regexp.MustCompile(`line (\d+)(?:, column (\d+))?:? ?`)

// errorAt finds the place in the text of a YAML error.
func errorAt(file string, err error) (diag.Position, string) {
	text := firstLine(strings.TrimPrefix(err.Error(), "yaml: "))
	pos := diag.Position{File: file, Line: 1, Col: 1}
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		pos.Line, _ = strconv.Atoi(m[1])
		if m[2] != "" {
			pos.Col, _ = strconv.Atoi(m[2])
		}
		text = strings.TrimSpace(strings.Replace(text, m[0], "", 1))
	}
	return pos, text
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}

var quoted = regexp.MustCompile(`"([^"]+)"`)

// blame finds the place that an error of the reader is about: the reference or name that it quotes.
func (d *Document) blame(err error) diag.Position {
	for _, m := range quoted.FindAllStringSubmatch(err.Error(), -1) {
		if n := findScalar(d.root, m[1], 0); n != nil {
			return d.at(n)
		}
	}
	return diag.Position{File: d.File, Line: 1, Col: 1}
}

func findScalar(n *yaml.Node, value string, depth int) *yaml.Node {
	if n.Kind == yaml.ScalarNode && n.Value == value {
		return n
	}
	if depth > 500 {
		return nil
	}
	for _, c := range n.Content {
		if found := findScalar(c, value, depth+1); found != nil {
			return found
		}
	}
	return nil
}

// Node is the value at a JSON pointer, through YAML aliases; nil when there is none.
func (d *Document) Node(ptr ...string) *yaml.Node {
	_, n := d.lookup(ptr)
	return n
}

// Pos is the place of the key at a JSON pointer, or of its nearest ancestor that exists.
func (d *Document) Pos(ptr ...string) diag.Position {
	for ; len(ptr) > 0; ptr = ptr[:len(ptr)-1] {
		if k, _ := d.lookup(ptr); k != nil {
			return d.at(k)
		}
	}
	return d.at(d.root)
}

// lookup returns a key and its value; elements of lists are their own key.
func (d *Document) lookup(ptr []string) (key, value *yaml.Node) {
	value = d.root
	for _, token := range ptr {
		key, value = child(value, token)
		if value == nil {
			return nil, nil
		}
	}
	return key, value
}

func child(n *yaml.Node, token string) (key, value *yaml.Node) {
	n = resolve(n)
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == token {
				return n.Content[i], resolve(n.Content[i+1])
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(n.Content) {
			return n.Content[i], resolve(n.Content[i])
		}
	}
	return nil, nil
}

func resolve(n *yaml.Node) *yaml.Node {
	for depth := 0; n.Kind == yaml.AliasNode && n.Alias != nil && depth < 100; depth++ {
		n = n.Alias
	}
	return n
}

// Keys are the keys of the mapping at a JSON pointer, in the order of the document.
func (d *Document) Keys(ptr ...string) []string {
	n := d.Node(ptr...)
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	out := make([]string, 0, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		out = append(out, n.Content[i].Value)
	}
	return out
}

// Paths are the path templates in the order of the document.
func (d *Document) Paths() []string { return d.Keys("paths") }

var methods = map[string]bool{
	"get": true, "put": true, "post": true, "delete": true, "options": true, "head": true, "patch": true, "trace": true,
}

// Operations are all operations in the order of the document. A path item that is a reference
// stands for what it refers to.
func (d *Document) Operations() []OpRef {
	var out []OpRef
	for _, path := range d.Paths() {
		item := d.T.Paths.Value(path)
		if item == nil {
			continue
		}
		ptr := []string{"paths", path}
		if ref := d.Node("paths", path, "$ref"); ref != nil {
			if tokens := pointerTokens(ref.Value); tokens != nil {
				ptr = tokens
			}
		}
		for _, key := range d.Keys(ptr...) {
			if !methods[key] {
				continue
			}
			if op := item.GetOperation(strings.ToUpper(key)); op != nil {
				out = append(out, OpRef{path, strings.ToUpper(key), op, item, append(ptr[:len(ptr):len(ptr)], key)})
			}
		}
	}
	return out
}

func pointerTokens(ref string) []string {
	frag, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return nil
	}
	tokens := strings.Split(frag, "/")
	for i, t := range tokens {
		tokens[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(t)
	}
	return tokens
}
