package ratelimit

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"
)

// TestGateIndex puts counters into one shard and takes them out at random, and looks each up after
// every few steps. Homes are few, so that lists are shared, buckets run over and keys have more
// limits than a list takes. Some have a ring.
func TestGateIndex(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 2))
		s := &gateShard{buckets: make([]bucket, 1)}
		keys := 1 + r.Uint64N(1+r.Uint64N(2000))
		spread := uint64(1)
		if seed%3 == 0 {
			spread = 1 << 40 // keys differ in their tags alone, so all of them are of one bucket
		}
		held := make(map[identity]int64)
		var order []identity
		for step := range 6000 {
			id := identity{r.Uint64N(keys) * spread, (1 + r.Uint32N(1+r.Uint32N(30))) << kindBits}
			growing := step < 3000 || step > 5000
			switch n := s.find(id); {
			case n == none && held[id] != 0:
				t.Fatalf("seed %d, step %d: %v was lost", seed, step, id)
			case n != none && held[id] == 0:
				t.Fatalf("seed %d, step %d: %v was found, which was never put in or was taken out", seed, step, id)
			case n == none && growing:
				n = s.insert(id, 1, moment{})
				s.at(n).total = int64(step) + 1
				held[id] = int64(step) + 1
				for range r.IntN(1 + r.IntN(1+r.IntN(200))) { // rings of all sizes
					s.store(s.at(n), sample(step)+1, 0)
				}
				order = append(order, id)
			case n != none && !growing:
				s.remove(n)
				delete(held, id)
			}
			if !growing && len(order) > 0 { // most are taken out in some order
				id := order[len(order)-1]
				order = order[:len(order)-1]
				if n := s.find(id); n != none {
					s.remove(n)
					delete(held, id)
				}
			}
			if step%500 == 0 || step == 5999 {
				verify(t, s, held)
			}
		}
	}
}

func verify(t *testing.T, s *gateShard, held map[identity]int64) {
	t.Helper()
	lists, lone, rings := make(map[uint64]bool), 0, [ringSizes]uint32{}
	for id, total := range held {
		n := s.find(id)
		if n == none || s.at(n).total != total {
			t.Fatalf("%v is not what was put in", id)
		}
		if s.at(n).spilled {
			lone++
		}
		if c := s.at(n); c.ring != 0 {
			rings[c.size]++
			r := s.rings.at(c.size, c.ring)
			for i := range int(c.inRing) {
				if r[0] != sample(n) || c.nth(&s.rings, i) != sample(total) {
					t.Fatalf("the ring of %v is another one's", id)
				}
			}
		}
		lists[s.at(n).bucketHash()] = true
	}
	got := [3]uint32{s.count, s.lists, s.spilled}
	if want := [3]uint32{uint32(len(held)), uint32(len(lists)), uint32(lone)}; got != want || s.rings.count != rings {
		t.Fatalf("count, lists, lone: %d, want %d; rings: %d, want %d", got, want, s.rings.count, rings)
	}
}

// TestGateNumbersLimits has limits that are one by name, window and kind in different plans, and
// more of them than a gate remembers: none may be taken for another.
func TestGateNumbersLimits(t *testing.T) {
	g := NewGate(GateOptions{})
	seen := make(map[[2]uint64]int)
	for i := range 2 * maxRules {
		a, b := Limit{Name: fmt.Sprint(i), Quota: 1, Window: time.Second}, Limit{Name: fmt.Sprint(i), Quota: 2, Window: time.Second}
		r, same := g.rule(&a), g.rule(&b)
		if r.limit != same.limit || r.salt != same.salt {
			t.Fatalf("limit %d has two numbers", i)
		}
		id := [2]uint64{uint64(r.limit), r.salt}
		if other, ok := seen[id]; ok {
			t.Fatalf("limits %d and %d have the same number", i, other)
		}
		seen[id] = i
		if l, _ := g.rules.Load().of(r.limit); (l == nil) != (r.salt != 0) || l != nil && l.Name != a.Name {
			t.Fatalf("limit %d is remembered as %v", i, l)
		}
	}
}

// TestGateLetsGoOfIdleKeys has many keys fall idle while one goes on: their counters must not stay
// for its sake.
func TestGateLetsGoOfIdleKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Limit{Name: "a", Quota: 1e6, Window: time.Second}
		g := NewGate(GateOptions{})
		const keys = 20_000
		for i := range keys {
			admit(t, g, Charge{Limit: l, Key: fmt.Sprint(i), Cost: 1})
		}
		time.Sleep(2 * idleLifetime)
		for range 8 * keys {
			admit(t, g, Charge{Limit: l, Key: "busy", Cost: 1})
		}
		if left := g.keys.Load(); left > keys/20 {
			t.Errorf("%d of %d counters are still there", left, keys)
		}
	})
}
