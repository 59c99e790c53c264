package limit

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
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

// parser gathers findings while it reads. It is total: whatever the YAML, it returns.
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
	for _, key := range []string{"version", "limits"} {
		if n.Kind == yaml.MappingNode && !seen[key] {
			p.errorf(n, RuleSchema, "x-rate-limits needs %s", key)
		}
	}
	return t, p.diags
}

// ParseRule reads the value of x-rate-limit on an operation or a path item.
func ParseRule(file string, n *yaml.Node) (*Rule, diag.List) {
	p := &parser{file: file}
	n = deref(n)
	r := &Rule{Pos: p.pos(n)}
	if n.Kind == yaml.ScalarNode && namePattern.MatchString(n.Value) && n.Tag == "!!str" {
		r.Use = &Use{Charges: []Charge{{Limit: n.Value, Cost: Cost{Static: 1, Times: 1}, Pos: p.pos(n)}}, Pos: p.pos(n)}
		return r, nil
	}
	if p.dialect(n, atOperation, "use", "variants", "origin", "keys") {
		return r, p.diags
	}
	seen := p.fields(n, "x-rate-limit", map[string]func(k, v *yaml.Node){
		"use":      func(_, v *yaml.Node) { r.Use = p.use(v) },
		"keys":     func(_, v *yaml.Node) { r.Keys = p.keys(v) },
		"origin":   func(_, v *yaml.Node) { r.Origin = p.origin(v) },
		"variants": func(_, v *yaml.Node) { p.variants(r, v) },
	})
	if n.Kind == yaml.MappingNode && len(seen) == 0 {
		p.errorf(n, RuleSchema, "x-rate-limit is empty; it takes use, variants, origin or keys")
	}
	return r, p.diags
}

// dialect recognises how other tools write a rate limit and shows the equivalent. A name of a limit is none, and neither is a
// mapping with a word of ours.
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

// fields walks a mapping: each key goes to its function, others are errors. It returns the keys seen.
func (p *parser) fields(n *yaml.Node, what string, known map[string]func(k, v *yaml.Node)) map[string]bool {
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

// members says where the names of a mapping's members stand.
func (p *parser) members(n *yaml.Node) map[string]diag.Position {
	at := make(map[string]diag.Position)
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		at[n.Content[i].Value] = p.pos(n.Content[i])
	}
	return at
}

// unknown reports an unknown key and the known key that is near.
func (p *parser) unknown(k *yaml.Node, what string, known []string) {
	text := fmt.Sprintf("unknown key %q in %s", k.Value, what)
	if meant := naming.Nearest(k.Value, known); meant != "" {
		text += "; " + meant + " is meant"
	} else if meant := others[bare(k.Value)]; slices.Contains(known, meant) {
		text += "; here that is " + meant
	}
	p.errorf(k, RuleSchema, "%s; it takes %s", text, strings.Join(known, ", "))
}

// others are words of other tools for those of here.
var others = map[string]string{
	"limit": "quota", "max": "quota", "request": "quota", "requests": "quota", "amount": "quota", "period": "window", "interval": "window",
	"duration": "window", "ttl": "window", "key": "per", "by": "per", "scope": "per", "keys": "per", "align": "reset", "type": "reset",
	"cost": "use", "weight": "use", "limits": "use", "apply": "use", "group": "use", "multiplier": "times", "factor": "times",
	"maximum": "max", "field": "count", "items": "count", "amountof": "value", "number": "value", "condition": "when", "if": "when",
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

// clientIP reads how much of an address names a client.
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

// list returns the elements of a list that has some.
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

func (p *parser) limits(t *Table, n *yaml.Node) {
	p.each(n, "limits", func(k, v *yaml.Node) {
		l := &Limit{Name: k.Value, Unit: UnitRequests, Reset: Rolling, Pos: p.pos(k), At: p.members(v)}
		t.Limits = append(t.Limits, l)
		if p.dialect(v, inLimits, "quota", "rate") {
			return
		}
		seen := p.fields(v, "limit "+k.Value, map[string]func(k, v *yaml.Node){
			"quota":       func(_, v *yaml.Node) { l.Quota = p.figure(v, "quota", 1) },
			"window":      func(_, v *yaml.Node) { l.Window = p.window(v) },
			"rate":        func(_, v *yaml.Node) { l.Rate = p.rate(v) },
			"unit":        func(_, v *yaml.Node) { l.Unit = p.unit(v) },
			"per":         func(_, v *yaml.Node) { p.per(l, v) },
			"burst":       func(_, v *yaml.Node) { l.Burst = p.figure(v, "burst", 1) },
			"reset":       func(_, v *yaml.Node) { l.Reset = p.reset(v) },
			"from":        func(_, v *yaml.Node) { p.steps(l, v) },
			"decide":      func(k, v *yaml.Node) { l.Decide, l.DecidePos = p.decide(v), p.pos(k) },
			"origin":      func(_, v *yaml.Node) { l.Origin = p.origin(v) },
			"description": func(_, v *yaml.Node) { l.Description = p.text(v) },
			"alias":       func(_, v *yaml.Node) { l.Alias = p.alias(v) },
			"announce":    func(_, v *yaml.Node) { l.Announce = p.announce(v) },
		})
		if seen["rate"] {
			p.rated(k, seen)
		}
		for _, need := range []string{"quota", "per"} {
			if !seen[need] && v.Kind == yaml.MappingNode && !(seen["rate"] && need == "quota") {
				p.errorf(k, RuleSchema, "limit %q needs %s", k.Value, need)
			}
		}
		concurrent := l.Unit == UnitConcurrent
		for _, key := range []string{"window", "rate", "burst", "reset"} {
			if concurrent && seen[key] {
				p.errorf(k, RuleSchema, "limit %q bounds requests in flight, so it has no %s", k.Value, key)
			}
		}
		for _, s := range l.From {
			if concurrent && s.Burst > 0 {
				p.diags.Errorf(s.BurstPos, RuleSchema, "limit %q bounds requests in flight, so it has no burst", k.Value)
			}
		}
		if l.Reset == UTC && l.Window > 0 && 24*time.Hour%l.Window != 0 {
			p.errorf(value(v, "window"), RuleSchema, "windows of %s do not end with the day, and reset: utc aligns windows within a day: use one that divides 24h, such as 1h, 6h or 1d, or reset: rolling", value(v, "window").Value)
		}
		if !concurrent && !seen["window"] && !seen["rate"] && v.Kind == yaml.MappingNode {
			p.errorf(k, RuleSchema, "limit %q needs a window, such as 1s", k.Value)
		}
	})
}

func (p *parser) per(l *Limit, n *yaml.Node) {
	if n.Kind != yaml.SequenceNode {
		p.errorf(n, RuleSchema, "per must be a list of keys; [] is one counter for all%s", perInstead(n))
		return
	}
	for _, e := range n.Content {
		e = deref(e)
		if !p.name(e, "per") {
			continue
		}
		if slices.Contains(l.Per, e.Value) {
			p.errorf(e, RuleSchema, "per names %q twice", e.Value)
			continue
		}
		l.Per = append(l.Per, e.Value)
		l.PerPos = append(l.PerPos, p.pos(e))
	}
}

// perInstead returns the list that a single name stands for.
func perInstead(n *yaml.Node) string {
	name := n.Value
	if d, ok := dimensions[bare(name)]; ok {
		name = d
	}
	if n.Kind != yaml.ScalarNode || name != "" && !IsName(name) {
		return ""
	}
	return "; write [" + name + "]"
}

func (p *parser) figure(v *yaml.Node, what string, least int64) int64 {
	n, err := strconv.ParseInt(v.Value, 10, 64)
	if v.Kind != yaml.ScalarNode || v.Tag != "!!int" || err != nil || n < least || n > maxFigure {
		p.errorf(v, RuleSchema, "%s must be a whole number, %d or more", what, least)
		return 0
	}
	return n
}

func (p *parser) window(v *yaml.Node) time.Duration {
	m := durationPattern.FindStringSubmatch(v.Value)
	if v.Kind != yaml.ScalarNode || m == nil {
		p.errorf(v, RuleSchema, "invalid window %q: use whole seconds, minutes, hours or days, such as 10s or 1m", v.Value)
		return 0
	}
	n, _ := strconv.ParseInt(m[1], 10, 64)
	unit := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}[m[2]]
	if n > int64(1000*24*time.Hour/unit) {
		p.errorf(v, RuleSchema, "window %q is longer than 1000 days", v.Value)
		return 0
	}
	return time.Duration(n) * unit
}

func (p *parser) unit(v *yaml.Node) string {
	if !p.name(v, "unit") {
		return UnitRequests
	}
	return v.Value
}

func (p *parser) reset(v *yaml.Node) Reset {
	switch r := Reset(v.Value); r {
	case Rolling, UTC:
		return r
	}
	p.errorf(v, RuleSchema, "reset must be rolling or utc, not %q", v.Value)
	return Rolling
}

func (p *parser) decide(v *yaml.Node) Decide {
	switch d := Decide(v.Value); d {
	case BeforeAuth, AfterChecks:
		return d
	}
	p.errorf(v, RuleSchema, "decide must be before-auth or after-validation, not %q", v.Value)
	return DecideDefault
}

func (p *parser) text(v *yaml.Node) string {
	if v.Kind != yaml.ScalarNode {
		p.errorf(v, RuleSchema, "this must be a string")
	}
	return v.Value
}

func (p *parser) use(n *yaml.Node) *Use {
	u := &Use{Pos: p.pos(n)}
	if names := nameList(n); names != "" {
		p.errorf(n, RuleSchema, "use must map limits to costs: {%s}", names)
		return u
	}
	p.each(n, "use", func(k, v *yaml.Node) {
		u.Charges = append(u.Charges, Charge{Limit: k.Value, Cost: p.cost(v), Pos: p.pos(k)})
	})
	return u
}

// nameList returns the use that a name or a list of names stands for; "" for another value.
func nameList(n *yaml.Node) string {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	}
	names := make([]string, 0, len(items))
	for _, item := range items {
		if item = deref(item); item.Kind != yaml.ScalarNode || !IsName(item.Value) {
			return ""
		}
		names = append(names, item.Value+": 1")
	}
	return strings.Join(names, ", ")
}

func (p *parser) cost(v *yaml.Node) Cost {
	c := Cost{Times: 1, Pos: p.pos(v)}
	if v.Kind != yaml.MappingNode {
		c.Static = p.figure(v, "cost", 0)
		return c
	}
	seen := p.fields(v, "cost", map[string]func(k, v *yaml.Node){
		"count": func(_, v *yaml.Node) {
			if x, ok := p.expr(v); ok {
				c.Count = &x
			}
		},
		"value": func(_, v *yaml.Node) {
			if x, ok := p.expr(v); ok {
				c.Count, c.Value = &x, true
			}
		},
		"times": func(k, v *yaml.Node) { c.Times, c.Pos = p.figure(v, "times", 1), p.pos(k) },
		"max":   func(k, v *yaml.Node) { c.Max, c.MaxPos = p.figure(v, "max", 1), p.pos(k) },
	})
	switch {
	case seen["count"] && seen["value"]:
		p.errorf(v, RuleSchema, "a cost takes either count, the number of items in a list, or value, a number in the request, not both")
	case !seen["count"] && !seen["value"]:
		p.errorf(v, RuleSchema, "a cost must be a whole number, or have a count of items or a value in the request")
	}
	if c.Count == nil {
		c.Static = 1
	}
	return c
}

func (p *parser) plans(t *Table, n *yaml.Node) {
	p.each(n, "plans", func(k, v *yaml.Node) {
		plan := Plan{Name: k.Value, Pos: p.pos(k)}
		p.each(v, "plan "+k.Value, func(k, v *yaml.Node) {
			a := Amount{Limit: k.Value, Pos: p.pos(k)}
			p.fields(v, k.Value, map[string]func(k, v *yaml.Node){
				"quota": func(k, v *yaml.Node) { a.Quota, a.QuotaPos = p.figure(v, "quota", 1), p.pos(k) },
				"burst": func(k, v *yaml.Node) { a.Burst, a.BurstPos = p.figure(v, "burst", 1), p.pos(k) },
				"rate":  func(k, v *yaml.Node) { a.Rate, a.QuotaPos = p.rate(v), p.pos(k) },
			})
			plan.Amounts = append(plan.Amounts, a)
		})
		t.Plans = append(t.Plans, plan)
	})
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

func (p *parser) origin(n *yaml.Node) *Origin {
	o := &Origin{Pos: p.pos(n)}
	p.fields(n, "origin", map[string]func(k, v *yaml.Node){
		"doc": func(_, v *yaml.Node) { o.Doc = p.text(v) },
		"rows": func(_, v *yaml.Node) {
			for _, row := range p.list(v, "rows") {
				if !rowPattern.MatchString(row.Value) || row.Tag != "!!str" {
					p.errorf(row, RuleSchema, "a row must be a number in quotes, such as \"12\"")
					continue
				}
				o.Rows = append(o.Rows, row.Value)
			}
		},
		"quote":   func(_, v *yaml.Node) { o.Quote = p.text(v) },
		"printed": func(_, v *yaml.Node) { o.Printed = p.lines(v) },
		"erratum": func(_, v *yaml.Node) { o.Erratum = p.text(v) },
	})
	return o
}

// lines reads a text, or a list of texts, each of which is a line then.
func (p *parser) lines(n *yaml.Node) string {
	if n.Kind != yaml.SequenceNode {
		return p.text(n)
	}
	var out []string
	for _, v := range p.list(n, "printed") {
		out = append(out, strings.Join(strings.Fields(p.text(v)), " "))
	}
	return strings.Join(out, "\n")
}

func (p *parser) variants(r *Rule, n *yaml.Node) {
	for _, v := range p.list(n, "variants") {
		var x Variant
		x.Pos = p.pos(v)
		seen := p.fields(v, "variant", map[string]func(k, v *yaml.Node){
			"name":      func(_, v *yaml.Node) { x.Name, x.Pos = p.text(v), p.pos(v) },
			"title":     func(_, v *yaml.Node) { x.Title = p.text(v) },
			"summary":   func(_, v *yaml.Node) { x.Summary = p.text(v) },
			"request":   func(_, v *yaml.Node) { x.Request, x.RequestPos = p.ref(v) },
			"responses": func(_, v *yaml.Node) { x.Responses = p.responses(v) },
			"when":      func(_, v *yaml.Node) { x.When = p.when(v) },
			"use":       func(_, v *yaml.Node) { x.Use = p.use(v) },
			"origin":    func(_, v *yaml.Node) { x.Origin = p.origin(v) },
		})
		if !seen["name"] || x.Name == "" {
			p.errorf(v, RuleSchema, "a variant needs a name")
			continue
		}
		r.Variants = append(r.Variants, x)
	}
}

// ref reads a reference, and where its text stands.
func (p *parser) ref(v *yaml.Node) (string, diag.Position) {
	if r := value(v, "$ref"); r != nil && len(v.Content) == 2 && r.Kind == yaml.ScalarNode && r.Value != "" {
		return r.Value, p.pos(r)
	}
	p.errorf(v, RuleSchema, "this must be a reference: {$ref: ...}")
	return "", p.pos(v)
}

func (p *parser) responses(n *yaml.Node) []Response {
	var out []Response
	if n.Kind != yaml.MappingNode {
		p.errorf(n, RuleSchema, "responses must map status codes to references")
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		ref, pos := p.ref(deref(n.Content[i+1]))
		out = append(out, Response{k.Value, ref, pos})
	}
	return out
}

func (p *parser) when(n *yaml.Node) *When {
	w := &When{Pos: p.pos(n)}
	seen := p.fields(n, "when", map[string]func(k, v *yaml.Node){
		"expr": func(_, v *yaml.Node) { w.Expr, _ = p.expr(v) },
		"is": func(_, v *yaml.Node) {
			w.Is = Is(v.Value)
			if !slices.Contains([]Is{IsPresent, IsAbsent, IsArray, IsObject, IsList}, w.Is) {
				p.errorf(v, RuleSchema, "is takes present, absent, array, object or list, not %q", v.Value)
			}
		},
	})
	if !seen["expr"] || !seen["is"] {
		p.errorf(n, RuleSchema, "when needs expr and is")
	}
	return w
}

func (p *parser) expr(n *yaml.Node) (Expr, bool) {
	if n.Kind != yaml.ScalarNode {
		p.errorf(n, RuleExpr, "this must be an expression, such as $request.path.name")
		return Expr{}, false
	}
	x, err := ParseExpr(n.Value, p.pos(n))
	if err != nil {
		p.errorf(n, RuleExpr, "%v", err)
		return Expr{}, false
	}
	return x, true
}

// ParseExpr reads an OpenAPI runtime expression on the request.
func ParseExpr(text string, pos diag.Position) (Expr, error) {
	x := Expr{Text: text, Pos: pos}
	rest, ok := strings.CutPrefix(text, "$request.")
	if !ok {
		if strings.HasPrefix(text, "$response") {
			return x, fmt.Errorf("%q reads the response, which does not exist yet when a request is counted; use $request", text)
		}
		return x, fmt.Errorf("invalid expression %q: write $request.path.name, .query.name, .header.name or .body#/pointer", text)
	}
	from, name, _ := strings.Cut(rest, ".")
	switch {
	case rest == "body" || strings.HasPrefix(rest, "body#"):
		x.From, x.Pointer = FromBody, strings.TrimPrefix(strings.TrimPrefix(rest, "body"), "#")
		if x.Pointer != "" && !strings.HasPrefix(x.Pointer, "/") {
			return x, fmt.Errorf("%q: a JSON pointer begins with /", text)
		}
		return x, nil
	case from == "path" || from == "query":
		if name == "" || strings.ContainsAny(name, " \t\r\n") {
			return x, fmt.Errorf("%q names no parameter", text)
		}
	case from == "header":
		if !headerPattern.MatchString(name) {
			return x, fmt.Errorf("%q names no header", text)
		}
	default:
		return x, fmt.Errorf("%q reads neither path, query, header nor body", text)
	}
	x.From, x.Name = Source(from), name
	return x, nil
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
