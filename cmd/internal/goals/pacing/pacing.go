// Package pacing measures how much of a vendor's quota one process gets over real HTTP, and how
// often it is refused, beside the limiters that people use today.
package pacing

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"time"

	"github.com/limitgen/limitgen/cmd/internal/goals/goal"
	"github.com/limitgen/limitgen/cmd/internal/goals/server"
)

// Part measures goal 1.
var Part = goal.Part{Name: "one process", Run: run}

const (
	callers = 64
	enough  = 97 // percent of quota × elapsed / (window + round trip)
)

// A scene is the network and machine that clients run on.
type scene struct {
	name    string
	network server.Network
	length  time.Duration
	burners int // processes for each processor that do nothing but burn it; clients then run one after the other
}

var scenes = []scene{
	{"5 + U(0, 20) ms each way", server.Network{Jitter: 20 * time.Millisecond}, 60 * time.Second, 0},
	{"5 + U(0, 200) ms each way", server.Network{Jitter: 200 * time.Millisecond}, 15 * time.Second, 0},
	{"5 + U(0, 20) ms, overloaded", server.Network{Jitter: 20 * time.Millisecond}, 15 * time.Second, 3},
}

func run(ctx context.Context, out io.Writer) ([]goal.Figure, error) {
	var refused int64
	least := 1000.0
	fmt.Fprintf(out, "%-28s %-8s %-24s %8s %6s %8s\n", "network", "server", "client", "% used", "429s", "RTT, ms")
	for _, s := range scenes {
		results, err := s.play(ctx)
		if err != nil {
			return nil, err
		}
		for _, r := range results {
			fmt.Fprintf(out, "%-28s %-8s %-24s %8.1f %6d %8d\n", s.name, r.server, r.client, r.used, r.refused, r.roundTrip.Milliseconds())
			if r.client == clients[0].name {
				refused += r.refused
				least = min(least, r.used)
			}
		}
	}
	return []goal.Figure{goal.AtMost("429s", float64(refused), 0, ""), goal.AtLeast("used", least, enough, " %")}, nil
}

type result struct {
	server, client string
	used           float64
	roundTrip      time.Duration // what the network takes; on a machine that is overloaded, what was measured
	refused        int64
}

// play lets every client run against a server of its own of each kind, at the same time where the
// machine is not overloaded, so that they do not overload it.
func (s scene) play(ctx context.Context) ([]result, error) {
	stop, err := burn(s.burners * runtime.NumCPU())
	if err != nil {
		return nil, err
	}
	defer stop()
	results := make([]result, len(server.Kinds)*len(clients))
	errs := make([]error, len(results))
	var wait sync.WaitGroup
	for j, c := range clients {
		for i, k := range server.Kinds {
			at := i*len(clients) + j
			results[at] = result{server: k.Name, client: c.name}
			wait.Go(func() { errs[at] = s.measure(ctx, k, c, &results[at]) })
		}
		if s.burners > 0 {
			wait.Wait()
		}
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return results, ctx.Err()
}

// measure runs one client at full demand. The first burst costs no time, so it does not count: what
// passes does from half a window on.
func (s scene) measure(ctx context.Context, k server.Kind, c client, into *result) error {
	v := server.New(k, s.network, server.Quota)
	defer v.Close()
	watch := newStopwatch()
	call, err := c.make(v.URL, &http.Client{Transport: watch})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wait sync.WaitGroup
	for range callers {
		wait.Go(func() {
			for ctx.Err() == nil {
				_ = call(ctx) // what is refused is counted by the server
			}
		})
	}
	sleep(ctx, server.Window/2+s.network.RoundTrip())
	v.Begin()
	begin := time.Now()
	// A client at full demand sends in bursts, one in each window and round trip: whole ones are
	// counted.
	period := server.Window + s.network.RoundTrip()
	sleep(ctx, (s.length+period-1)/period*period)
	passed, elapsed := v.Counts().Passed, time.Since(begin)
	cancel()
	wait.Wait()
	into.refused = v.Counts().Refused
	into.roundTrip = s.network.RoundTrip()
	if s.burners > 0 {
		into.roundTrip = watch.mean()
	}
	into.used = server.Used(passed, server.Quota, elapsed, into.roundTrip)
	return nil
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// Burner is the argument with which this program does nothing but burn a processor.
const Burner = "burn"

// burn starts n processes of this program that burn. They end when stop is called, or with this
// process.
func burn(n int) (stop func(), err error) {
	var started []*exec.Cmd
	stop = func() {
		for _, c := range started {
			_ = c.Process.Kill()
			_ = c.Wait()
		}
	}
	self, err := os.Executable()
	if err != nil {
		return stop, err
	}
	for range n {
		c := exec.Command(self, Burner)
		if c.Stdin, err = os.Open(os.DevNull); err == nil {
			err = c.Start()
		}
		if err != nil {
			stop()
			return stop, err
		}
		started = append(started, c)
	}
	return stop, nil
}

// Burn burns a processor until its parent is gone.
func Burn() {
	parent := os.Getppid()
	for os.Getppid() == parent {
		for i := range 1 << 26 {
			_ = i
		}
	}
}
