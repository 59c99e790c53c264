package source

import (
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/naming"
)

// A spec of several files becomes one document. What a reference to another file leads to, a part,
// is put among the components of the spec, once, and the reference is rewritten:
//
//	api.yaml                                api.yaml
//	  paths:                                  paths:
//	    /pets:                                  /pets:
//	      $ref: paths/pets.yaml   ──────▶         get: …  $ref '#/components/schemas/Pet'
//	paths/pets.yaml                           components:
//	  get: …  $ref ../Pet.yaml                  schemas: {Pet: …}
//
// So what reads the document afterwards knows of one file alone. Each node keeps the place that it
// was written at (see diag.Mark). A reference is relative to the file that contains it.

// Reader reads a file that a spec refers to.
type Reader func(name string) ([]byte, error)

// sections are the components in which what a reference leads to is put, by its form.
var sections = map[string]string{
	"schema": "schemas", "response": "responses", "parameter": "parameters", "example": "examples",
	"body": "requestBodies", "header": "headers", "scheme": "securitySchemes", "link": "links",
	"callback": "callbacks",
}

const (
	maxParts  = 2000
	limitsKey = "x-rate-limits"
)

// parts are the other files of a spec, by their names in findings.
type parts struct {
	read  Reader
	main  string
	roots map[string]*yaml.Node // nil for one that cannot be read, which is reported once
	files []File
	named map[*yaml.Node][]string // path of a part's node in the document
	local map[*yaml.Node]bool     // references that were rewritten, and are about the spec since
}

func newParts(main string, read Reader) *parts {
	return &parts{
		read: read, main: main, roots: make(map[string]*yaml.Node), named: make(map[*yaml.Node][]string),
		local: make(map[*yaml.Node]bool),
	}
}

// sorted returns the files that were read.
func (p *parts) sorted() []File {
	slices.SortFunc(p.files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return p.files
}

// beside returns the name of a file that is given relative to another. A name may begin with a git
// revision and a colon, as main:specs/api.yaml does.
func beside(base, rel string) string {
	if path.IsAbs(rel) {
		return path.Clean(rel)
	}
	revision := ""
	if i := strings.IndexByte(base, ':'); i > 1 { // at 1 it is a drive's letter
		revision, base = base[:i+1], base[i+1:]
	}
	return revision + path.Join(path.Dir(base), rel)
}

// split returns the file that a reference names, and its fragment. The file is "" for the one that
// the reference stands in.
func split(ref string) (file, fragment string) {
	file, fragment, _ = strings.Cut(ref, "#")
	if plain, err := url.PathUnescape(file); err == nil {
		file = plain
	}
	return file, fragment
}

// rootOf returns the tree that a reference is about, of the spec or of a part, and whether it is a
// part's. It is nil if that cannot be read, which is reported.
func (w *walker) rootOf(v *yaml.Node) (root *yaml.Node, part bool) {
	if w.parts.local[v] {
		return w.root, false
	}
	own := w.at(v).File
	file, _ := split(v.Value)
	if file == "" {
		if root = w.parts.roots[own]; root != nil {
			return root, true
		}
		return w.root, false
	}
	if scheme, _, ok := strings.Cut(file, "://"); ok && scheme != "" {
		w.diags.Errorf(w.at(v), ruleExternal, "%q is on a network, which is not read; save it beside the spec and refer to the file", v.Value)
		return nil, false
	}
	if path.IsAbs(file) || len(file) > 1 && file[1] == ':' || strings.HasPrefix(file, `\\`) {
		w.diags.Errorf(w.at(v), ruleExternal, "%q is an absolute path, which is not the same on other machines; write it relative to this file", v.Value)
		return nil, false
	}
	name := beside(own, file)
	if name == beside(w.parts.main, path.Base(w.parts.main)) {
		return w.root, false
	}
	root, known := w.parts.roots[name]
	if !known {
		root = w.load(name, v)
		w.parts.roots[name] = root
	}
	return root, true
}

// load reads a part, for the first reference to it.
func (w *walker) load(name string, v *yaml.Node) *yaml.Node {
	switch {
	case w.parts.read == nil:
		w.diags.Errorf(w.at(v), ruleExternal, "%q is outside this file, and only one file is read here; bundle the files into one first", v.Value)
		return nil
	case len(w.parts.files) >= maxParts:
		w.diags.Errorf(w.at(v), ruleExternal, "%q is one file too many: a spec may have %d", v.Value,
			maxParts)
		return nil
	}
	data, err := w.parts.read(name)
	if err != nil {
		w.diags.Errorf(w.at(v), ruleExternal, "%q cannot be read: %v", v.Value, err)
		return nil
	}
	w.parts.files = append(w.parts.files, File{name, data})
	root, diags := readTree(name, data, "the file holds no object that could be referred to")
	w.diags = append(w.diags, diags...)
	if diags.HasErrors() {
		return nil
	}
	diag.Mark(root, name)
	if k, _ := child(root, limitsKey); k != nil && !strings.Contains(v.Value, limitsKey) {
		w.diags.Warnf(w.at(k), ruleExternal, "%s counts in %s alone; this one is not read", limitsKey,
			w.parts.main)
	}
	return root
}

// tokens returns the pointer in a reference's fragment; not ok unless it is a pointer.
func tokens(ref string) (at []string, ok bool) {
	_, fragment := split(ref)
	if fragment == "" {
		return nil, true
	}
	at = Pointer("#" + fragment)
	return at, at != nil
}

// adopt puts what a reference leads to among the components, unless it stands there, and rewrites
// the reference. at is the path to it in its part.
func (w *walker) adopt(v *yaml.Node, form string, n *yaml.Node, at []string) {
	where := w.parts.named[n]
	if where == nil {
		name := strings.TrimSuffix(path.Base(w.at(n).File), path.Ext(w.at(n).File))
		if len(at) > 0 {
			name = at[len(at)-1]
		}
		section := w.section(sections[form])
		where = []string{"components", sections[form], w.free(section, name, w.at(n).File)}
		section.Content = append(section.Content, diag.Moved(textNode(n, where[2]), n), n)
		w.parts.named[n] = where
	}
	w.rewrite(v, where)
}

// rewrite makes a reference one to a place in the spec.
func (w *walker) rewrite(v *yaml.Node, at []string) {
	v.Value = refTo(at)
	w.parts.local[v] = true
}

// section returns a mapping of the components, which is made if there is none.
func (w *walker) section(name string) *yaml.Node {
	n := w.root
	for _, key := range []string{"components", name} {
		_, next := child(n, key)
		if next == nil || next.Kind != yaml.MappingNode {
			next = mapNode(n)
			n.Content = append(n.Content, textNode(n, key), next)
		}
		n = next
	}
	return n
}

// free returns a name that a section has not yet: the one wanted, the same after the name of its
// file, or with a number.
func (w *walker) free(section *yaml.Node, name, file string) string {
	stem := strings.TrimSuffix(path.Base(file), path.Ext(file))
	for _, candidate := range []string{name, naming.Exported(stem) + naming.Exported(name)} {
		if k, _ := child(section, candidate); k == nil {
			return candidate
		}
	}
	for i := 2; ; i++ {
		if k, _ := child(section, name+strconv.Itoa(i)); k == nil {
			return name + strconv.Itoa(i)
		}
	}
}

// joinPaths puts path items of parts in the place of the references to them, and so the table of
// limits, before overlays look for them.
func (w *walker) joinPaths() {
	if k, v := child(w.root, limitsKey); k != nil {
		w.joinLimits(v)
	}
	_, paths := child(w.root, "paths")
	if paths == nil {
		return
	}
	w.join(paths)
	for i := 1; i < len(paths.Content); i += 2 {
		w.join(paths.Content[i])
	}
}

// joinLimits puts the table of limits of another file in the place of the reference to it.
func (w *walker) joinLimits(n *yaml.Node) {
	_, ref := child(n, "$ref")
	if ref == nil || ref.Kind != yaml.ScalarNode {
		return
	}
	text := ref.Value
	w.join(n)
	if k, _ := child(n, "$ref"); k == nil {
		if k, _ := child(n, limitsKey); k != nil && !strings.Contains(text, "#") {
			w.diags.Errorf(w.at(ref), ruleReference, "%q has its table under %s; write %q", text, limitsKey,
				text+"#/"+limitsKey)
		}
		return
	}
	switch root, part := w.rootOf(ref); {
	case root == nil: // reported
	case part:
		w.unjoined(n, "refers to nothing")
	default:
		w.unjoined(n, "leads to this file; "+limitsKey+
			" has its members here, or is a reference to another file")
	}
}

// joinComponents gives components that are a reference to another file the place of what they
// refer to, so that other references to it find it under the name that the spec's author chose.
func (w *walker) joinComponents() {
	_, components := child(w.root, "components")
	if components == nil || components.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(components.Content); i += 2 {
		section, entries := components.Content[i].Value, components.Content[i+1]
		w.join(entries)
		if entries.Kind != yaml.MappingNode {
			continue
		}
		for j := 0; j+1 < len(entries.Content); j += 2 {
			n, _ := w.outside(entries.Content[j+1])
			if n != nil && w.parts.named[n] == nil && len(entries.Content[j+1].Content) == 2 { // nothing beside it
				entries.Content[j+1] = n
				w.parts.named[n] = []string{"components", section, entries.Content[j].Value}
			}
		}
	}
}

// join makes n what it refers to in another file, if it is such a reference. What stands beside the
// reference stays, and wins.
func (w *walker) join(n *yaml.Node) {
	for range maxAliases {
		target, _ := w.outside(n)
		switch {
		case target == nil:
			return
		case target.Kind != yaml.MappingNode:
			w.unjoined(n, "is "+kindOf(target)+", but an object is expected")
			return
		case holds(target, n, make(map[*yaml.Node]bool)):
			w.unjoined(n, "refers to an object that contains it")
			return
		}
		var joined []*yaml.Node
		w.each(n, func(k, v *yaml.Node) bool {
			if k.Value != "$ref" {
				joined = append(joined, k, v)
			}
			return true
		})
		for i := 0; i+1 < len(target.Content); i += 2 {
			if k, _ := child(n, target.Content[i].Value); k == nil || k.Value == "$ref" {
				joined = append(joined, target.Content[i], target.Content[i+1])
			}
		}
		n.Content = joined
	}
	w.unjoined(n, "leads back to itself")
}

// unjoined reports a reference that cannot be replaced, and takes it out, so that nothing follows
// it again.
func (w *walker) unjoined(n *yaml.Node, why string) {
	_, v := child(n, "$ref")
	w.diags.Errorf(w.at(v), ruleReference, "%q %s", v.Value, why)
	w.each(n, func(k, _ *yaml.Node) bool { return k.Value != "$ref" })
}

// outside returns what n refers to in a part; nil unless n is such a reference, or when it leads
// nowhere, which is reported once its form is known.
func (w *walker) outside(n *yaml.Node) (target *yaml.Node, at []string) {
	k, v := child(n, "$ref")
	if k == nil || v.Kind != yaml.ScalarNode {
		return nil, nil
	}
	if file, _ := split(v.Value); file == "" && w.parts.roots[w.at(v).File] == nil {
		return nil, nil
	}
	pointer, ok := tokens(v.Value)
	if !ok {
		return nil, nil
	}
	root, part := w.rootOf(v)
	if root == nil || !part {
		return nil, nil
	}
	_, target, at, _ = w.followIn(root, part, pointer, 0)
	return target, at
}
