package fleet

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/limitgen/limitgen/cmd/internal/goals/overredis"
	"github.com/limitgen/limitgen/cmd/internal/goals/server"
)

type result struct {
	used    float64
	refused int64
	p99     []time.Duration
	calls   float64 // to Redis, a request
}

// warm is what does not count: in the first seconds a Redis that has just started is not believed
// to be new, as it may have lost what processes hold, and the first burst costs no time.
const warm = 3 * server.Window

// play runs one contender's members against a vendor and a Redis of their own.
func (s scene) play(ctx context.Context, contender int, length time.Duration) (*result, error) {
	addr, stop, err := overredis.Start(ctx)
	if err != nil {
		return nil, err
	}
	defer stop()
	v := server.New(s.kind, network, s.quota)
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
	total := length + warm
	for i, demand := range s.demands {
		m := exec.CommandContext(ctx, self, Member, strconv.Itoa(contender), v.URL, addr, fmt.Sprint(demand), total.String(), strconv.Itoa(i), strconv.Itoa(s.quota))
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
	time.Sleep(warm)
	v.Begin()
	time.Sleep(length)
	r := &result{used: server.Used(v.Counts().Passed, s.quota, length, network.RoundTrip())}
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
		r.p99 = append(r.p99, p99)
	}
	calls, err := scripts(ctx, addr)
	if err != nil {
		return nil, err
	}
	seen := v.Counts()
	r.refused, r.calls = seen.Refused, float64(calls)/float64(seen.Total)
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
