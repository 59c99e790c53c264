package lint

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/limitgen/limitgen/generator/analyze"
	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/limit"
)

// costly is a cost that requests of an operation may have.
type costly struct {
	n    int64
	some bool   // others may cost less by as little as the caller sends
	text string // for a message, such as "a request costs 21"
	pos  diag.Position
}

// costsOf returns the least cost of a request and the largest that its schema allows, unless max
// bounds that.
func (l *linter) costsOf(u *analyze.Use, c limit.Cost) []costly {
	if c.Count == nil {
		return []costly{{n: c.Static, pos: c.Pos, text: fmt.Sprintf("each request costs %d", c.Static)}}
	}
	times := max(1, c.Times)
	if c.Value {
		return l.valueCosts(u, c, times)
	}
	out := []costly{{n: times, pos: c.Pos, text: fmt.Sprintf("the least that a request costs is %d, which is one item times %d", times, times)}}
	if most := l.maxItems(u, *c.Count); most != nil && c.Max == 0 {
		n := product(float64(*most), times)
		out = append(out, costly{
			n, true, fmt.Sprintf("%s of %s may have %d items (maxItems), which cost %d", c.Count.Text,
				u.Op.Name(), *most, n),
			c.Pos,
		})
	}
	return out
}

// valueCosts returns the costs for a number in the request: for 1, for an absent number, and for
// the bounds in its schema.
func (l *linter) valueCosts(u *analyze.Use, c limit.Cost, times int64) []costly {
	out := []costly{{n: times, pos: c.Pos, text: fmt.Sprintf("a value of 1 costs %d", times)}}
	e := *c.Count
	reading := l.Reading(u, e)
	for _, s := range reading.Schemas {
		if s.Default != nil && !reading.Required {
			if d, ok := number(s.Default); ok {
				n := product(d, times)
				out = append(out, costly{
					n: n, pos: c.Pos, text: fmt.Sprintf("a request of %s without %s costs %d, by the default in its schema", u.Op.Name(), e.Text, n),
				})
			}
		}
		if s.Min != nil {
			n := product(*s.Min, times)
			always := reading.Required && len(reading.Schemas) == 1
			out = append(out, costly{
				n, !always, fmt.Sprintf("the minimum of %s in %s costs %d", e.Text, u.Op.Name(), n), c.Pos,
			})
		}
		if s.Max != nil && c.Max == 0 {
			n := product(*s.Max, times)
			out = append(out, costly{
				n, true, fmt.Sprintf("the maximum of %s in %s costs %d", e.Text, u.Op.Name(), n), c.Pos,
			})
		}
	}
	return out
}

// number reads a schema's default, which may be of any type.
func number(v any) (float64, bool) {
	text, err := json.Marshal(v)
	var f float64
	return f, err == nil && json.Unmarshal(text, &f) == nil
}

// product returns a cost; one that is too large stays the largest.
func product(n float64, times int64) int64 {
	if cost := n * float64(times); cost < math.MaxInt64 {
		return int64(max(0, cost))
	}
	return math.MaxInt64
}
