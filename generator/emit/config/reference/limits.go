package reference

import (
	"fmt"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/model"
)

// published is one row of the table of limits.
type published struct {
	ID, Name    string
	Quota       string // "6,000"
	Unit        string // "messages", fitting the quota
	Window      string // "minute"; "" for concurrent requests
	Rate        string // "6,000 / min", for small places
	Burst       string
	Reset       string
	Early       bool // decided before authentication, somewhere
	Own         bool // each operation has counters of its own
	Counted     string
	Key         []word
	Description []string
	Origin      *origin
	Plans       []*amount
	Uses        []*use
	Modules     []*membership
	Listed      bool // few enough that all are named
	Diagram     *diagram
}

// membership is how many operations of a module use a limit.
type membership struct {
	Module     *module
	Operations int
}

// listed is how many operations a limit names one by one.
const listed = 8

func (b *builder) addLimit(m *model.Limit) {
	l := &published{
		ID: b.anchor("limit", m.Name), Name: m.Name, Quota: grouped(m.Quota),
		Unit: limit.Unit(m.Unit, m.Quota), Description: paragraphs(m.Description),
		Origin: b.origin(m.Origin), Own: slices.Contains(m.Per, "operation"),
		Rate: grouped(m.Quota) + " in flight", Key: b.perWords(m.Per),
	}
	if m.Seconds > 0 {
		l.Window = limit.Window(m.Seconds)
		l.Rate = grouped(m.Quota) + " / " + limit.ShortWindow(m.Seconds)
		if m.Rated {
			l.Quota, l.Unit, l.Window = limit.PerSecond(m.Quota, m.Seconds), limit.Unit(m.Unit, 2),
				limit.Window(1)
			l.Rate = l.Quota + " / s"
		}
		switch {
		case m.UTC:
			l.Reset = "each " + l.Window + ", aligned to UTC"
		case m.Burst > 0:
			l.Reset = "none; a bucket that refills at this rate"
		default:
			l.Reset = "any " + l.Window + ", rolling"
		}
	}
	if m.Burst > 0 {
		l.Burst = grouped(m.Burst)
	}
	if when := config.Announced(m, b.in.API.Day); when != "" {
		l.Description = append(l.Description, "Announced: "+when+".")
	}
	for _, p := range b.in.API.Plans {
		for _, a := range p.Amounts {
			if a.Limit == m.Name {
				l.Plans = append(l.Plans, newAmount(p.Name, m, a))
			}
		}
	}
	b.limits[m] = l
	b.page.Limits = append(b.page.Limits, l)
}

// finish is done when all uses are known.
func (l *published) finish() {
	counters := make(map[string]bool)
	for _, u := range l.Uses {
		i := slices.IndexFunc(l.Modules, func(m *membership) bool { return m.Module == u.Row.Module })
		if i < 0 {
			l.Modules = append(l.Modules, &membership{Module: u.Row.Module})
			i = len(l.Modules) - 1
		}
		if counter := u.Row.Method + " " + u.Row.Path; !counters[counter] {
			counters[counter] = true
			l.Modules[i].Operations++
		}
	}
	l.Listed = len(l.Uses) <= listed
	switch n := len(counters); {
	case n == 0:
		l.Counted = "No operation uses it"
	case n == 1 && len(l.Uses) > 1:
		l.Counted = fmt.Sprintf("One operation, whose %d forms share it", len(l.Uses))
	case n == 1:
		l.Counted = "One operation"
	case l.Own:
		l.Counted = fmt.Sprintf("%d operations, each on its own", n)
	default:
		l.Counted = fmt.Sprintf("%d operations share it", n)
	}
	l.Diagram = newDiagram(l)
}

// Pool reports whether several operations draw on one counter.
func (l *published) Pool() bool {
	return !l.Own && len(l.Uses) > 1
}

// Sentence returns what the limit says: "6,000 messages in any minute".
func (l *published) Sentence() string {
	text := l.Quota + " " + l.Unit
	if l.Window != "" {
		text += " per " + l.Window
	}
	return text
}

// plan is what may be bought.
type plan struct {
	Name    string
	Amounts []*amount
}

// amount is one figure that a plan changes, in words.
type amount struct {
	Plan   string
	Limit  *published
	Quota  string
	Burst  string
	Before string // the quota without the plan
}

func newAmount(plan string, l *model.Limit, a *model.Amount) *amount {
	out := &amount{Plan: plan, Before: grouped(l.Quota)}
	if a.Rewindows(l.Seconds) {
		out.Before += " per " + limit.Window(l.Seconds)
	}
	if a.Quota > 0 {
		out.Quota = grouped(a.Quota) + " " + limit.Unit(l.Unit, a.Quota)
		if l.Seconds > 0 {
			out.Quota += " per " + limit.Window(a.Seconds)
		}
	}
	if l.Rated {
		out.Before = limit.PerSecond(l.Quota, l.Seconds)
		if a.Quota > 0 {
			out.Quota = limit.Rate(a.Quota, l.Unit, l.Seconds)
		}
	}
	if a.Burst > 0 {
		out.Burst = grouped(a.Burst)
	}
	return out
}

func (b *builder) addPlans() {
	for _, p := range b.in.API.Plans {
		out := &plan{Name: p.Name}
		for _, a := range p.Amounts {
			for _, m := range b.in.API.Limits {
				if m.Name == a.Limit {
					amount := newAmount(p.Name, m, a)
					amount.Limit = b.limits[m]
					out.Amounts = append(out.Amounts, amount)
				}
			}
		}
		b.page.Plans = append(b.page.Plans, out)
	}
}

// exceeded is one way in which the API says "too many".
type exceeded struct {
	Status int
	Body   []word
	Retry  bool
}

func (b *builder) addExceeded() {
	for _, e := range b.in.API.Exceeded {
		out := &exceeded{Status: e.Status, Retry: e.Retry}
		for i, m := range e.Body {
			if i > 0 {
				out.Body = append(out.Body, word{Text: " and "})
			}
			out.Body = append(out.Body, codeWord(strings.TrimPrefix(m.Pointer, "/")), word{Text: " is "},
				codeWord(m.Value))
		}
		b.page.Exceeded = append(b.page.Exceeded, out)
	}
}
