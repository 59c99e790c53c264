package redisstore_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/limitgen/limitgen/gen/ratelimit"
	"github.com/limitgen/limitgen/gen/redisstore"
)

const (
	fleetSize = 8
	coldKeys  = 1000
	memberEnv = "LIMITGEN_TEST_MEMBER"
)

var (
	hot  = ratelimit.Limit{API: "easemob", Common: 2, Name: "hot", Quota: 100, Window: 3 * time.Second, Unit: "requests"}
	cold = ratelimit.Limit{API: "easemob", Common: 2, Name: "cold", Quota: 5, Window: 3 * time.Second, Unit: "requests"}
)

// orders is what a process of the fleet is told.
type orders struct {
	Vendor  string
	Redis   []string
	Prefix  string // of a limiter of its own, for the control
	Started time.Time
}

// TestMain is also the body of the fleet's processes: the test's binary run again.
func TestMain(m *testing.M) {
	if text := os.Getenv(memberEnv); text != "" {
		redis.SetLogger(quiet{})
		var o orders
		if err := json.Unmarshal([]byte(text), &o); err != nil {
			panic(err)
		}
		o.join()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// quiet keeps what go-redis says of a dead Redis out of the test's output.
type quiet struct{}

func (quiet) Printf(context.Context, string, ...any) {}

// join is one process: it calls for the hot App Key as fast as it is let, and for cold ones, until
// it is killed.
func (o orders) join() {
	var db redis.UniversalClient = redis.NewClient(&redis.Options{Addr: o.Redis[0], MaxRetries: -1})
	if len(o.Redis) > 1 {
		db = redis.NewClusterClient(&redis.ClusterOptions{Addrs: o.Redis})
	}
	store, err := redisstore.New(redisstore.GoRedis(db), redisstore.Options{
		Prefix: o.Prefix, Lease: 4 * time.Second, Outage: 5 * time.Second,
	})
	if err != nil {
		panic(err)
	}
	web := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}
	ctx, cancel := context.WithDeadline(context.Background(), o.Started.Add(5*time.Minute))
	defer cancel()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for ctx.Err() == nil {
				o.call(ctx, store.Limiter(), web, &hot, 0)
			}
		})
	}
	for range 2 {
		wg.Go(func() {
			for ctx.Err() == nil {
				brief, stop := context.WithTimeout(ctx, 300*time.Millisecond)
				o.call(brief, store.Limiter(), web, &cold, o.chill())
				stop()
				time.Sleep(20 * time.Millisecond)
			}
		})
	}
	wg.Wait()
}

// chill picks a cold key. All processes walk through them together, and come back to those of the
// last seconds: so a few are always wanted by several processes at once, also across what happens
// to Redis.
func (o orders) chill() int {
	at := int(time.Since(o.Started) * coldKeys / (14 * time.Second))
	return 1 + (at-rand.N(2)*rand.N(200)+coldKeys)%coldKeys
}

func (o orders) call(ctx context.Context, l ratelimit.Limiter, web *http.Client, limit *ratelimit.Limit, key int) {
	permit, err := l.Acquire(ctx, []ratelimit.Charge{{Limit: limit, Key: appKey(key), Cost: 1}})
	if err != nil {
		return
	}
	response, err := web.Get(o.Vendor + "/" + strconv.Itoa(key)) // not cancelled: what is sent is awaited
	if err != nil {
		permit.Lost()
		return
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	permit.Done()
}

// arrivals is the vendor's log.
type arrivals struct {
	*httptest.Server
	mu  sync.Mutex
	log map[int][]time.Time // by key
}

func newArrivals(t testing.TB) *arrivals {
	a := &arrivals{log: make(map[int][]time.Time)}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
		if err != nil {
			http.Error(w, "no key", http.StatusBadRequest)
			return
		}
		a.mu.Lock()
		a.log[key] = append(a.log[key], time.Now())
		a.mu.Unlock()
	}))
	t.Cleanup(a.Close)
	return a
}

// above describes the windows that saw more than the quota, one for each key.
func (a *arrivals) above() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []string
	for key := range coldKeys + 1 {
		limit := &cold
		if key == 0 {
			limit = &hot
		}
		log, quota := a.log[key], int(limit.Quota)
		for i := quota; i < len(log); i++ {
			if d := log[i].Sub(log[i-quota]); d < limit.Window {
				out = append(out, fmt.Sprintf("key %d: %d in %v, the last at %v", key, quota+1, d, log[i].Format("05.000")))
				break
			}
		}
	}
	return out
}

// since counts what arrived for the hot key and for all cold ones.
func (a *arrivals) since(from time.Time) (hot, cold int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for key, log := range a.log {
		for _, at := range log {
			switch {
			case at.Before(from):
			case key == 0:
				hot++
			default:
				cold++
			}
		}
	}
	return hot, cold
}

// muster starts the processes of a fleet.
func muster(t *testing.T, size int, o orders, prefix func(i int) string) []*exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var members []*exec.Cmd
	for i := range size {
		o.Prefix = prefix(i)
		text, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		m := exec.Command(self)
		m.Env = append(os.Environ(), memberEnv+"="+string(text))
		m.Stderr = os.Stderr
		if err := m.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = m.Process.Kill()
			_ = m.Wait()
		})
		members = append(members, m)
	}
	return members
}

func shared(int) string { return "" }

// TestFleetOfProcesses kills a process, then Redis, under a fleet that calls for one hot App Key
// and a thousand cold ones. The vendor's log says whether any window of any key saw more than its
// quota.
func TestFleetOfProcesses(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	t.Run("single", func(t *testing.T) {
		n := startRedis(t)
		disturb(t, []string{n.addr}, n)
	})
	t.Run("cluster", func(t *testing.T) {
		nodes := startCluster(t)
		var addrs []string
		for _, n := range nodes {
			addrs = append(addrs, n.addr)
		}
		disturb(t, addrs, master(t, nodes))
	})
}

// master finds the node with the hot key's slot.
func master(t *testing.T, nodes []*node) *node {
	t.Helper()
	db := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{nodes[0].addr}})
	defer db.Close()
	one, err := db.MasterForKey(t.Context(), "{"+appKey(0)+"}")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(one.Options().Addr)
	for _, n := range nodes {
		if strings.HasSuffix(n.addr, ":"+port) {
			return n
		}
	}
	t.Fatal("no node has the hot key's slot")
	return nil
}

func disturb(t *testing.T, addrs []string, victim *node) {
	v := newArrivals(t)
	o := orders{Vendor: v.URL, Redis: addrs, Started: time.Now()}
	members := muster(t, fleetSize, o, shared)
	working := func(from time.Time) func() bool {
		return func() bool {
			hots, colds := v.since(from)
			return hots > 2*int(hot.Quota) && colds > 2*int(cold.Quota)
		}
	}
	await(t, "the fleet works", working(o.Started))
	_ = members[0].Process.Kill()
	time.Sleep(time.Second)
	victim.kill()
	time.Sleep(500 * time.Millisecond)
	victim.start(t)
	back := time.Now()
	await(t, "the fleet has recovered", working(back))
	time.Sleep(5 * time.Second) // for what would be above a quota
	for _, line := range v.above() {
		t.Error(line)
	}
}

// TestFleetLogBites has processes that do not share: the log that is held against the fleet shows
// it.
func TestFleetLogBites(t *testing.T) {
	n := startRedis(t)
	v := newArrivals(t)
	o := orders{Vendor: v.URL, Redis: []string{n.addr}, Started: time.Now()}
	muster(t, 3, o, func(i int) string { return fmt.Sprint("alone", i) })
	await(t, "processes that spend a quota each are seen", func() bool { return len(v.above()) > 0 })
}
