package redisstore

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// newStore makes a store that a busy machine does not make impatient, unless the test says how
// patient it is.
func newStore(t testing.TB, client Client, o Options) *Store {
	t.Helper()
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	s, err := New(client, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestWindowsHold drives the script through random times, costs and limits and checks every window
// of what it admitted against a plain log.
func TestWindowsHold(t *testing.T) {
	client := &at{plain: newPlain(startRedis(t).addr)}
	s := newStore(t, client, Options{})
	limits := []ratelimit.Limit{
		{API: "api", Common: 2, Name: "a", Quota: 10, Window: time.Second},
		{API: "api", Common: 2, Name: "b", Quota: 6000, Window: time.Minute},
		{API: "api", Common: 2, Name: "c", Quota: 300, Window: 7 * time.Second},
		{API: "api", Common: 2, Name: "day", Quota: 100_000, Window: 24 * time.Hour},
		{API: "api", Common: 2, Name: "utc", Quota: 50, Window: 10 * time.Second, UTC: true},
		{API: "api", Common: 2, Name: "burst", Quota: 20, Window: time.Second, Burst: 5},
	}
	type spent struct{ at, cost int64 }
	steps := 4000
	if testing.Short() {
		steps = 800
	}
	for seed := range uint64(3) {
		r := rand.New(rand.NewPCG(seed, 1))
		logs := make([][]spent, len(limits))
		now := int64(1_790_000_000_000_000) + r.Int64N(1e9)
		admitted, refused := 0, 0
		key := fmt.Sprintf("1:%d", seed)
		for range steps {
			client.general = client.now%4 == 0 // both scripts work on the same values
			now += r.Int64N([]int64{2_000, 200_000, 3_000_000}[r.IntN(3)])
			var charges []ratelimit.Charge
			var which []int
			for i := range limits {
				if r.IntN(2) == 0 {
					charges = append(charges, ratelimit.Charge{Limit: &limits[i], Key: key, Cost: 1 + r.Int64N(1+min(limits[i].Quota/8, 600))})
					which = append(which, i)
				}
			}
			if len(charges) == 0 {
				continue
			}
			for i := range charges {
				charges[i].Cost = min(charges[i].Cost, capacity(charges[i].Limit))
			}
			client.now = now
			d, err := newDecisionRequest(s, charges).ask(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			fits := true
			for k, i := range which {
				l := &limits[i]
				from := now - l.Window.Microseconds()
				if l.UTC {
					from = now - now%l.Window.Microseconds() - 1
				}
				var sum int64
				for _, e := range logs[i] {
					if e.at > from {
						sum += e.cost
					}
				}
				most := l.Quota
				if l.Burst > 0 {
					most += l.Burst
				}
				if d.Admitted && sum+charges[k].Cost > most {
					t.Fatalf("seed %d: %s: %d in one window, at most %d", seed, l.Name, sum+charges[k].Cost, most)
				}
				// Within the quota nothing may be refused: nothing is held for longer than clients
				// make allowance for.
				var loose int64
				for _, e := range logs[i] {
					late := l.Window.Microseconds() / 10_000
					if l.Quota > 112 {
						late = l.Window.Microseconds() / 128
					}
					if e.at > now-l.Window.Microseconds()-late {
						loose += e.cost
					}
				}
				if l.Burst == 0 && !l.UTC && loose+charges[k].Cost > l.Quota {
					fits = false
				}
				if (l.Burst > 0 || l.UTC) && d.Limits[k].Violated {
					fits = false
				}
				if d.Limits[k].Violated && d.Limits[k].Wait <= 0 {
					t.Fatalf("%s is violated without a wait", l.Name)
				}
			}
			if fits && !d.Admitted {
				t.Fatalf("seed %d: refused although all limits have room: %+v", seed, d.Limits)
			}
			if !d.Admitted {
				refused++
				continue
			}
			admitted++
			for k, i := range which {
				logs[i] = append(logs[i], spent{now, charges[k].Cost})
			}
		}
		if admitted == 0 || refused == 0 {
			t.Fatalf("seed %d: %d admitted, %d refused: the test tests nothing", seed, admitted, refused)
		}
	}
}

// TestWaitIsTrue checks that a refused cost fits after exactly the wait that was said.
func TestWaitIsTrue(t *testing.T) {
	client := &at{plain: newPlain(startRedis(t).addr)}
	s := newStore(t, client, Options{})
	for _, l := range []ratelimit.Limit{
		{API: "api", Common: 2, Name: "a", Quota: 100, Window: time.Second},
		{API: "api", Common: 2, Name: "b", Quota: 6000, Window: time.Minute},
		{API: "api", Common: 2, Name: "utc", Quota: 50, Window: 10 * time.Second, UTC: true},
		{API: "api", Common: 2, Name: "burst", Quota: 20, Window: time.Second, Burst: 5},
	} {
		t.Run(l.Name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			now := int64(1_790_000_000_000_000)
			ask := func(cost int64) ratelimit.Decision {
				client.now = now
				d, err := newDecisionRequest(s, []ratelimit.Charge{{Limit: &l, Key: "k", Cost: cost}}).ask(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				return d
			}
			for range 200 {
				cost := 1 + r.Int64N(capacity(&l)/3)
				d := ask(cost)
				if d.Admitted {
					now += r.Int64N(l.Window.Microseconds() / 50)
					continue
				}
				wait := d.Limits[0].Wait.Microseconds()
				now += wait - 1
				if again := ask(cost); again.Admitted {
					t.Fatalf("cost %d fitted before the wait of %v was over", cost, d.Limits[0].Wait)
				}
				now++
				if again := ask(cost); !again.Admitted {
					t.Fatalf("cost %d did not fit after %v: %+v", cost, d.Limits[0].Wait, again.Limits[0])
				}
			}
		})
	}
}

// TestClockSteps sets Redis's time back and forward.
func TestClockSteps(t *testing.T) {
	client := &at{plain: newPlain(startRedis(t).addr)}
	s := newStore(t, client, Options{})
	l := ratelimit.Limit{API: "api", Common: 2, Name: "a", Quota: 10, Window: time.Second}
	ask := func(now int64) bool {
		client.now = now
		d, err := newDecisionRequest(s, []ratelimit.Charge{{Limit: &l, Key: "k", Cost: 1}}).ask(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return d.Admitted
	}
	start := int64(1_790_000_000_000_000)
	for i := range int64(10) {
		if !ask(start + i*50_000) {
			t.Fatal("refused within the quota")
		}
	}
	for _, back := range []int64{10_000, 900_000, 3_600_000_000} {
		if ask(start + 450_000 - back) {
			t.Errorf("a step back by %d µs opened the window", back)
		}
	}
	back := start + 450_000 - 3_600_000_000
	if ask(back + 990_000) {
		t.Error("what was spent before a step back left early")
	}
	if !ask(back + 1_010_000) {
		t.Error("a step back holds a counter for longer than a window")
	}
}

func TestRefusedSpendsNothing(t *testing.T) {
	onFakeClock(t, func(t *testing.T, redis *server) {
		e := newStore(t, redis.client(), Options{}).Enforcer()
		a := &ratelimit.Limit{API: "api", Common: 2, Name: "a", Quota: 6000, Window: time.Minute}
		b := &ratelimit.Limit{API: "api", Common: 2, Name: "b", Quota: 5, Window: time.Minute}
		admit := func(charges ...ratelimit.Charge) ratelimit.Decision {
			t.Helper()
			d, err := e.Admit(t.Context(), charges)
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		admit(ratelimit.Charge{Limit: a, Cost: 5900})
		if admit(ratelimit.Charge{Limit: a, Cost: 600}).Admitted {
			t.Fatal("more than the quota")
		}
		d := admit(ratelimit.Charge{Limit: b, Cost: 5}, ratelimit.Charge{Limit: a, Cost: 100})
		if !d.Admitted || d.Limits[1].Remaining != 0 || d.Limits[1].Reset <= 0 {
			t.Fatalf("%+v", d)
		}
		if d = admit(ratelimit.Charge{Limit: b, Key: "other", Cost: 5}, ratelimit.Charge{Limit: a, Cost: 1}); d.Admitted || d.Limits[0].Violated || !d.Limits[1].Violated {
			t.Fatalf("%+v", d)
		}
		if d = admit(ratelimit.Charge{Limit: b, Key: "other", Cost: 3}, ratelimit.Charge{Limit: b, Key: "other", Cost: 2}); !d.Admitted || d.Limits[0].Remaining != 0 {
			t.Fatalf("two charges in one counter: %+v", d)
		}
		if _, err := e.Admit(t.Context(), []ratelimit.Charge{{Limit: b, Cost: 6}}); err == nil {
			t.Error("a cost above the quota gave no error")
		}
	})
}

func TestConcurrentRequests(t *testing.T) {
	onFakeClock(t, func(t *testing.T, redis *server) {
		client := redis.client()
		l := &ratelimit.Limit{API: "api", Common: 2, Name: "c", Quota: 3, Unit: "concurrent-requests"}
		one, other := newStore(t, client, Options{}).Enforcer(), newStore(t, client, Options{}).Enforcer()
		var held []ratelimit.Decision
		for _, e := range []ratelimit.Enforcer{one, other, one} {
			d, err := e.Admit(t.Context(), []ratelimit.Charge{{Limit: l, Key: "k", Cost: 1}})
			if err != nil || !d.Admitted {
				t.Fatal(d, err)
			}
			held = append(held, d)
		}
		if d, err := other.Admit(t.Context(), []ratelimit.Charge{{Limit: l, Key: "k", Cost: 1}}); err != nil || d.Admitted {
			t.Fatal("a fourth in flight", err)
		}
		held[0].Done()
		held[0].Done()
		deadline := time.Now().Add(5 * time.Second)
		for {
			d, err := other.Admit(t.Context(), []ratelimit.Charge{{Limit: l, Key: "k", Cost: 1}})
			if err != nil {
				t.Fatal(err)
			}
			if d.Admitted {
				break
			}
			if time.Now().After(deadline) {
				t.Fatal("what was given back cannot be had")
			}
			time.Sleep(5 * time.Millisecond)
		}
		if d, _ := one.Admit(t.Context(), []ratelimit.Charge{{Limit: l, Key: "k", Cost: 1}}); d.Admitted {
			t.Error("giving back twice counted twice")
		}
	})
}

// TestMemory prints what a counter costs and holds it to its bound.
func TestMemory(t *testing.T) {
	client := &at{plain: newPlain(startRedis(t).addr)}
	s := newStore(t, client, Options{Prefix: "easemob"})
	l := &ratelimit.Limit{API: "api", Common: 2, Name: "messages-users", Quota: 6000, Window: time.Minute}
	r := rand.New(rand.NewPCG(1, 1))
	key := "9:company-a12:chat-product"
	now := int64(1_790_000_000_000_000)
	var q *decisionRequest
	for range 3000 {
		q = newDecisionRequest(s, []ratelimit.Charge{{Limit: l, Key: key, Cost: 1 + r.Int64N(600)}})
		client.now = now
		if _, err := q.ask(t.Context()); err != nil {
			t.Fatal(err)
		}
		now += r.Int64N(3_000_000)
	}
	text, err := client.do(t.Context(), "MEMORY", "USAGE", q.keys[0])
	if err != nil {
		t.Fatal(err)
	}
	n, _ := number(text)
	size, _ := client.do(t.Context(), "STRLEN", q.keys[0])
	t.Logf("%s: %s bytes of value, %d bytes in Redis", q.keys[0], size, n)
	if n == 0 || n > 200 {
		t.Errorf("%d bytes in Redis", n)
	}
	if ttl, _ := client.do(t.Context(), "PTTL", q.keys[0]); ttl == "-1" {
		t.Error("the key never expires")
	}
}

func TestNames(t *testing.T) {
	l := &ratelimit.Limit{API: "api", Common: 2, Name: "each", Window: time.Second}
	for _, c := range []struct{ key, want string }{
		{"3:org3:app", "api{3:org3:app}r1/each"},
		{"3:org3:app17:GET /{org}/{app}", "api{3:org3:app}r1/each/#"},
		{"3:o}g3:app", "api{#"},
		{"", "api{-}r1/each"},
		{"3:org", "api{3:org}r1/each"},
		{"1000000:x", "api{-}r1/each/1000000:x"},
		{strings.Repeat("9:a\r\n{}", 5000), "api{"},
	} {
		got := nameOf("", 'r', l, c.key)
		if !strings.HasPrefix(got, c.want) {
			t.Errorf("%.30q: %s, want %s", c.key, got, c.want)
		}
		if len(got) > 160 || strings.Count(got, "{") != 1 || strings.Count(got, "}") != 1 || strings.ContainsAny(got, " \r\n\x00") {
			t.Errorf("%.30q: unsafe name %q", c.key, got)
		}
	}
}

func FuzzNames(f *testing.F) {
	f.Add("3:org3:app", "3:org3:apq", "each")
	f.Add("1:}1:{", "1:{1:}", "a b")
	f.Fuzz(func(t *testing.T, a, b, limit string) {
		l := &ratelimit.Limit{API: "api", Common: 2, Name: limit, Window: time.Second}
		m, n := nameOf("", 'r', l, a), nameOf("", 'r', l, b)
		if (a == b) != (m == n) {
			t.Errorf("%q and %q: %s and %s", a, b, m, n)
		}
		if len(m) > 160 || strings.Count(m, "{") != 1 || strings.Count(m, "}") != 1 {
			t.Errorf("%q: unsafe name %q", a, m)
		}
	})
}

func BenchmarkDecide(b *testing.B) {
	client := newPlain(startRedis(b).addr)
	e := newStore(b, client, Options{Replicas: 1}).Enforcer()
	limits := []*ratelimit.Limit{
		{API: "api", Common: 2, Name: "a", Quota: 1 << 20, Window: time.Second},
		{API: "api", Common: 2, Name: "b", Quota: 1 << 30, Window: time.Minute},
		{API: "api", Common: 2, Name: "c", Quota: 1 << 30, Window: time.Hour},
	}
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			charges := []ratelimit.Charge{{Limit: limits[0], Key: "k", Cost: 1}, {Limit: limits[1], Key: "k", Cost: 3}, {Limit: limits[2], Key: "k", Cost: 2}}
			if d, err := e.Admit(context.Background(), charges); err != nil || !d.Admitted {
				b.Error(d, err)
				return
			}
		}
	})
}
