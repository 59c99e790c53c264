package proof

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/limitgen/limitgen/cmd/internal/proof/harness"
)

// send returns a message to n users.
func send(app string, n int) harness.Request {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf(`"user-%d"`, i)
	}
	return harness.Request{Method: "POST", Target: "/" + app + "/messages/users", Body: `{"from":"a","to":[` + strings.Join(names, ",") + `]}`}
}

func history(app string) harness.Request {
	return harness.Request{Method: "GET", Target: "/" + app + "/chatmessages/2022080410"}
}

// TestHAProxyMinute has the limits by the minute: exactly the quota passes in each aligned minute,
// to two threads and many connections at once.
func TestHAProxyMinute(t *testing.T) {
	if testing.Short() {
		t.Skip("takes two minutes")
	}
	t.Parallel()
	addr, _ := haproxy(t, harness.Generate(t, harness.Easemob, "haproxy"))
	harness.NextWindow(time.Minute)
	for range 2 {
		app, other := newApp(), newApp()
		for _, a := range []string{app, other} {
			if n := harness.Passed(harness.Burst(t, addr, 120, 40, func(int) harness.Request { return send(a, 100) })); n != 60 {
				t.Errorf("%d sends to 100 users passed, want 60", n)
			}
			responses := harness.Burst(t, addr, 100, 40, func(int) harness.Request { return history(a) })
			if n := harness.Passed(responses); n != 10 {
				t.Errorf("%d histories passed, want 10", n)
			}
			for _, r := range responses {
				if !r.Passed() {
					refusal(t, r, "history", 10, 60)
				}
			}
		}
		// What a refused send would have cost is not spent.
		app = newApp()
		harness.Burst(t, addr, 59, 20, func(int) harness.Request { return send(app, 100) })
		for _, step := range []struct{ n, status int }{{600, 429}, {101, 429}, {60, 200}, {41, 429}, {40, 200}, {1, 429}} {
			if r := harness.Do(t, addr, send(app, step.n)); r.Status != step.status {
				t.Errorf("a send to %d: %d, want %d", step.n, r.Status, step.status)
			}
		}
		if r := harness.Do(t, addr, send(app, 601)); r.Status != 400 {
			t.Errorf("a send to 601, which can never pass: %d", r.Status)
		}
		harness.NextWindow(time.Minute) // what is full is empty again
	}
}

// TestHAProxyMinuteEdge sends around the edge of a minute: the quota on either side.
func TestHAProxyMinuteEdge(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	t.Parallel()
	addr, _ := haproxy(t, harness.Generate(t, harness.Easemob, "haproxy"))
	app := newApp()
	harness.NextWindow(time.Minute)
	time.Sleep(45 * time.Second) // which leaves a busy machine time
	before := harness.Passed(harness.Burst(t, addr, 15, 5, func(int) harness.Request { return history(app) }))
	sends := harness.Passed(harness.Burst(t, addr, 90, 20, func(int) harness.Request { return send(app, 100) }))
	harness.NextWindow(time.Minute)
	after := harness.Passed(harness.Burst(t, addr, 15, 5, func(int) harness.Request { return history(app) }))
	more := harness.Passed(harness.Burst(t, addr, 90, 20, func(int) harness.Request { return send(app, 100) }))
	if before != 10 || after != 10 || sends != 60 || more != 60 {
		t.Errorf("passed %d and %d, %d and %d; want 10 and 10, 60 and 60", before, after, sends, more)
	}
}
