package limit

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/naming"
)

// The rules that parsing can break.
const (
	RuleSchema  = "extension-schema"
	RuleExpr    = "expression"
	RuleDialect = "dialect"
)

var (
	namePattern     = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)
	durationPattern = regexp.MustCompile(`^([1-9][0-9]{0,8})(s|m|h|d)$`)
	rowPattern      = regexp.MustCompile(`^[0-9]+$`)
	headerPattern   = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")
)

// maxFigure bounds quotas, bursts and costs, so that sums of them never overflow.
const maxFigure = 1 << 40

// parser collects findings while it reads. It accepts any YAML.
type parser struct {
	file  string
	diags diag.List
}

func (p *parser) pos(n *yaml.Node) diag.Position {
	return diag.At(p.file, n)
}

func (p *parser) errorf(n *yaml.Node, rule, format string, args ...any) {
	p.diags.Errorf(p.pos(n), rule, format, args...)
}

// ParseTable reads the value of x-rate-limits.
func ParseTable(file string, n *yaml.Node) (*Table, diag.List) {
	p := &parser{file: file}
	n = deref(n)
	t := &Table{Pos: p.pos(n), IPv6: DefaultIPv6Prefix, At: p.members(n)}
	if p.dialect(n, atRoot, "version", "limits") {
		return t, p.diags
	}
	seen := p.fields(n, "x-rate-limits", map[string]func(k, v *yaml.Node){
		"version":   func(_, v *yaml.Node) { p.version(v) },
		"docs":      func(_, v *yaml.Node) { p.docs(t, v) },
		"keys":      func(_, v *yaml.Node) { t.Keys = p.keys(v) },
		"limits":    func(_, v *yaml.Node) { p.limits(t, v) },
		"default":   func(_, v *yaml.Node) { t.Default = p.use(v) },
		"plans":     func(_, v *yaml.Node) { p.plans(t, v) },
		"exceeded":  func(_, v *yaml.Node) { p.exceeded(t, v) },
		"labels":    func(_, v *yaml.Node) { p.labels(t, v) },
		"client-ip": func(_, v *yaml.Node) { p.clientIP(t, v) },
	})
	p.announcements(t)
	p.rates(t)
	p.planWindows(t)
	for _, key := range []string{"version", "limits"} {
		if n.Kind == yaml.MappingNode && !seen[key] {
			p.errorf(n, RuleSchema, "x-rate-limits needs %s", key)
		}
	}
	return t, p.diags
}

// dialect recognises other tools' notation of a rate limit and reports the equivalent. It ignores
// names of limits, and mappings with one of our keys.
func (p *parser) dialect(n *yaml.Node, at site, ours ...string) bool {
	for _, word := range ours {
		if value(n, word) != nil {
			return false
		}
	}
	text := equivalent(n, at)
	if text != "" {
		p.errorf(n, RuleDialect, "%s", text)
	}
	return text != ""
}

// fields walks a mapping and calls the function of each key; unknown keys are errors. It returns
// the keys seen.
func (p *parser) fields(
	n *yaml.Node, what string, known map[string]func(k, v *yaml.Node),
) map[string]bool {
	seen := make(map[string]bool)
	if n.Kind != yaml.MappingNode {
		p.errorf(n, RuleSchema, "%s must be a mapping", what)
		return seen
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], deref(n.Content[i+1])
		f := known[k.Value]
		if f == nil {
			p.unknown(k, what, slices.Sorted(maps.Keys(known)))
			continue
		}
		seen[k.Value] = true
		f(k, v)
	}
	return seen
}

// members returns the positions of a mapping's keys.
func (p *parser) members(n *yaml.Node) map[string]diag.Position {
	at := make(map[string]diag.Position)
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		at[n.Content[i].Value] = p.pos(n.Content[i])
	}
	return at
}

// unknown reports an unknown key and suggests the nearest known one.
func (p *parser) unknown(k *yaml.Node, what string, known []string) {
	text := fmt.Sprintf("unknown key %q in %s", k.Value, what)
	if meant := naming.Nearest(k.Value, known); meant != "" {
		text += "; " + meant + " is meant"
	} else if meant := others[bare(k.Value)]; slices.Contains(known, meant) {
		text += "; here that is " + meant
	}
	p.errorf(k, RuleSchema, "%s; it takes %s", text, strings.Join(known, ", "))
}

// others maps keys of other tools to ours.
var others = map[string]string{
	"limit": "quota", "max": "quota", "request": "quota", "requests": "quota", "amount": "quota",
	"period": "window", "interval": "window", "duration": "window", "ttl": "window", "key": "per",
	"by": "per", "scope": "per", "keys": "per", "align": "reset", "type": "reset", "cost": "use",
	"weight": "use", "limits": "use", "apply": "use", "group": "use", "multiplier": "times",
	"factor": "times", "maximum": "max", "field": "count", "items": "count", "amountof": "value",
	"number": "value", "condition": "when", "if": "when",
}

// each walks a mapping of names.
func (p *parser) each(n *yaml.Node, what string, f func(k, v *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		p.errorf(n, RuleSchema, "%s must be a mapping", what)
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if p.name(n.Content[i], what) {
			f(n.Content[i], deref(n.Content[i+1]))
		}
	}
}

func (p *parser) name(n *yaml.Node, what string) bool {
	if n.Kind == yaml.ScalarNode && namePattern.MatchString(n.Value) {
		return true
	}
	p.errorf(n, RuleSchema, "invalid name %q in %s: names are lower-case letters, digits and hyphens, beginning with a letter", n.Value, what)
	return false
}

func (p *parser) version(v *yaml.Node) {
	if v.Value != "1" || v.Tag != "!!int" {
		p.errorf(v, RuleSchema, "version %q is not known; this limitgen reads version 1", v.Value)
	}
}

// clientIP reads how many bits of an address identify a client.
func (p *parser) clientIP(t *Table, n *yaml.Node) {
	p.fields(n, "client-ip", map[string]func(k, v *yaml.Node){
		"ipv6": func(_, v *yaml.Node) {
			bits := p.figure(v, "ipv6", 1)
			if bits > 128 {
				p.errorf(v, RuleSchema, "ipv6 must be the length of a prefix, 128 at most")
				return
			}
			if bits > 0 {
				t.IPv6 = int(bits)
			}
		},
	})
}

func (p *parser) docs(t *Table, n *yaml.Node) {
	p.each(n, "docs", func(k, v *yaml.Node) {
		d := Doc{Name: k.Value, Pos: p.pos(k)}
		seen := p.fields(v, "docs."+k.Value, map[string]func(k, v *yaml.Node){
			"title":  func(_, v *yaml.Node) { d.Title = p.text(v) },
			"url":    func(_, v *yaml.Node) { d.URL = p.text(v) },
			"date":   func(_, v *yaml.Node) { d.Date = p.text(v) },
			"sha256": func(_, v *yaml.Node) { d.SHA256 = p.text(v) },
		})
		if !seen["title"] {
			p.errorf(k, RuleSchema, "doc %q needs a title", k.Value)
		}
		t.Docs = append(t.Docs, d)
	})
}

func (p *parser) keys(n *yaml.Node) []Key {
	var out []Key
	p.each(n, "keys", func(k, v *yaml.Node) {
		if Builtin(k.Value) {
			p.errorf(k, RuleSchema, "%q is built in and cannot be redefined", k.Value)
			return
		}
		key := Key{Name: k.Value, Pos: p.pos(k)}
		for _, e := range p.list(v, "key "+k.Value) {
			if x, ok := p.expr(e); ok {
				key.Parts = append(key.Parts, x)
			}
		}
		out = append(out, key)
	})
	return out
}

// list returns the elements of a list, which must not be empty.
func (p *parser) list(n *yaml.Node, what string) []*yaml.Node {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		p.errorf(n, RuleSchema, "%s must be a list of at least one", what)
		return nil
	}
	out := make([]*yaml.Node, len(n.Content))
	for i, c := range n.Content {
		out[i] = deref(c)
	}
	return out
}

func (p *parser) text(v *yaml.Node) string {
	if v.Kind != yaml.ScalarNode {
		p.errorf(v, RuleSchema, "this must be a string")
	}
	return v.Value
}

func (p *parser) plans(t *Table, n *yaml.Node) {
	p.each(n, "plans", func(k, v *yaml.Node) {
		plan := Plan{Name: k.Value, Pos: p.pos(k)}
		p.each(v, "plan "+k.Value, func(k, v *yaml.Node) {
			a := Amount{Limit: k.Value, Pos: p.pos(k)}
			p.fields(v, k.Value, map[string]func(k, v *yaml.Node){
				"quota":  func(k, v *yaml.Node) { a.Quota, a.QuotaPos = p.figure(v, "quota", 1), p.pos(k) },
				"burst":  func(k, v *yaml.Node) { a.Burst, a.BurstPos = p.figure(v, "burst", 1), p.pos(k) },
				"rate":   func(k, v *yaml.Node) { a.Rate, a.QuotaPos = p.rate(v), p.pos(k) },
				"window": func(_, v *yaml.Node) { a.Window, a.WindowPos = p.window(v), p.pos(v) },
			})
			plan.Amounts = append(plan.Amounts, a)
		})
		t.Plans = append(t.Plans, plan)
	})
}

// planWindows checks the windows that plans give to limits.
func (p *parser) planWindows(t *Table) {
	for _, plan := range t.Plans {
		for _, a := range plan.Amounts {
			l := t.Limit(a.Limit)
			if a.Window == 0 || l == nil {
				continue
			}
			why := ""
			switch {
			case l.Unit == UnitConcurrent:
				why = "it bounds requests in flight"
			case l.Rate != "" || a.Rate != "":
				why = "it has a rate, which needs no window"
			case a.Quota == 0:
				why = "a window needs the quota beside it"
			case l.Reset == UTC && 24*time.Hour%a.Window != 0:
				why = "its windows are aligned by UTC, and these do not end with the day"
			}
			if why != "" {
				p.diags.Errorf(a.WindowPos, RuleSchema, "plan %q cannot give limit %q this window: %s",
					plan.Name, l.Name, why)
			}
		}
	}
}

func (p *parser) exceeded(t *Table, n *yaml.Node) {
	for _, v := range p.list(n, "exceeded") {
		e := Exceeded{Retry: true, Pos: p.pos(v)}
		seen := p.fields(v, "exceeded", map[string]func(k, v *yaml.Node){
			"status": func(_, v *yaml.Node) { e.Status = int(p.figure(v, "status", 100)) },
			"retry":  func(_, v *yaml.Node) { e.Retry = p.boolean(v) },
			"body": func(_, v *yaml.Node) {
				if v.Kind != yaml.MappingNode {
					p.errorf(v, RuleSchema, "body must map JSON pointers to values")
					return
				}
				for i := 0; i+1 < len(v.Content); i += 2 {
					k := v.Content[i]
					if !strings.HasPrefix(k.Value, "/") {
						p.errorf(k, RuleSchema, "invalid JSON pointer %q: it must begin with /", k.Value)
						continue
					}
					e.Body = append(e.Body, Match{k.Value, p.text(deref(v.Content[i+1]))})
				}
			},
		})
		if !seen["status"] {
			p.errorf(v, RuleSchema, "exceeded needs a status")
		}
		t.Exceeded = append(t.Exceeded, e)
	}
}

func (p *parser) boolean(v *yaml.Node) bool {
	if v.Tag != "!!bool" {
		p.errorf(v, RuleSchema, "this must be true or false")
	}
	return v.Value == "true"
}

// deref follows YAML aliases.
func deref(n *yaml.Node) *yaml.Node {
	for depth := 0; n.Kind == yaml.AliasNode && n.Alias != nil && depth < 100; depth++ {
		n = n.Alias
	}
	return n
}

func value(n *yaml.Node, key string) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return deref(n.Content[i+1])
		}
	}
	return nil
}
