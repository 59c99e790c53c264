package ratelimit

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// BenchmarkGateThreeLimits decides on three limits with costs, of one key or of many in no order.
func BenchmarkGateThreeLimits(b *testing.B) {
	for _, n := range []int{1, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			limits := []Limit{
				{Name: "each", Quota: 1e9, Window: time.Second},
				{Name: "messages", Quota: 60e9, Window: time.Minute},
				{Name: "hourly", Quota: 3600e9, Window: time.Hour},
			}
			keys := make([]string, n)
			for i := range keys {
				keys[i] = fmt.Sprint(i, ":app-", i*7919)
			}
			rand.New(rand.NewPCG(1, 2)).Shuffle(n, func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
			g := NewGate(GateOptions{MaxKeys: 4_000_000})
			charges, states := make([]Charge, 3), make([]State, 0, 3)
			decide := func(i int) {
				for j := range charges {
					charges[j] = Charge{Limit: &limits[j], Key: keys[i%n], Cost: 1 + int64(i+j)&1}
				}
				if d, err := g.Decide(charges, states); err != nil || !d.Admitted {
					b.Fatal(d, err)
				}
			}
			for i := range n {
				decide(i)
			}
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				decide(i)
			}
		})
	}
}
