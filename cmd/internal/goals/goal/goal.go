// Package goal says what a goal of the limiters is: a figure that one command measures, with peers
// beside it, and the bound that it has to keep.
package goal

import (
	"context"
	"fmt"
	"io"
	"strings"
)

// A Goal is one numbered promise. It holds when all of its parts do.
type Goal struct {
	Number int
	Title  string
	Parts  []Part
}

// A Part measures one of a goal's figures.
type Part struct {
	Name string
	// Run prints what it measures, peers included, to out, and returns the figures. It returns when
	// it is done or ctx is, and leaves nothing running. An error means that the figure could not be
	// measured.
	Run func(ctx context.Context, out io.Writer) ([]Figure, error)
}

// A Figure is what was measured beside what it has to be.
type Figure struct {
	Measured string // with its unit: "96.8 % used"
	Bound    string // ">= 96 %"
	OK       bool
}

// AtMost returns a figure that must not be above bound.
func AtMost(name string, measured, bound float64, unit string) Figure {
	return Figure{spell(name, measured, unit), "<= " + number(bound) + unit, measured <= bound}
}

// AtLeast returns a figure that must not be below bound.
func AtLeast(name string, measured, bound float64, unit string) Figure {
	return Figure{spell(name, measured, unit), ">= " + number(bound) + unit, measured >= bound}
}

func spell(name string, measured float64, unit string) string {
	return name + " " + number(measured) + unit
}

// number rounds to what a reader needs, and never so that a short figure looks as if it kept the
// bound.
func number(v float64) string {
	text := fmt.Sprintf("%.3f", v)
	return strings.TrimRight(strings.TrimRight(text, "0"), ".")
}

// Line returns the last word on a goal: "goal N: <figure> <bound> ok" or "short".
func Line(g Goal, figures []Figure) string {
	word, measured, bounds := "ok", make([]string, len(figures)), make([]string, len(figures))
	for i, f := range figures {
		measured[i], bounds[i] = f.Measured, f.Bound
		if !f.OK {
			word = "short"
		}
	}
	if len(figures) == 0 {
		word = "short"
	}
	return fmt.Sprintf("goal %d: %s (%s) %s", g.Number, strings.Join(measured, ", "), strings.Join(bounds, ", "), word)
}
