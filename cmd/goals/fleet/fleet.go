// Package fleet measures four processes that share one quota over Redis.
package fleet

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/limitgen/limitgen/cmd/goals/goal"
	"github.com/limitgen/limitgen/cmd/goals/overredis"
)

// Part measures goal 2.
var Part = goal.Part{Name: "four processes", Run: run}

const (
	quota  = 100
	window = time.Second
	length = 60 * time.Second
	brief  = 20 * time.Second // for peers
)

// demands are the calls a second of each process; 0 is as many as it can.
var demands = []float64{0, 0, 10, 2}

// contenders by name: how members wait for their turn.
var contenders = []struct {
	name   string
	length time.Duration
}{
	{"this", length},
	{"static split, x/time/rate (25, 1)", brief},
	{"redis_rate (100, 100), polled", brief},
	{"redis_rate (96, 1), polled", brief},
}

func run(ctx context.Context, out io.Writer) ([]goal.Figure, error) {
	fmt.Fprintf(out, "demands: full, full, 10/s, 2/s; 5 + U(0, 20) ms each way; sliding window of %d a second\n", quota)
	fmt.Fprintf(out, "%-36s %8s %6s %12s %12s %14s\n", "", "% used", "429s", "p99 of 10/s", "p99 of 2/s", "Redis calls/r")
	var figures []goal.Figure
	for i, c := range contenders {
		r, err := play(ctx, i, c.length)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(out, "%-36s %8.1f %6d %12v %12v %14.3f\n", c.name, r.used, r.refused, r.p99[2], r.p99[3], r.calls)
		if i == 0 {
			figures = []goal.Figure{
				goal.AtMost("429s", float64(r.refused), 0, ""),
				goal.AtLeast("used", r.used, 97, " %"),
				goal.AtMost("p99 wait of 2/s", float64(r.p99[3].Microseconds())/1000, 150, " ms"),
				goal.AtMost("Redis calls a request", r.calls, 0.3, ""),
			}
		}
	}
	return figures, nil
}

type result struct {
	used    float64
	refused int64
	p99     []time.Duration
	calls   float64
}

// play runs one contender's members against a vendor and a Redis of their own. The first second, in which the first burst
// costs no time, does not count.
func play(ctx context.Context, contender int, length time.Duration) (*result, error) {
	addr, stop, err := overredis.Start(ctx)
	if err != nil {
		return nil, err
	}
	defer stop()
	v := newVendor()
	defer v.Close()
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	var members []*exec.Cmd
	var lines []*bufio.Reader
	defer func() {
		for _, m := range members {
			_ = m.Process.Kill()
			_ = m.Wait()
		}
	}()
	total := length + window
	for i, rate := range demands {
		m := exec.CommandContext(ctx, self, Member, strconv.Itoa(contender), v.URL, addr, fmt.Sprint(rate), total.String(), strconv.Itoa(i))
		m.Stderr = os.Stderr
		pipe, err := m.StdoutPipe()
		if err != nil {
			return nil, err
		}
		if err := m.Start(); err != nil {
			return nil, err
		}
		members, lines = append(members, m), append(lines, bufio.NewReader(pipe))
	}
	time.Sleep(window)
	v.begin()
	time.Sleep(length)
	passed := v.end()
	r := &result{refused: v.refused.Load()}
	r.used = 100 * float64(passed) / (quota * length.Seconds() / (window + roundTrip).Seconds())
	for _, line := range lines {
		text, err := line.ReadString('\n')
		if err != nil {
			return nil, err
		}
		var waits []time.Duration
		if err := json.Unmarshal([]byte(text), &waits); err != nil {
			return nil, err
		}
		slices.Sort(waits)
		p99 := time.Duration(0)
		if len(waits) > 0 {
			p99 = waits[min(len(waits)-1, len(waits)*99/100)]
		}
		r.p99 = append(r.p99, p99.Round(100*time.Microsecond))
	}
	calls, err := scripts(ctx, addr)
	if err != nil {
		return nil, err
	}
	r.calls = float64(calls) / float64(v.total.Load())
	return r, nil
}

// scripts asks Redis how many scripts it was called for.
func scripts(ctx context.Context, addr string) (int64, error) {
	db := redis.NewClient(&redis.Options{Addr: addr})
	defer func() { _ = db.Close() }()
	info, err := db.Info(ctx, "commandstats").Result()
	if err != nil {
		return 0, err
	}
	var sum int64
	for line := range strings.Lines(info) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), ":calls=")
		if name != "cmdstat_evalsha" && name != "cmdstat_eval" {
			continue
		}
		text, _, _ := strings.Cut(rest, ",")
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}
