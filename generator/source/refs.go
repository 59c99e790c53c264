package source

import (
	"net/url"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

const (
	ruleReference = "reference"
	ruleExternal  = "external-ref"
	maxAliases    = 100
)

// Pointer splits a reference into this file, such as #/components/schemas/A, into the tokens of its
// JSON pointer; nil for another reference. The fragment of a URI may be percent-encoded.
func Pointer(ref string) []string {
	frag, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return nil
	}
	if plain, err := url.PathUnescape(frag); err == nil {
		frag = plain
	}
	tokens := strings.Split(frag, "/")
	for i, t := range tokens {
		tokens[i] = Unescape(t)
	}
	return tokens
}

// Unescape returns a token of a JSON pointer as it is meant.
func Unescape(token string) string {
	if !strings.Contains(token, "~") {
		return token
	}
	return unescapes.Replace(token)
}

// A replacer is costly to make, and some specs have ten thousand references.
var (
	unescapes = strings.NewReplacer("~1", "/", "~0", "~")
	escapings = strings.NewReplacer("~", "~0", "/", "~1", "%", "%25")
)

// refTo returns the reference to a JSON pointer.
func refTo(tokens []string) string {
	var b strings.Builder
	b.WriteString("#")
	for _, t := range tokens {
		b.WriteString("/")
		b.WriteString(escapings.Replace(t))
	}
	return b.String()
}

// target follows a reference to what it names, in the spec or in a part, and spells it as it is
// found there: through references on the way. It reports what is wrong with it. at is the path to
// it; part says that it is one in another file.
func (w *walker) target(v *yaml.Node) (key, n *yaml.Node, at []string, part bool) {
	ref := v.Value
	if ref == "" {
		w.diags.Errorf(w.at(v), ruleReference, "the reference is empty")
		return nil, nil, nil, false
	}
	pointer, ok := tokens(ref)
	if !ok {
		w.diags.Errorf(w.at(v), ruleReference, "%q is not a JSON pointer into the file; write it as #/components/…", ref)
		return nil, nil, nil, false
	}
	root, part := w.rootOf(v)
	if root == nil {
		return nil, nil, nil, false
	}
	key, n, at, end := w.followIn(root, part, pointer, 0)
	if n == nil {
		w.diags.Errorf(w.at(v), ruleReference, "%q refers to nothing: there is no %q%s", ref,
			at[len(at)-1], inside(at))
		return nil, nil, nil, false
	}
	if !end {
		w.rewrite(v, at)
	}
	return key, n, at, end
}

func inside(at []string) string {
	if len(at) == 1 {
		return " in the document"
	}
	return " in " + refTo(at[:len(at)-1])
}

// follow walks a pointer in the spec, through references in its way. It returns the path without
// them, up to what is missing.
func (w *walker) follow(tokens []string, depth int) (key, n *yaml.Node, at []string) {
	key, n, at, _ = w.followIn(w.root, false, tokens, depth)
	return key, n, at
}

// followIn is follow in a file of which part says whether it is a part. end says so of the file in
// which the pointer ends.
func (w *walker) followIn(
	root *yaml.Node, part bool, tokens []string, depth int,
) (key, n *yaml.Node, at []string, end bool) {
	n = root
	for i, token := range tokens {
		k, next := w.known.child(n, token)
		if next == nil {
			if on, onPart, pointer := w.onward(n, depth); on != nil {
				return w.followIn(on, onPart, append(pointer, tokens[i:]...), depth+1)
			}
			return nil, nil, append(at, token), part
		}
		key, n, at = k, next, append(at[:len(at):len(at)], token)
	}
	return key, n, at, part
}

// onward returns where a reference in the way of a pointer leads: into which file, and where there.
func (w *walker) onward(n *yaml.Node, depth int) (root *yaml.Node, part bool, pointer []string) {
	_, ref := child(n, "$ref")
	if ref == nil || ref.Kind != yaml.ScalarNode || depth >= maxAliases {
		return nil, false, nil
	}
	pointer, ok := tokens(ref.Value)
	if !ok || ref.Value == "" {
		return nil, false, nil
	}
	root, part = w.rootOf(ref)
	return root, part, pointer
}

// resolve checks every $ref: that its target exists and is of the expected kind.
func (w *walker) resolve() {
	for i, m := 0, 0; i < len(w.refs) || m < len(w.mappings); { // what a reference leads to may hold others
		for ; i < len(w.refs); i++ {
			w.lead(w.refs[i])
		}
		for ; m < len(w.mappings); m++ {
			w.mapped(w.mappings[m])
		}
	}
	for _, r := range w.refs {
		w.endless(r)
	}
}

// lead reads what one reference leads to as the form that is meant.
func (w *walker) lead(r refSite) {
	ref := r.value.Value
	key, n, at, part := w.target(r.value)
	if n == nil {
		return
	}
	if part {
		w.adopt(r.value, r.form, n, at)
		key, _, _ = w.follow(Pointer(r.value.Value), 0)
	}
	if w.forms[n] == "" {
		w.keys[n] = key
		if n.Kind != yaml.MappingNode && !w.coerce(r.form, n) {
			w.diags.Errorf(w.at(r.value), ruleReference, "%q is %s, but %s is expected", ref, kindOf(n),
				grammar[r.form].name)
			return
		}
		w.object(r.form, ref, n)
	}
	if found := w.forms[n]; found != r.form {
		w.convert(r, n, found)
	}
}

// endless reports a reference that leads back to itself. Schemas are looked at by cycles, with what
// they are made of.
func (w *walker) endless(r refSite) {
	if r.form == "schema" {
		return
	}
	seen := map[*yaml.Node]bool{}
	for n := r.holder; ; {
		_, v := child(n, "$ref")
		if v == nil || v.Kind != yaml.ScalarNode {
			return
		}
		if seen[n] {
			if n == r.holder {
				w.diags.Errorf(w.at(r.value), ruleReference, "%q leads back to this reference", r.value.Value)
			}
			return
		}
		seen[n] = true
		if _, n, _ = w.follow(Pointer(v.Value), 0); n == nil {
			return
		}
	}
}

// convert reads a reference to another kind of object than is meant, where one can stand for the
// other: a schema for the JSON of a body, and the other way round, or one object for another with
// the same content. Others are errors.
func (w *walker) convert(r refSite, n *yaml.Node, found string) {
	v, ref, as := r.value, r.value.Value, "its JSON"
	link := func(to string) *yaml.Node { return mapNode(v, textNode(v, "$ref"), textNode(v, to)) }
	switch {
	case found == "body" && r.form == "response", found == "response" && r.form == "body", found == "parameter" && r.form == "header":
		as = grammar[r.form].name
		*r.holder = *w.same(r, n)
	case found == "schema" && (r.form == "body" || r.form == "response"):
		content := mapNode(v, textNode(v, "application/json"),
			mapNode(v, textNode(v, "schema"), link(ref)))
		*r.holder = *mapNode(r.holder, textNode(v, "content"), content)
		if r.form == "response" {
			r.holder.Content = append(r.holder.Content, textNode(v, "description"), textNode(v, ""))
		}
	case found == "schema" && r.form == "header":
		*r.holder = *mapNode(r.holder, textNode(v, "schema"), link(ref))
	case r.form == "schema" && w.schemaIn(n) != "":
		v.Value = ref + w.schemaIn(n)
	default:
		what := strings.TrimLeft(found, "[{")
		if f := grammar[found]; f != nil {
			what = f.name
		}
		w.diags.Errorf(w.at(v), ruleReference, "%q is %s, but %s is expected", ref, what,
			grammar[r.form].name)
		return
	}
	w.diags.Warnf(w.at(v), ruleReference, "%q is %s, but %s is expected; read as %s", ref,
		grammar[found].name, grammar[r.form].name, as)
}

// same returns an object of the form that a reference needs, with those fields of what it leads to
// that such an object has too.
func (w *walker) same(r refSite, n *yaml.Node) *yaml.Node {
	out := mapNode(r.holder)
	for i := 0; i+1 < len(n.Content); i += 2 {
		if grammar[r.form].fields[n.Content[i].Value] != "" {
			out.Content = append(out.Content, n.Content[i], n.Content[i+1])
		}
	}
	if k, _ := child(out, "description"); k == nil && r.form == "response" {
		out.Content = append(out.Content, textNode(r.value, "description"), textNode(r.value, ""))
	}
	return out
}

// schemaIn returns the way from a body, response, header or parameter to its schema.
func (w *walker) schemaIn(n *yaml.Node) string {
	if _, s := child(n, "schema"); s != nil {
		return "/schema"
	}
	if _, content := child(n, "content"); content != nil && content.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(content.Content); i += 2 {
			if _, s := child(content.Content[i+1], "schema"); s != nil {
				return strings.TrimPrefix(refTo([]string{"content", content.Content[i].Value, "schema"}), "#")
			}
		}
	}
	return ""
}

// An index finds the members of large mappings. The tree may change: what is not where it was is
// looked for.
type index map[*yaml.Node]map[string]int

const largeMapping = 64

func (x index) child(n *yaml.Node, token string) (key, value *yaml.Node) {
	if n.Kind != yaml.MappingNode || len(n.Content) < 2*largeMapping {
		return child(n, token)
	}
	at := x[n]
	if at == nil {
		at = make(map[string]int, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			if _, again := at[n.Content[i].Value]; !again {
				at[n.Content[i].Value] = i
			}
		}
		x[n] = at
	}
	if i, ok := at[token]; ok && i+1 < len(n.Content) && n.Content[i].Value == token {
		return n.Content[i], n.Content[i+1]
	}
	return child(n, token)
}

func child(n *yaml.Node, token string) (key, value *yaml.Node) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == token {
				return n.Content[i], n.Content[i+1]
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(n.Content) {
			return n.Content[i], n.Content[i]
		}
	}
	return nil, nil
}
