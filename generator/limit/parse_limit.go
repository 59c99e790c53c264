package limit

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"go.yaml.in/yaml/v4"
)

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
				p.diags.Errorf(s.BurstPos, RuleSchema, "limit %q bounds requests in flight, so it has no burst",
					k.Value)
			}
		}
		for _, s := range l.From {
			if !concurrent && s.Burst > 0 && !seen["burst"] {
				p.diags.Errorf(s.BurstPos, RuleSchema, "limit %q has no burst that from could change, and counters go on as they are; a limit with a bucket is another limit", k.Value)
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

// perInstead returns the list to write in place of a single name.
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
	if large := errors.Is(err, strconv.ErrRange) && v.Value[0] != '-' ||
		n > maxFigure; large && v.Kind == yaml.ScalarNode {
		p.errorf(v, RuleSchema, "%s must be %d at most", what, int64(maxFigure))
		return 0
	}
	if v.Kind != yaml.ScalarNode || v.Tag != "!!int" || err != nil || n < least {
		p.errorf(v, RuleSchema, "%s must be an integer, %d or more", what, least)
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
	unit := map[string]time.Duration{
		"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour,
	}[m[2]]
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
