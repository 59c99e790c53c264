// Package decisions measures what one decision of a server costs, beside the limiters that people use today.
package decisions

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/limitgen/limitgen/cmd/goals/goal"
	"github.com/limitgen/limitgen/gen/easemob"
)

// Part measures goal 3.
var Part = goal.Part{Name: "decisions in process", Run: run}

const (
	most      = 1.25 // times x/time/rate's single decision
	perKey    = 300  // bytes for one limit of one key
	manyKey   = 1_000_000
	decisions = 2_000_000 // of each contestant in each scene
)

// gate makes a contestant of a generated server's Gate: three limits with costs, all or nothing. distinct gives each
// limit a partition key of its own.
func gate(quotas [3]easemob.Limit, distinct bool) (contestant, *easemob.Gate) {
	g := easemob.NewGate(easemob.GateOptions{MaxKeys: 4 * manyKey})
	charges := make([]easemob.Charge, 3)
	states := make([]easemob.State, 0, 3)
	name := "this, one key for all three"
	if distinct {
		name = "this, a key for each"
	}
	turn := int64(0)
	return contestant{name: name, limits: 3, distinct: distinct, decide: func(key string) bool {
		turn++
		for i := range charges {
			charges[i] = easemob.Charge{Limit: &quotas[i], Key: key, Cost: 1 + (turn+int64(i))&1}
			if distinct {
				charges[i].Key = key[i:]
			}
		}
		d, err := g.Decide(charges, states)
		return err == nil && d.Admitted
	}}, g
}

func limits(perSecond int64) [3]easemob.Limit {
	return [3]easemob.Limit{
		{Name: "each", Quota: perSecond, Window: time.Second},
		{Name: "messages", Quota: 60 * perSecond, Window: time.Minute},
		{Name: "hourly", Quota: 3600 * perSecond, Window: time.Hour},
	}
}

func run(_ context.Context, out io.Writer) ([]goal.Figure, error) {
	keys := make([]string, manyKey)
	for i := range keys {
		keys[i] = strconv.Itoa(i) + ":app-" + strconv.Itoa(i*7919)
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	var worst float64
	fmt.Fprintf(out, "%-34s %-28s %6s %10s %8s\n", "keys", "limiter", "limits", "ns", "ratio")
	for _, scene := range []struct {
		name   string
		keys   []string
		quota  int64
		judged bool
	}{
		{"1, all admitted", keys[:1], 1e9, true},
		{"1, most refused", keys[:1], 100, true},
		{"100,000", keys[:100_000], 1000, false},
		{"1,000,000", keys, 1000, true},
	} {
		all, err := contestants(scene.quota)
		if err != nil {
			return nil, err
		}
		ns := interleave(all, scene.keys, decisions)
		for i, c := range all {
			ratio := ns[i] / ns[0]
			fmt.Fprintf(out, "%-34s %-28s %6d %10.1f %8.2f\n", scene.name, c.name, c.limits, ns[i], ratio)
			if c.limits == 3 && !c.distinct && scene.judged {
				worst = max(worst, ratio)
			}
		}
	}
	figures := []goal.Figure{goal.AtMost("three limits take", worst, most, " x one of x/time/rate")}
	figures = append(figures, goal.AtMost("allocations", allocations(keys[:1000]), 0, ""))
	for _, l := range []easemob.Limit{{Name: "each", Quota: 100, Window: time.Second}, {Name: "messages", Quota: 6000, Window: time.Minute}} {
		figures = append(figures, goal.AtMost(fmt.Sprintf("%d/%v", l.Quota, l.Window), gateHeap(&l, keys), perKey, " B"))
	}
	bad, admitted := violations()
	fmt.Fprintf(out, "fuzz: %d of %d decisions admitted, %d violations\n", admitted, fuzzSteps, bad)
	figures = append(figures, goal.AtMost("violations in a million steps", float64(bad), 0, ""))
	b := heap(func() any {
		peer := newBuckets(100, 100)
		for _, key := range keys {
			peer.allow(key)
		}
		return peer
	})
	fmt.Fprintf(out, "heap for one limit of one key: x/time/rate %.0f B\n", b)
	return figures, nil
}

func contestants(quota int64) ([]contestant, error) {
	a, err := sethvargo(quota)
	if err != nil {
		return nil, err
	}
	b, err := throttledStore(quota)
	if err != nil {
		return nil, err
	}
	same, _ := gate(limits(quota), false)
	distinct, _ := gate(limits(quota), true)
	return []contestant{timeRate(quota), a, b, same, distinct}, nil
}

// interleave returns the time of a decision of each: the lower quartile over short turns that all take one after the
// other, so that what else runs on the machine strikes all alike and its worst is left out. Keys are walked through
// in one round, wherever turns end.
func interleave(all []contestant, keys []string, n int) []float64 {
	const turn = 20_000
	times, at := make([][]float64, len(all)), make([]int, len(all))
	for _, c := range all {
		for _, key := range keys {
			c.decide(key)
		}
	}
	runtime.GC()
	for range n / turn {
		for i, c := range all {
			begin := time.Now()
			for range turn {
				c.decide(keys[at[i]])
				if at[i]++; at[i] == len(keys) {
					at[i] = 0
				}
			}
			times[i] = append(times[i], float64(time.Since(begin).Nanoseconds())/turn)
		}
	}
	quartiles := make([]float64, len(all))
	for i := range times {
		slices.Sort(times[i])
		quartiles[i] = times[i][len(times[i])/4]
	}
	return quartiles
}

// allocations returns how many there are in a decision on known keys.
func allocations(keys []string) float64 {
	c, _ := gate(limits(1e6), false)
	return testing.AllocsPerRun(100, func() {
		for _, key := range keys {
			c.decide(key)
		}
	}) / float64(len(keys))
}

// still is a clock that stands still, so that no key becomes idle while heap is measured.
type still struct{ easemob.Clock }

func (still) Now() time.Time { return time.Unix(1_800_000_000, 0) }

// gateHeap returns what one limit of one live key takes.
func gateHeap(l *easemob.Limit, keys []string) float64 {
	return heap(func() any {
		g := easemob.NewGate(easemob.GateOptions{MaxKeys: 4 * manyKey, Clock: still{}})
		charges, states := make([]easemob.Charge, 1), make([]easemob.State, 0, 1)
		for _, key := range keys {
			charges[0] = easemob.Charge{Limit: l, Key: key, Cost: 1}
			_, _ = g.Decide(charges, states)
		}
		return g
	})
}

// heap returns the bytes that what fill makes holds for each of the keys.
func heap(fill func() any) float64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	made := fill()
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(made)
	return float64(after.HeapAlloc-before.HeapAlloc) / manyKey
}
