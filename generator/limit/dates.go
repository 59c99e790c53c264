package limit

import (
	"slices"
	"time"

	"go.yaml.in/yaml/v4"
)

// Step is an announced change of a limit on a day.
type Step struct {
	At   time.Time // from when on
	Text string    // as written: 2026-09-02, or a time with its zone
	Amount
}

// ParseDay reads a day, which begins by UTC, or a time with its zone.
func ParseDay(text string) (time.Time, bool) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// steps reads the value of from: the quota and burst from each day on.
func (p *parser) steps(l *Limit, n *yaml.Node) {
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		p.errorf(n, RuleSchema, `from maps days to figures: {"2026-09-02": {quota: 1}}`)
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], deref(n.Content[i+1])
		at, ok := ParseDay(k.Value)
		if !ok {
			p.errorf(k, RuleSchema, "%q is not a day such as 2026-09-02, which begins by UTC, or a time with its zone such as 2026-09-02T00:00:00+08:00", k.Value)
			continue
		}
		if at.Year() < 1970 || at.Year() > 9000 {
			p.errorf(k, RuleSchema, "%q is not a valid day; years are from 1970 to 9000", k.Value)
			continue
		}
		if j := slices.IndexFunc(l.From, func(s Step) bool { return s.At.Equal(at) }); j >= 0 {
			p.errorf(k, RuleSchema, "%q is the time of %q (%s) too; put both into one", k.Value,
				l.From[j].Text, l.From[j].Pos)
			continue
		}
		s := Step{At: at, Text: k.Value, Amount: Amount{Limit: l.Name, Pos: p.pos(k)}}
		if !p.step(&s, v) {
			p.errorf(k, RuleSchema, "from %s on nothing changes; give a quota, a burst, or both", k.Value)
			continue
		}
		l.From = append(l.From, s)
	}
	slices.SortFunc(l.From, func(a, b Step) int { return a.At.Compare(b.At) })
}

// step reads the quota and burst of one day, and reports whether there is any.
func (p *parser) step(s *Step, v *yaml.Node) bool {
	for _, word := range []string{"window", "unit", "per", "reset"} {
		if key := keyOf(v, word); key != nil {
			p.errorf(key, RuleSchema, "from changes quota and burst alone, since counters go on as they are; a limit with another %s is another limit", word)
			return true
		}
	}
	seen := p.fields(v, "from", map[string]func(k, v *yaml.Node){
		"quota": func(k, v *yaml.Node) { s.Quota, s.QuotaPos = p.figure(v, "quota", 1), p.pos(k) },
		"burst": func(k, v *yaml.Node) { s.Burst, s.BurstPos = p.figure(v, "burst", 1), p.pos(k) },
		"rate":  func(k, v *yaml.Node) { s.Rate, s.QuotaPos = p.rate(v), p.pos(k) },
	})
	return len(seen) > 0 || v.Kind != yaml.MappingNode || len(v.Content) > 0
}

func keyOf(n *yaml.Node, key string) *yaml.Node {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i]
		}
	}
	return nil
}

// On returns the amount of a limit on a day, after all changes up to then.
func (l *Limit) On(day time.Time) Amount {
	a := Amount{
		Limit: l.Name, Quota: l.Quota, Burst: l.Burst, Pos: l.Pos, QuotaPos: l.At["quota"],
		BurstPos: l.At["burst"],
	}
	for _, s := range l.From {
		if s.At.After(day) {
			break
		}
		if s.Quota > 0 {
			a.Quota, a.QuotaPos = s.Quota, s.QuotaPos
		}
		if s.Burst > 0 {
			a.Burst, a.BurstPos = s.Burst, s.BurstPos
		}
	}
	return a
}

// Next returns the first day after another on which a limit changes; nil if there is none.
func (l *Limit) Next(day time.Time) *Step {
	for i := range l.From {
		if l.From[i].At.After(day) {
			return &l.From[i]
		}
	}
	return nil
}
