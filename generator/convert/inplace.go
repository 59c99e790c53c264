package convert

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/source"
)

// InPlace returns the spec with the converted limits in it. Only lines are added: what the author
// wrote, comments and order included, stays. It is an error, with its place, where that cannot be,
// and an overlay has to do.
func InPlace(doc *source.Document, data []byte, overlay []byte) ([]byte, diag.List) {
	w := &writer{doc: doc, lines: bytes.SplitAfter(data, []byte("\n"))}
	var over yaml.Node
	if err := yaml.Unmarshal(overlay, &over); err != nil || len(over.Content) == 0 {
		w.diags.Errorf(diag.Position{File: doc.File}, rule, "the converted limits cannot be read, which is a bug of limitgen")
		return nil, w.diags
	}
	root := over.Content[0]
	for i := 0; i+1 < len(root.Content); i += 2 {
		if name := root.Content[i].Value; name != "paths" {
			w.add(doc.Node(), "paths", name, root.Content[i+1], overlayTable(overlay))
		}
	}
	if paths := child(root, "paths"); paths != nil {
		for i := 0; i+1 < len(paths.Content); i += 2 {
			w.item(paths.Content[i].Value, paths.Content[i+1])
		}
	}
	if w.diags.HasErrors() {
		return nil, w.diags
	}
	return w.apply(), nil
}

// overlayTable returns the lines of the table, with the comments on what has to be filled in.
func overlayTable(overlay []byte) string {
	_, text, _ := strings.Cut(string(overlay), "x-rate-limits:\n")
	text, _, _ = strings.Cut(text, "\npaths:\n")
	return strings.TrimRight(text, "\n")
}

type writer struct {
	doc   *source.Document
	lines [][]byte
	edits []edit
	diags diag.List
}

// edit is a text that goes in before a place. Lines and columns are counted from 0, columns in
// bytes.
type edit struct {
	line, col int
	text      string
}

// item adds the limits of a path and of its operations.
func (w *writer) item(path string, values *yaml.Node) {
	at := []string{"paths", path}
	if ref := w.doc.Node("paths", path, "$ref"); ref != nil {
		at = source.Pointer(ref.Value)
	}
	item := w.doc.Node(at...)
	for i := 0; i+1 < len(values.Content); i += 2 {
		key, value := values.Content[i].Value, values.Content[i+1]
		if key == "x-rate-limit" {
			w.add(item, "", key, value, "")
		} else {
			w.add(child(item, key), "", "x-rate-limit", child(value, "x-rate-limit"), "")
		}
	}
}

// add puts a member into an object of the spec, before another or before the first. block is its
// value as lines, where it has several.
func (w *writer) add(object *yaml.Node, before, key string, value *yaml.Node, block string) {
	if object == nil || object.Kind != yaml.MappingNode || len(object.Content) == 0 {
		w.diags.Errorf(diag.At(w.doc.File, object), rule, "%s cannot be written here; convert into an overlay", key)
		return
	}
	if own := child(object, key); own != nil {
		w.diags.Errorf(diag.At(w.doc.File, own), rule, "the place of %s is taken; convert into an overlay", key)
		return
	}
	first := object.Content[0]
	for i := 0; i < len(object.Content); i += 2 {
		if object.Content[i].Value == before {
			first = object.Content[i]
		}
	}
	if pos := diag.At(w.doc.File, first); pos.File != w.doc.File {
		w.diags.Errorf(pos, rule, "%s belongs into another file than %s; convert into an overlay", key, w.doc.File)
		return
	}
	e := edit{line: first.Line - 1}
	if e.line < 0 || e.line >= len(w.lines) {
		return
	}
	line := w.lines[e.line]
	e.col = len(string([]rune(string(line))[:min(max(first.Column-1, 0), len([]rune(string(line))))]))
	indent := string(line[:e.col])
	own := strings.TrimLeft(indent, " \t") == "" // the first member begins its line
	name, text := key, flow(value)
	if w.json() {
		data, _ := json.Marshal(key) // cannot fail for a string
		name, text = string(data), inJSON(value)
	}
	switch {
	case object.Style&yaml.FlowStyle != 0 && own:
		e.text = name + ": " + text + ",\n" + indent
	case object.Style&yaml.FlowStyle != 0:
		e.text = name + ": " + text + ", "
	case block != "":
		e.text = name + ":\n" + indented(block, indent) + "\n" + indent
	default:
		e.text = name + ": " + text + "\n" + indent
	}
	if !slices.Contains(w.edits, e) { // paths may share an item
		w.edits = append(w.edits, e)
	}
}

// json reports whether the spec is JSON rather than YAML.
func (w *writer) json() bool {
	return bytes.HasPrefix(bytes.TrimLeft(bytes.Join(w.lines, nil), "\xef\xbb\xbf \t\r\n"), []byte("{")) && json.Valid(bytes.TrimPrefix(bytes.Join(w.lines, nil), []byte("\xef\xbb\xbf")))
}

func indented(block, indent string) string {
	lines := strings.Split(block, "\n")
	for i, l := range lines {
		lines[i] = indent + l
	}
	return strings.Join(lines, "\n")
}

// apply makes the edits, the last first, so that places before them stay where they are.
func (w *writer) apply() []byte {
	slices.SortStableFunc(w.edits, func(a, b edit) int { return cmp.Or(b.line-a.line, b.col-a.col) })
	crlf := len(w.lines) > 0 && bytes.HasSuffix(w.lines[0], []byte("\r\n"))
	for _, e := range w.edits {
		if crlf {
			e.text = strings.ReplaceAll(e.text, "\n", "\r\n")
		}
		line := w.lines[e.line]
		w.lines[e.line] = slices.Concat(line[:e.col:e.col], []byte(e.text), line[e.col:])
	}
	return bytes.Join(w.lines, nil)
}

// flow spells a value in one line, as the overlay does.
func flow(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		var parts []string
		for i := 0; i+1 < len(n.Content); i += 2 {
			parts = append(parts, flow(n.Content[i])+": "+flow(n.Content[i+1]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case yaml.SequenceNode:
		var parts []string
		for _, c := range n.Content {
			parts = append(parts, flow(c))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	switch n.Style {
	case yaml.SingleQuotedStyle:
		return "'" + strings.ReplaceAll(n.Value, "'", "''") + "'"
	case yaml.DoubleQuotedStyle:
		return inJSON(n)
	}
	return n.Value
}

// inJSON spells a value as JSON, in its order.
func inJSON(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		var parts []string
		for i := 0; i+1 < len(n.Content); i += 2 {
			name, _ := json.Marshal(n.Content[i].Value)
			parts = append(parts, fmt.Sprintf("%s: %s", name, inJSON(n.Content[i+1])))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case yaml.SequenceNode:
		var parts []string
		for _, c := range n.Content {
			parts = append(parts, inJSON(c))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	if n.ShortTag() != "!!str" && json.Valid([]byte(n.Value)) {
		return n.Value
	}
	data, _ := json.Marshal(n.Value)
	return string(data)
}
