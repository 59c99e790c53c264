package rlsstore_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	service "github.com/envoyproxy/go-control-plane/envoy/service/ratelimit/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/limitgen/limitgen/gen/easemob"
	"github.com/limitgen/limitgen/gen/ratelimit"
	"github.com/limitgen/limitgen/gen/rlsstore"
)

// fake counts as the service does: it adds first and compares then, in windows of its clock's whole
// seconds.
type fake struct {
	service.UnimplementedRateLimitServiceServer
	mu     sync.Mutex
	clock  *clock
	quotas map[string]int64 // by limit
	counts map[string]int64
	asked  []*service.RateLimitRequest
	fail   atomic.Bool
	hang   atomic.Bool
}

func (f *fake) ShouldRateLimit(ctx context.Context, r *service.RateLimitRequest) (*service.RateLimitResponse, error) {
	f.mu.Lock()
	f.asked = append(f.asked, r)
	f.mu.Unlock()
	if f.hang.Load() {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if f.fail.Load() {
		return nil, status.Error(codes.Unavailable, "redis is down")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	out := &service.RateLimitResponse{OverallCode: service.RateLimitResponse_OK}
	for _, d := range r.Descriptors {
		var name strings.Builder
		for _, e := range d.Entries {
			name.WriteString(e.Key + "=" + e.Value + " ")
		}
		quota, ok := f.quotas[d.Entries[0].Value]
		if !ok {
			out.Statuses = append(out.Statuses, &service.RateLimitResponse_DescriptorStatus{Code: service.RateLimitResponse_OK})
			continue
		}
		const window = 60
		now := f.clock.Now().Unix()
		id := fmt.Sprint(name.String(), now/window)
		f.counts[id] += int64(d.HitsAddend.GetValue())
		s := &service.RateLimitResponse_DescriptorStatus{
			Code:               service.RateLimitResponse_OK,
			CurrentLimit:       &service.RateLimitResponse_RateLimit{RequestsPerUnit: uint32(quota), Unit: service.RateLimitResponse_RateLimit_MINUTE},
			LimitRemaining:     uint32(max(quota-f.counts[id], 0)),
			DurationUntilReset: durationpb.New(time.Duration(window-now%window) * time.Second),
		}
		if f.counts[id] > quota {
			s.Code, out.OverallCode = service.RateLimitResponse_OVER_LIMIT, service.RateLimitResponse_OVER_LIMIT
		}
		out.Statuses = append(out.Statuses, s)
	}
	return out, nil
}

func (f *fake) calls() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.asked)
}

func startFake(t *testing.T) (*fake, *grpc.ClientConn) {
	t.Helper()
	f := &fake{clock: &clock{now: time.Unix(1_700_000_040, 0)}, quotas: map[string]int64{"messages-users": 6000, "history": 10}, counts: map[string]int64{}}
	listener := bufconn.Listen(1 << 16)
	server := grpc.NewServer()
	service.RegisterRateLimitServiceServer(server, f)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	conn, err := grpc.NewClient("passthrough:bufconn", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return f, conn
}

// clock is moved by hand.
type clock struct {
	mu     sync.Mutex
	now    time.Time
	timers []*timer
}

type timer struct {
	at      time.Time
	f       func()
	stopped bool
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) AfterFunc(d time.Duration, f func()) func() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &timer{at: c.now.Add(d), f: f}
	c.timers = append(c.timers, t)
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		was := !t.stopped
		t.stopped = true
		return was
	}
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	c.now = c.now.Add(d)
	var due []func()
	for _, t := range c.timers {
		if !t.stopped && !t.at.After(c.now) {
			t.stopped = true
			due = append(due, t.f)
		}
	}
	c.mu.Unlock()
	for _, f := range due {
		f()
	}
}

func limit(t testing.TB, name string) *ratelimit.Limit {
	t.Helper()
	for _, l := range easemob.Limits() {
		if l.Name == name {
			return &l
		}
	}
	t.Fatal("no limit ", name)
	return nil
}

const app = "4:acme3:a_b"

// newStore makes a store that a busy machine does not make impatient.
func newStore(t testing.TB, conn grpc.ClientConnInterface, o rlsstore.Options) *rlsstore.Store {
	t.Helper()
	o.Timeout = cmp.Or(o.Timeout, time.Minute)
	s, err := rlsstore.New(conn, o, easemob.Descriptors())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDescriptors(t *testing.T) {
	f, conn := startFake(t)
	f.quotas["each"] = 100
	e := newStore(t, conn, rlsstore.Options{Clock: f.clock}).Enforcer()
	_, err := e.Admit(t.Context(), []ratelimit.Charge{
		{Limit: limit(t, "each"), Key: app + "20:POST /{}/{}/messages", Cost: 1},
		{Limit: limit(t, "messages-users"), Key: app, Cost: 600},
	})
	if err == nil || !strings.Contains(err.Error(), "unknown operation") {
		t.Error(err)
	}
	const op = "GET /{}/{}/users"
	d, err := e.Admit(t.Context(), []ratelimit.Charge{
		{Limit: limit(t, "each"), Key: fmt.Sprint(app, len(op), ":", op), Cost: 1},
		{Limit: limit(t, "messages-users"), Key: app, Cost: 600},
	})
	if err != nil || !d.Admitted || d.Limits[0].Remaining != 99 || d.Limits[1].Remaining != 5400 {
		t.Fatal(d, err)
	}
	got := fmt.Sprint(f.asked[0].Domain, " ")
	for _, d := range f.asked[0].Descriptors {
		for _, e := range d.Entries {
			got += e.Key + "=" + e.Value + " "
		}
		got += fmt.Sprint(d.HitsAddend.GetValue(), "; ")
	}
	if !strings.HasPrefix(got, "easemob limit=each operation=") || !strings.HasSuffix(got, " app=/acme/a%5Fb 1; limit=messages-users app=/acme/a%5Fb 600; ") {
		t.Error(got)
	}
}

// TestEnforcerDoesNotAskInVain shows that what is known not to fit is refused without a debit.
func TestEnforcerDoesNotAskInVain(t *testing.T) {
	f, conn := startFake(t)
	e := newStore(t, conn, rlsstore.Options{Clock: f.clock}).Enforcer()
	admit := func(cost int64) ratelimit.Decision {
		d, err := e.Admit(t.Context(), []ratelimit.Charge{{Limit: limit(t, "messages-users"), Key: app, Cost: cost}})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for range 9 {
		admit(600)
	}
	admit(500)
	for _, c := range []struct {
		cost int64
		want bool
	}{{600, false}, {101, false}, {100, true}, {1, false}} {
		if d := admit(c.cost); d.Admitted != c.want || d.Limits[0].Violated == c.want || !c.want && d.Limits[0].Wait <= 0 {
			t.Errorf("cost %d: %+v", c.cost, d)
		}
	}
	if n := f.calls(); n != 11 {
		t.Errorf("the service was asked %d times, want 11", n)
	}
	f.clock.advance(time.Minute)
	if !admit(600).Admitted {
		t.Error("refused in the next window")
	}
	var never *ratelimit.LimitError
	if _, err := e.Admit(t.Context(), []ratelimit.Charge{{Limit: limit(t, "messages-users"), Key: app, Cost: 6001}}); !errors.As(err, &never) {
		t.Error(err)
	}
}

// TestLimiterWaitsForTheWindow shares a counter with somebody who has used it up.
func TestLimiterWaitsForTheWindow(t *testing.T) {
	f, conn := startFake(t)
	charges := []ratelimit.Charge{{Limit: limit(t, "history"), Key: app, Cost: 6}}
	other := newStore(t, conn, rlsstore.Options{Clock: f.clock}).Enforcer()
	if d, err := other.Admit(t.Context(), charges); err != nil || !d.Admitted {
		t.Fatal(d, err)
	}
	l := newStore(t, conn, rlsstore.Options{Clock: f.clock}).Limiter()
	soon, cancel := context.WithDeadline(t.Context(), time.Now().Add(time.Hour))
	defer cancel()
	done := make(chan error, 1)
	go func() {
		permit, err := l.Acquire(soon, charges)
		if err == nil {
			permit.Done()
		}
		done <- err
	}()
	await(t, func() bool { return f.calls() == 2 })
	await(t, func() bool { // it waits behind a block
		for _, u := range l.(interface{ Usage() []ratelimit.Usage }).Usage() {
			if u.Waiting == 1 && u.Blocked > 0 && u.InFlight == 0 {
				return true
			}
		}
		return false
	})
	f.clock.advance(30 * time.Second)
	if n := f.calls(); n != 2 {
		t.Errorf("asked %d times before the window's end", n)
	}
	f.clock.advance(32 * time.Second)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if n := f.calls(); n != 3 {
		t.Errorf("asked %d times", n)
	}
	// In its own rolling window there is no room for another, whatever the service's says.
	f.clock.advance(time.Second)
	if _, err := l.(interface {
		TryAcquire([]ratelimit.Charge) (ratelimit.Permit, error)
	}).TryAcquire(charges); !errors.Is(err, ratelimit.ErrLimited) {
		t.Error(err)
	}
}

func await(t *testing.T, done func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain")
		}
	}
}

func TestFaults(t *testing.T) {
	charges := func(cost int64) []ratelimit.Charge {
		return []ratelimit.Charge{{Limit: limit(t, "history"), Key: app, Cost: cost}}
	}
	breaks := map[string]func(*fake){
		"error":              func(f *fake) { f.fail.Store(true) },
		"slow":               func(f *fake) { f.hang.Store(true) },
		"without the limits": func(f *fake) { f.quotas = nil },
	}
	for name, break_ := range breaks {
		t.Run(name, func(t *testing.T) {
			f, conn := startFake(t)
			break_(f)
			o := rlsstore.Options{Clock: f.clock, Timeout: 50 * time.Millisecond, Fallback: rlsstore.Closed}
			var told atomic.Int64
			o.OnError = func(error) { told.Add(1) }
			closed := newStore(t, conn, o)
			for range 10 {
				if _, err := closed.Enforcer().Admit(t.Context(), charges(1)); !errors.Is(err, rlsstore.ErrUnavailable) {
					t.Error(err)
				}
				if _, err := closed.Limiter().Acquire(t.Context(), charges(1)); !errors.Is(err, rlsstore.ErrUnavailable) {
					t.Error(err)
				}
			}
			if n := f.calls(); n > 3 || told.Load() != 3 { // a slow call may be given up before it is there
				t.Errorf("%d calls, %d told, want 3", n, told.Load())
			}
			o.Fallback = rlsstore.Local
			if _, err := newStore(t, conn, o).Enforcer().Admit(t.Context(), charges(1)); !errors.Is(err, rlsstore.ErrUnavailable) {
				t.Error(err)
			}
			o.Replicas = 2
			local := newStore(t, conn, o)
			server, client := 0, 0
			for range 12 {
				if d, err := local.Enforcer().Admit(t.Context(), charges(1)); err != nil {
					t.Error(err)
				} else if d.Admitted {
					server++
				}
				if _, err := local.Limiter().(interface {
					TryAcquire([]ratelimit.Charge) (ratelimit.Permit, error)
				}).TryAcquire(charges(1)); err == nil {
					client++
				}
			}
			if server != 5 || client != 5 {
				t.Errorf("%d and %d of 10 with two replicas", server, client)
			}
			o.Fallback = rlsstore.Open
			if d, err := newStore(t, conn, o).Enforcer().Admit(t.Context(), charges(1)); err != nil || !d.Admitted {
				t.Error(d, err)
			}
			f.fail.Store(false)
			f.hang.Store(false)
			f.mu.Lock()
			f.quotas = map[string]int64{"history": 10}
			f.mu.Unlock()
			await(t, func() bool { // it is asked again; on a busy machine, a call may be given up once more
				f.clock.advance(4 * time.Second)
				d, err := closed.Enforcer().Admit(t.Context(), charges(1))
				return err == nil && d.Admitted
			})
		})
	}
}
