// Package convert writes the rate limits of other tools' extensions in a spec as x-rate-limits, in
// an overlay, and warns of everything without an equivalent.
package convert

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/source"
	"github.com/limitgen/limitgen/generator/words"
)

const rule = limit.RuleDialect

// Result is the converted limits of a spec.
type Result struct {
	Overlay []byte   // nil if there are none
	Tools   []string // the extensions that were read, in the order of the spec
}

// Convert reads a spec. It warns of everything that the overlay omits or leaves open.
func Convert(doc *source.Document) (*Result, diag.List) {
	c := &converter{doc: doc, taken: make(map[string]bool), metric: make(map[string][]string)}
	for _, name := range doc.Keys("x-rate-limits", "limits") {
		c.taken[name] = true
	}
	c.object(site{}, doc.Node())
	for _, path := range doc.Paths() {
		at := []string{"paths", path}
		if ref := doc.Node("paths", path, "$ref"); ref != nil {
			if at = source.Pointer(ref.Value); at == nil {
				continue
			}
		}
		item := doc.Node(at...)
		if item == nil || item.Kind != yaml.MappingNode {
			continue
		}
		c.object(site{path: path}, item)
		for _, method := range doc.Keys(at...) {
			if op := child(item, method); op != nil && op.Kind == yaml.MappingNode && slices.Contains(methods, method) {
				c.object(site{path: path, method: method}, op)
			}
		}
	}
	c.webhooks()
	if at := doc.Node("x-rate-limits", "default"); at != nil && len(c.all) > 0 {
		c.warn(at, "the spec has a default already, so that of other tools (%s) is left out", charges(c.all))
		c.all = nil
	}
	if len(c.tools) == 0 {
		return &Result{}, c.diags
	}
	return &Result{Overlay: c.overlay(), Tools: c.tools}, c.diags
}

var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}

// site is the root, a path item, or an operation.
type site struct{ path, method string }

func (s site) root() bool { return s.path == "" }

type converter struct {
	doc    *source.Document
	tools  []string
	taken  map[string]bool // names of limits
	limits []*figure
	open   []string            // limits whose quotas are not in the file
	metric map[string][]string // the limits of Google's metrics
	keys   [][2]string
	all    []charge // default
	by     string   // the tool that is read
	labels []string // extensions
	says   []string // entries of exceeded
	rules  []*used
	diags  diag.List
}

// used is the limits in use at a site.
type used struct {
	site
	charges []charge
	by      map[string]bool // tools with a value here, even if it is "unlimited"
}

type charge struct {
	limit string
	cost  string
	by    string
}

// figure is one limit.
type figure struct {
	name         string
	quota, burst int64
	window       string // "" for concurrent requests
	per          []string
	utc          bool
}

func (f *figure) same(g *figure) bool {
	return f.quota == g.quota && f.burst == g.burst && f.window == g.window && f.utc == g.utc && slices.Equal(f.per, g.per)
}

// object tries every tool on an object's extensions, unless the object has x-rate-limit.
func (c *converter) object(s site, n *yaml.Node) {
	if own := child(n, "x-rate-limit"); own != nil {
		if figures, _ := shapes(own); figures == nil {
			return
		}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		key := strings.ToLower(k.Value)
		if !strings.HasPrefix(key, "x-") {
			continue
		}
		switch read := tools[key]; {
		case read != nil:
			before := c.said()
			c.by = strings.TrimSuffix(key, "-rate-limit") // Yandex has two spellings
			if read(c, s, k, v); c.said() > before {
				c.tool(k.Value)
			}
		case strings.HasPrefix(key, "x-amazon-apigateway-throttl"):
			c.warn(k, "%s has no equivalent: AWS reads no rate limits from an OpenAPI file, so it has no effect there; they are in usage plans", k.Value)
		case strings.HasPrefix(key, "x-ratelimit-") && atcKeys[key]: // read with the policy
		case words.AboutLimits(key):
			c.warn(k, "%s is of a tool that is not known; write its limits by hand", k.Value)
		}
	}
	c.by = "x-ratelimit"
	c.atc(s, n)
}

// webhooks warns of extensions at webhooks, which no tool reads there.
func (c *converter) webhooks() {
	for _, hook := range c.doc.Keys("webhooks") {
		item := c.doc.Node("webhooks", hook)
		for _, at := range append([]*yaml.Node{item}, children(item, methods)...) {
			for i := 0; at != nil && at.Kind == yaml.MappingNode && i+1 < len(at.Content); i += 2 {
				k := at.Content[i]
				if key := strings.ToLower(k.Value); tools[key] != nil && key != "x-rate-limit" || atcKeys[key] {
					c.warn(k, "%s is at a webhook, where it is not converted; write x-rate-limit there if the sender has a limit", k.Value)
				}
			}
		}
	}
}

// said counts the results, so that an extension without limits is not listed as a tool.
func (c *converter) said() int {
	n := len(c.limits) + len(c.open) + len(c.all) + len(c.labels) + len(c.says) + len(c.diags)
	for _, r := range c.rules {
		n += 1 + len(r.charges)
	}
	return n
}

func (c *converter) tool(key string) {
	if !slices.Contains(c.tools, key) {
		c.tools = append(c.tools, key)
	}
}

func (c *converter) warn(n *yaml.Node, format string, args ...any) {
	c.diags.Warnf(diag.At(c.doc.File, n), rule, format, args...)
}

// limit adds a limit, unless there is an equal one, and returns its name.
func (c *converter) limit(name string, f figure) string {
	if name = nameOf(name); name == "" || !limit.IsName(name) {
		name = "limit-" + name
	}
	for _, known := range c.limits {
		if known.same(&f) && (known.name == name || strings.HasPrefix(known.name, name+"-")) {
			return known.name
		}
	}
	f.name = name
	for n := 2; c.taken[f.name]; n++ {
		f.name = fmt.Sprintf("%s-%d", name, n)
	}
	c.taken[f.name] = true
	c.limits = append(c.limits, &f)
	return f.name
}

// named returns a name for a limit without one, derived from its quota and window.
func named(tool string, f figure) string {
	return fmt.Sprintf("%s-%d-per-%s", tool, f.quota, f.window)
}

// unknown records a limit whose quota is not in the file.
func (c *converter) unknown(name string) string {
	name = nameOf(name)
	if !slices.Contains(c.open, name) {
		c.open = append(c.open, name)
	}
	return name
}

// use puts limits into use at a site, beside those that are there.
func (c *converter) use(s site, charges ...charge) {
	for i := range charges {
		charges[i].by = c.by
	}
	if s.root() {
		c.all = append(c.all, charges...)
		return
	}
	r := c.at(s)
	if r == nil {
		r = &used{site: s, by: make(map[string]bool)}
		c.rules = append(c.rules, r)
	}
	r.charges, r.by[c.by] = append(r.charges, charges...), true
}

// at returns the limits in use at a site; nil if the site has none of its own.
func (c *converter) at(s site) *used {
	for _, r := range c.rules {
		if r.site == s {
			return r
		}
	}
	return nil
}

// inherited adds the limits of a site that other tools define further up: the nearest value of each
// tool applies, while an x-rate-limit replaces everything further up.
func (c *converter) inherited(r *used) []charge {
	out, by := slices.Clone(r.charges), maps.Clone(r.by)
	if item := c.at(site{path: r.path}); item != nil && item != r {
		for _, u := range item.charges {
			if !r.by[u.by] {
				out = append(out, u)
			}
		}
		maps.Copy(by, item.by)
	}
	for _, u := range c.all {
		if !by[u.by] {
			out = append(out, u)
		}
	}
	return out
}

// once returns charges with cost 1.
func once(names ...string) []charge {
	var out []charge
	for _, name := range names {
		out = append(out, charge{limit: name, cost: "1"})
	}
	return out
}

// header adds a key that reads a header field. ok is false for what cannot be one's name, which is
// reported.
func (c *converter) header(at *yaml.Node, field string) (name string, ok bool) {
	if !token.MatchString(field) {
		c.warn(at, "%q is not the name of a header field", field)
		return "", false
	}
	expr := "$request.header." + field
	base := nameOf("header-" + field)
	name = base
	for n := 2; ; n++ {
		i := slices.IndexFunc(c.keys, func(k [2]string) bool { return k[0] == name })
		if i < 0 {
			c.keys = append(c.keys, [2]string{name, expr})
			return name, true
		}
		if strings.EqualFold(c.keys[i][1], expr) {
			return name, true
		}
		name = fmt.Sprintf("%s-%d", base, n)
	}
}

// token is the name of a header field. It needs no quotes in YAML.
var token = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9!$%&*+.^_|~-]*$`)

// count reads a quota; 0 if it is absent. One that is not an integer from 1 is reported.
func (c *converter) count(n *yaml.Node, keys ...string) int64 {
	at := child(n, keys...)
	if at == nil || at.Tag == "!!null" {
		return 0
	}
	amount := whole(text(at))
	if amount == 0 {
		c.warn(at, "%s is not an integer from 1, so it is left out", strings.Join(keys, "."))
	}
	return amount
}

// nameOf converts a name to the form of limit names.
func nameOf(text string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9', r == '-':
			return r
		}
		return '-'
	}, strings.ToLower(text))
	for strings.Contains(name, "--") {
		name = strings.ReplaceAll(name, "--", "-")
	}
	name = strings.Trim(name, "-")
	return strings.TrimRight(name[:min(len(name), 60)], "-")
}

// children returns members of an object that are there.
func children(n *yaml.Node, keys []string) []*yaml.Node {
	var out []*yaml.Node
	for _, key := range keys {
		if n == nil {
			break
		}
		if v := child(n, key); v != nil {
			out = append(out, v)
		}
	}
	return out
}

// extension returns the value of an extension, however its name is capitalised.
func extension(n *yaml.Node, key string) *yaml.Node {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if strings.EqualFold(n.Content[i].Value, key) {
			return n.Content[i+1]
		}
	}
	return nil
}

func child(n *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		var next *yaml.Node
		for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == key {
				next = n.Content[i+1]
			}
		}
		if n = next; n == nil {
			return nil
		}
	}
	return n
}

// value returns a scalar's text; "" if it is absent.
func value(n *yaml.Node) string {
	if n == nil {
		return ""
	}
	return text(n)
}

// text returns a member's value; "" if it is none.
func text(n *yaml.Node, keys ...string) string {
	if v := child(n, keys...); v != nil && v.Kind == yaml.ScalarNode && v.Tag != "!!null" {
		return v.Value
	}
	return ""
}
