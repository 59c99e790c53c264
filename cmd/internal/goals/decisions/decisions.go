// Package decisions measures what one decision of a server costs, beside the limiters that people
// use today.
package decisions

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strconv"
	"testing"

	"github.com/limitgen/limitgen/cmd/internal/goals/goal"
)

// Part measures goal 3.
var Part = goal.Part{Name: "decisions in process", Run: run}

const (
	most      = 1.25 // times x/time/rate's single decision
	perKey    = 300  // bytes for one limit of one key
	manyKey   = 1_000_000
	decisions = 2_000_000 // of each contestant in each scene
)

// A scene is what contestants decide about.
type scene struct {
	name    string
	keys    int
	quota   int64
	workers int // goroutines that decide at the same time
	judged  bool
}

// Those in parallel are shown, not judged: the bound is for one decision after the other.
// asCame is the scene in which keys are visited in the order in which they were first seen.
const asCame = "1,000,000, as they came"

func scenes() []scene {
	processors := runtime.GOMAXPROCS(0)
	parallel := fmt.Sprintf(", %d in parallel", processors)
	return []scene{
		{"1, all admitted", 1, 1e9, 1, true},
		{"1, most refused", 1, 100, 1, true},
		{"100,000", 100_000, 1000, 1, false},
		{"1,000,000", manyKey, 1000, 1, true},
		{asCame, manyKey, 1000, 1, false},
		{"1, all admitted" + parallel, 1, 1e9, processors, false},
		{"1, most refused" + parallel, 1, 100, processors, false},
		{"100,000" + parallel, 100_000, 1000, processors, false},
	}
}

func run(_ context.Context, out io.Writer) ([]goal.Figure, error) {
	keys := make([]string, manyKey)
	for i := range keys {
		keys[i] = strconv.Itoa(i) + ":app-" + strconv.Itoa(i*7919)
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	var worst float64
	fmt.Fprintf(out, "%-34s %-28s %6s %10s %8s %7s\n", "keys", "limiter", "limits", "ns", "ratio", "failed")
	for _, s := range scenes() {
		all, err := contestants(s.quota)
		if err != nil {
			return nil, err
		}
		runners := interleave(all, s.workers, keys[:s.keys], s.workers*decisions, s.name == asCame)
		first := runners[0].quartile()
		for _, r := range runners {
			ns := r.quartile()
			fmt.Fprintf(out, "%-34s %-28s %6d %10.1f %8.2f %7d\n", s.name, r.name, r.limits, ns, ns/first, r.failed.Load())
			if r.limits == 3 && !r.distinct && s.judged {
				worst = max(worst, ns/first)
			}
		}
	}
	fmt.Fprintln(out, "parallel: the time that passes for a decision of any; shown, not judged")
	figures := []goal.Figure{goal.AtMost("three limits take", worst, most, " x one of x/time/rate")}
	figures = append(figures, goal.AtMost("allocations", allocations(keys[:1000]), 0, ""))
	bytes, err := heaps(out, keys)
	if err != nil {
		return nil, err
	}
	bad, admitted := violations()
	fmt.Fprintf(out, "fuzz: %d of %d decisions admitted, %d violations\n", admitted, fuzzSteps, bad)
	return append(append(figures, bytes...), goal.AtMost("violations in a million steps", float64(bad), 0, "")), nil
}

// allocations returns how many there are in a decision on known keys.
func allocations(keys []string) float64 {
	decide := gate(1e6, false).worker()
	return testing.AllocsPerRun(100, func() {
		for _, key := range keys {
			_ = decide(key)
		}
	}) / float64(len(keys))
}
