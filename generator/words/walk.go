package words

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/source"
)

// RuleMisplaced is the rule for limitgen's own extensions that are misspelt or misplaced.
const RuleMisplaced = "misplaced"

// Check checks every extension of a document. One of limitgen's own that is not read is an error;
// another tool's about rate limits is a warning, since a document may serve several tools.
func Check(d *source.Document) diag.List { return check(d).diags }

const tableWord = "x-rate-limits"

// HidesTable reports whether a document has a table of limits only under a key that is not read, so
// that consequences need not be reported.
func HidesTable(d *source.Document) bool { return d.Node(tableWord) == nil && check(d).table }

func check(d *source.Document) *checker {
	c := &checker{
		file: d.File, seen: make(map[visit]bool), labels: labelsOf(d), ours: d.Node(tableWord) != nil,
	}
	if root := d.Node(); root != nil {
		c.object(root, atRoot)
	}
	for _, op := range d.Operations() { // a path item may be a reference
		if item := d.Node(op.Pointer[:len(op.Pointer)-1]...); item != nil {
			c.object(item, atItem)
		}
	}
	return c
}

// labelsOf returns the extensions that the rules of x-rate-limits.labels name.
func labelsOf(d *source.Document) map[string]bool {
	rules := d.Node(tableWord, "labels")
	if rules == nil || rules.Kind != yaml.SequenceNode {
		return nil
	}
	out := make(map[string]bool)
	for _, rule := range rules.Content {
		if from := child(rule, "from"); from != nil {
			out[from.Value] = true
		}
	}
	return out
}

// defines are extensions with definitions that operations refer to.
var defines = map[string]bool{"x-apigateway-ratelimits": true, "x-yc-apigateway-rate-limits": true}

type checker struct {
	file    string
	seen    map[visit]bool
	labels  map[string]bool // extensions that rules for labels read
	covered bool            // this object has limits in our extensions
	ours    bool            // there is a table of limits in our extension
	table   bool            // the table of limits is under a key that is not read
	diags   diag.List
}

// visit is a node at a place. An alias may lead to the same node again, even to itself.
type visit struct {
	node *yaml.Node
	at   place
}

// object walks the fields of an object.
func (c *checker) object(n *yaml.Node, at place) {
	n = through(n)
	if n.Kind == yaml.SequenceNode {
		for _, item := range n.Content {
			c.object(item, at)
		}
		return
	}
	if n.Kind != yaml.MappingNode || c.seen[visit{n, at}] {
		return
	}
	c.seen[visit{n, at}] = true
	defer c.cover(n, at)()
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if c.extension(key, through(value), at) {
			continue
		}
		if key.Value == "<<" {
			c.object(value, at)
			continue
		}
		c.field(key.Value, value, at)
	}
}

// cover records whether this object has limits in our extensions, so that another tool's beside
// them need no warning. It returns a function that undoes this.
func (c *checker) cover(n *yaml.Node, at place) func() {
	before := c.covered
	own := child(n, "x-rate-limit") != nil
	switch at {
	case atItem:
		c.covered = own
	case atOperation, sent:
		c.covered = own || before
	case atRoot:
		c.covered = child(n, tableWord) != nil
	default:
		c.covered = false
	}
	return func() { c.covered = before }
}

// names walks a map whose keys an author chose.
func (c *checker) names(n *yaml.Node, at place) {
	n = through(n)
	if n.Kind != yaml.MappingNode {
		c.object(n, at) // a list, as parameters are at operations
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if at == atSchema || !strings.HasPrefix(n.Content[i].Value, "x-") ||
			through(n.Content[i+1]).Kind == yaml.MappingNode {
			c.object(n.Content[i+1], at)
		}
	}
}

// data are fields with values that are not part of the description.
var data = []string{
	"example", "examples", "default", "enum", "const", "required", "security", "scopes", "mapping",
}

// field visits the value of one field of an object.
func (c *checker) field(key string, value *yaml.Node, at place) {
	switch {
	case slices.Contains(data, key):
	case at == atPaths && strings.HasPrefix(key, "/"):
		c.object(value, atItem)
	case at == "a callback":
		c.object(value, sentItem)
	case (at == atItem || at == sentItem) && slices.Contains(methods, key):
		c.object(value, map[place]place{atItem: atOperation, sentItem: sent}[at])
	case at == "responses":
		c.object(value, "a response")
	case at == "components" && key == "responses":
		c.names(value, "a response")
	case maps[key] != "":
		c.names(value, maps[key])
	case objects[key] != "":
		c.object(value, objects[key])
	default:
		c.object(value, place(strings.Map(printable, key)))
	}
}

var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace", "query"}

// maps are fields that hold objects by names of the author's, and what each of them is.
var maps = map[string]place{
	"parameters": atParameter, "headers": "a header", "content": "a media type", "schemas": atSchema,
	"properties": atSchema, "patternProperties": atSchema, "$defs": atSchema, "definitions": atSchema,
	"dependentSchemas": atSchema, "requestBodies": "a request body",
	"securitySchemes": "a security scheme", "links": "a link", "callbacks": "a callback",
	"pathItems": atItem, "webhooks": sentItem, "encoding": "an encoding",
	"variables": "a server variable",
}

// objects are fields that hold one object or a list of them.
var objects = map[string]place{
	"paths": atPaths, "info": "info", "tags": "a tag", "servers": "a server", "server": "a server",
	"components": "components", "requestBody": "a request body", "responses": "responses",
	"schema": atSchema, "items": atSchema, "allOf": atSchema, "anyOf": atSchema, "oneOf": atSchema,
	"not": atSchema, "additionalProperties": atSchema, "externalDocs": "externalDocs",
}

func printable(r rune) rune {
	if r < ' ' || r > '~' {
		return '?'
	}
	return r
}

// extension checks a key that is, or may be meant as, an extension. It reports whether it was one.
func (c *checker) extension(key, value *yaml.Node, at place) bool {
	pos := diag.At(c.file, key)
	if w := named(key.Value); w != nil {
		if !w.in(at) {
			c.misplaced(pos, w, key.Value, value, at)
		}
		return true
	}
	if c.labels[key.Value] {
		return true
	}
	lower := strings.ToLower(key.Value)
	if text := foreign(lower, key.Value, value); text != "" {
		known := func(t tool) bool { return t.name == lower }
		if c.covered && (at != atRoot || slices.ContainsFunc(tools, known)) || c.ours && defines[lower] {
			return true
		}
		c.diags.Warnf(pos, limit.RuleDialect, "%s", text)
		return true
	}
	w := meant(key.Value)
	if w == nil {
		w = disguised(key.Value, value, at)
	}
	if w == nil {
		return strings.HasPrefix(key.Value, "x-")
	}
	if !strings.HasPrefix(lower, "x") &&
		!slices.Contains([]place{atRoot, atItem, atOperation, atParameter, "a tag", "info"}, at) {
		return false
	}
	c.misplaced(pos, w, key.Value, value, at)
	return true
}

// misplaced reports the right key for a place, or the right place for a key.
func (c *checker) misplaced(pos diag.Position, w *word, key string, value *yaml.Node, at place) {
	right := w
	if !w.in(at) {
		right = w.kin(at)
	}
	var text string
	switch {
	case right == nil && key == w.name:
		text = key + " is not read " + at.in() + "; it stands " + w.stands
	case right == nil:
		text = key + " is not read; " + w.name + " stands " + w.stands + ", not " + at.in()
	case key == w.name:
		text = key + " is not read " + at.in() + ", where it is " + right.name + "; " + key + " stands " +
			w.stands
	default:
		text = key + " is not read; it is spelt " + right.name + " " + at.in()
	}
	if i := strings.IndexFunc(key, func(r rune) bool { return r >= utf8.RuneSelf }); i >= 0 {
		r, _ := utf8.DecodeRuneInString(key[i:])
		text += fmt.Sprintf("; it holds %U", r)
	}
	text += shapeAt(value, right)
	if right != nil && right.name == tableWord ||
		strings.HasPrefix(w.name, "x-rate") && child(value, "limits") != nil {
		c.table = true
	}
	c.diags.Errorf(pos, RuleMisplaced, "%s", text)
}

// shapeAt returns the equivalent of another tool's value under the right key.
func shapeAt(value *yaml.Node, right *word) string {
	other := ""
	switch {
	case right == nil:
	case right.name == "x-rate-limit":
		other = limit.Equivalent(value)
	case right.name == tableWord:
		other = limit.EquivalentTable(value)
	}
	if other == "" {
		return ""
	}
	return "; " + other
}

// through follows YAML aliases.
func through(n *yaml.Node) *yaml.Node {
	for depth := 0; n.Kind == yaml.AliasNode && n.Alias != nil && depth < 100; depth++ {
		n = n.Alias
	}
	return n
}
