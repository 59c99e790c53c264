// Package source reads a spec once, into a tree in which every part has its position in the file,
// even inside extensions. kin-openapi's document is made from that tree.
package source

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"regexp"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/diag"
)

// Document is a spec: the OpenAPI document and the positions of its parts.
type Document struct {
	File  string
	Parts []File // other files that the spec refers to, by name
	T     *openapi3.T
	root  *yaml.Node
	known index
}

// OpRef is one operation: its pointer in the document, and kin-openapi's value.
type OpRef struct {
	Path    string
	Method  string // upper case
	Op      *openapi3.Operation
	Item    *openapi3.PathItem
	Pointer []string
}

const ruleLoad = "load"

// Load reads a spec, as overlays change it, in their order, with the other files that it refers to;
// a nil read stands for none. It is tolerant: what can mean one thing only is read so, with a
// warning at its line, and nothing is validated beyond what reading needs. All faults are reported
// at once.
func Load(file string, data []byte, read Reader, overlays ...File) (*Document, diag.List) {
	root, diags := readTree(file, data, "the file holds no OpenAPI document")
	if diags.HasErrors() {
		return nil, diags
	}
	d := &Document{File: file, root: root, known: make(index)}
	if d.version() == "" {
		diags.Errorf(d.Pos("openapi"), ruleLoad, "the document is not OpenAPI 3; convert it first")
		return nil, diags
	}
	w := &walker{
		file: file, root: root, known: d.known, v30: strings.HasPrefix(d.version(), "3.0"),
		parts: newParts(file, read), forms: make(map[*yaml.Node]string),
		keys: make(map[*yaml.Node]*yaml.Node),
	}
	w.joinPaths()
	diags = append(diags, d.overlay(overlays)...) // their errors hide no others
	w.root = d.root
	if k, v := child(w.root, limitsKey); k != nil { // of an overlay
		w.joinLimits(v)
	}
	w.check()
	d.Parts = w.parts.sorted()
	if diags = append(diags, w.diags...); w.diags.HasErrors() {
		return nil, diags
	}
	t := &openapi3.T{}
	err := d.root.Decode(t)
	if err == nil {
		err = openapi3.NewLoader().ResolveRefsIn(t, nil)
	}
	if err != nil {
		diags.Errorf(d.blame(err), ruleLoad, "%s", firstLine(err.Error()))
		return nil, diags
	}
	d.T = t
	return d, diags
}

// version returns the version of OpenAPI 3 that the document is written in; "" for another one.
func (d *Document) version() string {
	if n := d.Node("openapi"); n != nil && n.Kind == yaml.ScalarNode &&
		strings.HasPrefix(n.Value, "3.") {
		return n.Value
	}
	return ""
}

// readTree reads a file into a tree that is plain (see plainer); its top is a mapping.
func readTree(file string, data []byte, empty string) (*yaml.Node, diag.List) {
	text, diags := plainText(file, data)
	if diags.HasErrors() {
		return nil, diags
	}
	root, diags := parse(file, text)
	if diags.HasErrors() {
		return nil, diags
	}
	if root == nil || root.Kind != yaml.MappingNode {
		diags.Errorf(diag.Position{File: file, Line: 1, Col: 1}, ruleLoad, "%s", empty)
		return nil, diags
	}
	return root, append(diags, plain(file, root)...)
}

// parse reads JSON as JSON. What only begins like it is a flow mapping of YAML, unless the file
// says that it is JSON.
func parse(file string, text []byte) (*yaml.Node, diag.List) {
	if !looksJSON(text) {
		return parseYAML(file, text)
	}
	root, diags := parseJSON(file, text)
	if !diags.HasErrors() || strings.HasSuffix(strings.ToLower(file), ".json") {
		return root, diags
	}
	if root, more := parseYAML(file, text); !more.HasErrors() {
		return root, more
	}
	return nil, diags
}

// check compares the document with the grammar of OpenAPI and mends what can be read.
func (w *walker) check() {
	w.joinComponents()
	w.object("document", "the document", w.root)
	w.resolve()
	if !w.diags.HasErrors() {
		w.inherit()
		w.endlessSchemas()
	}
}

// Hash returns the hash of a spec's text with line ends of one kind.
func Hash(data []byte) string {
	sum := sha256.Sum256(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")))
	return hex.EncodeToString(sum[:])
}

func (d *Document) at(n *yaml.Node) diag.Position {
	return diag.At(d.File, n)
}

var quoted = regexp.MustCompile(`"([^"]+)"`)

// blame finds the place that an error of the reader is about: its own, or the reference or name
// that it quotes.
func (d *Document) blame(err error) diag.Position {
	var at *yaml.LoadError
	if errors.As(err, &at) && at.Mark.Line > 0 {
		// An overlay's nodes are in another file, at lines that the spec may have too.
		if n := findNode(d.root, func(n *yaml.Node) bool { return n.Line == at.Mark.Line && n.Column == at.Mark.Column }, 0); n != nil {
			return d.at(n)
		}
		return diag.Position{File: d.File, Line: at.Mark.Line, Col: max(at.Mark.Column, 1)}
	}
	for _, m := range quoted.FindAllStringSubmatch(err.Error(), -1) {
		if n := findNode(d.root, func(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Value == m[1] }, 0); n != nil {
			return d.at(n)
		}
	}
	return diag.Position{File: d.File, Line: 1, Col: 1}
}

func findNode(n *yaml.Node, is func(*yaml.Node) bool, depth int) *yaml.Node {
	if is(n) {
		return n
	}
	if depth > 500 {
		return nil
	}
	for _, c := range n.Content {
		if found := findNode(c, is, depth+1); found != nil {
			return found
		}
	}
	return nil
}

// Node returns the value at a JSON pointer, through YAML aliases; nil if there is none.
func (d *Document) Node(ptr ...string) *yaml.Node {
	_, n := d.lookup(ptr)
	return n
}

// Pos returns the place of the key at a JSON pointer, or of its nearest ancestor that exists.
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
		key, value = d.known.child(value, token)
		if value == nil {
			return nil, nil
		}
	}
	return key, value
}

// Keys returns the keys of the mapping at a JSON pointer, in the order of the document.
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

// Components returns those of the document; none of them is nil.
func (d *Document) Components() *openapi3.Components {
	if d.T.Components == nil {
		return &openapi3.Components{}
	}
	return d.T.Components
}

// Paths returns the path templates in the order of the document.
func (d *Document) Paths() []string { return d.Keys("paths") }

var methods = map[string]bool{
	"get": true, "put": true, "post": true, "delete": true, "options": true, "head": true,
	"patch": true, "trace": true,
}

// Operations returns all operations in the order of the document. A path item that is a reference
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
			if tokens := Pointer(ref.Value); tokens != nil {
				ptr = tokens
			}
		}
		for _, key := range d.Keys(ptr...) {
			if !methods[key] {
				continue
			}
			if op := item.GetOperation(strings.ToUpper(key)); op != nil {
				out = append(out, OpRef{
					path, strings.ToUpper(key), op, item, append(ptr[:len(ptr):len(ptr)], key),
				})
			}
		}
	}
	return out
}
