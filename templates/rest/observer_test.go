package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// listener writes down all that an Observer is told.
type listener struct {
	lines  []string
	events []CallEvent
}

func (l *listener) observer() Observer {
	note := func(kind string) func(context.Context, CallEvent) {
		return func(_ context.Context, e CallEvent) {
			costs := ""
			for _, ch := range e.Charges {
				costs += fmt.Sprintf(" %s/%d", ch.Limit.Name, ch.Cost)
			}
			line := fmt.Sprintf("%s %s%s #%d %v wait=%v took=%v %d", kind, e.Operation, costs, e.Attempt, e.Limits, e.Wait, e.Duration, e.Status)
			l.lines, l.events = append(l.lines, line), append(l.events, e)
		}
	}
	return Observer{Admitted: note("admitted"), Refused: note("refused"), Limited: note("limited"), Lowered: note("lowered"),
		Retried: note("retried"), Answered: note("answered"), Done: note("done")}
}

func (l *listener) expect(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(l.lines, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(l.lines, "\n"), strings.Join(want, "\n"))
	}
	l.lines = nil
}

func TestClientObserver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l listener
		var times []time.Time
		answers := clientAnswers(&times, clientAnswer(429, "Retry-After", "5", "RateLimit", `"each";r=0`))
		c := clientCore(t, func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(20 * time.Millisecond)
			answers(w, r)
		}, WithObserver(l.observer()))
		c.random = func() float64 { return 0 }
		if err := clientGet(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		l.expect(t,
			"admitted get each/1 #1 [] wait=0s took=0s 0",
			"answered get each/1 #1 [] wait=0s took=20ms 429",
			"limited get each/1 #1 [each] wait=5s took=0s 429",
			"retried get each/1 #1 [] wait=5s took=0s 429",
			"admitted get each/1 #2 [] wait=0s took=0s 0",
			"answered get each/1 #2 [] wait=0s took=20ms 200",
			"done get each/1 #2 [] wait=5s took=5.04s 200",
		)
		limited := l.events[2]
		if !limited.WithinQuota || limited.Role != "client" || limited.Host != "api.test" || limited.Scheme != "http" ||
			limited.Path != "/things/{name}" || limited.Method != "GET" || limited.Err == nil {
			t.Errorf("got %+v", limited)
		}
		time.Sleep(time.Minute)
		l.lines = nil
		ctx, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		var failed error
		for range 11 {
			l.lines = nil
			failed = clientGet(ctx, c)
		}
		if !errors.Is(failed, context.DeadlineExceeded) || !errors.Is(failed, ratelimit.ErrLimited) {
			t.Errorf("got %v", failed)
		}
		if len(l.lines) != 2 || !strings.HasPrefix(l.lines[0], "refused get each/1 #1 [each] wait=") || !strings.HasPrefix(l.lines[1], "done get each/1 #1") {
			t.Errorf("got %q", l.lines)
		}
	})
}

func TestClientObserverOfCosts(t *testing.T) {
	var l listener
	c := clientCore(t, func(http.ResponseWriter, *http.Request) {}, WithObserver(l.observer()))
	r := c.NewCall(callPost)
	r.JSON(map[string]any{"to": make([]string, 601)})
	var cost *ratelimit.CostError
	if err := DoEmpty(t.Context(), r); !errors.As(err, &cost) {
		t.Fatal(err)
	}
	if len(l.lines) != 2 || !strings.HasPrefix(l.lines[0], "refused post #1 [units] wait=0s") {
		t.Errorf("got %q", l.lines)
	}
}

// Another client may spend the quota or not: only usage that the limiter knows of counts.
func TestClientObserverWithinQuota(t *testing.T) {
	for _, test := range []struct {
		named   string
		options []ClientOption
		want    bool
	}{
		{`"each";r=0`, nil, true},
		{``, nil, true},
		{`"unknown";r=0`, nil, false},
		{`"each";r=0`, []ClientOption{WithoutLimits()}, false},
	} {
		var l listener
		c := clientCore(t, func(w http.ResponseWriter, _ *http.Request) { clientAnswer(429, "RateLimit", test.named)(w) },
			append(test.options, WithObserver(Observer{Limited: l.observer().Limited}), WithMaxRetries(0))...)
		if err := clientGet(t.Context(), c); err == nil {
			t.Fatal("a 429 gave no error")
		}
		if len(l.events) != 1 || l.events[0].WithinQuota != test.want {
			t.Errorf("%q: got %+v", test.named, l.events)
		}
	}
}

func TestClientObserverOfLowering(t *testing.T) {
	var l listener
	policy := `"each";q=7;w=1`
	c := clientCore(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("RateLimit-Policy", policy) },
		WithObserver(Observer{Lowered: l.observer().Lowered}))
	for _, policy = range []string{`"each";q=7;w=1`, `"each";q=7;w=1`, `"each";q=6;w=1`, `"each";q=99;w=1`} {
		if err := clientGet(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	if len(l.events) != 2 || l.events[0].Quota != 7 || l.events[1].Quota != 6 || l.events[1].Limits[0] != "each" {
		t.Errorf("got %+v", l.events)
	}
}

func TestClientObserversAdd(t *testing.T) {
	var a, b listener
	c := clientCore(t, func(http.ResponseWriter, *http.Request) {}, WithObserver(a.observer()), WithObserver(Observer{Done: b.observer().Done}))
	if err := clientGet(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if len(a.lines) != 3 || len(b.lines) != 1 {
		t.Errorf("got %q and %q", a.lines, b.lines)
	}
}

// A function that panics holds nothing up for good.
func TestClientObserverPanics(t *testing.T) {
	panics := func(context.Context, CallEvent) { panic("of a test") }
	for name, o := range map[string]Observer{"admitted": {Admitted: panics}, "answered": {Answered: panics}, "done": {Done: panics}} {
		c := clientCore(t, func(http.ResponseWriter, *http.Request) {}, WithObserver(o))
		for range 2 * clientLimits[2].Quota {
			func() {
				defer func() { _ = recover() }()
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				_ = DoEmpty(ctx, c.NewCall(callSlot))
			}()
		}
		for _, u := range c.Usage() {
			if u.InFlight != 0 {
				t.Errorf("%s: %+v", name, u)
			}
		}
	}
}

// TestClientObserverAllocates: calls allocate as much with an observer as without one.
func TestClientObserverAllocates(t *testing.T) {
	seen := 0
	count := func(context.Context, CallEvent) { seen++ }
	for _, options := range [][]ClientOption{nil, {WithObserver(Observer{Admitted: count, Answered: count, Done: count})}} {
		c := clientCore(t, nil, append(options, WithLimiter(&clientFree{}))...)
		p := &progress{call: c.NewCall(callGet)}
		charges := []ratelimit.Charge{{Limit: &c.limits.Limits()[0], Cost: 1}}
		if n := testing.AllocsPerRun(100, func() { _, _ = p.admit(t.Context(), charges); p.end(t.Context(), nil, nil) }); n != 0 {
			t.Errorf("%d options: %v allocations", len(options), n)
		}
	}
	if seen == 0 {
		t.Error("the observer was not called")
	}
}

// clientFree admits everything at once.
type clientFree struct {
	ratelimit.NoPermit
	ratelimit.Deaf
}

func (f *clientFree) TryAcquire([]ratelimit.Charge) (ratelimit.Permit, error) { return f, nil }

func (f *clientFree) Acquire(context.Context, []ratelimit.Charge) (ratelimit.Permit, error) {
	return f, nil
}

func BenchmarkClientObserver(b *testing.B) {
	seen := 0
	count := func(context.Context, CallEvent) { seen++ }
	for name, options := range map[string][]ClientOption{"nobody": nil, "somebody": {WithObserver(Observer{Admitted: count, Done: count})}} {
		b.Run(name, func(b *testing.B) {
			c := clientCore(b, nil, append(options, WithLimiter(&clientFree{}))...)
			p := &progress{call: c.NewCall(callGet)}
			p.charges = []ratelimit.Charge{{Limit: &c.limits.Limits()[0], Cost: 1}}
			ctx := b.Context()
			b.ReportAllocs()
			for b.Loop() {
				_, _ = p.admit(ctx, p.charges)
				p.end(ctx, nil, nil)
			}
		})
	}
}
