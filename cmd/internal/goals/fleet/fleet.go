// Package fleet measures four processes that share one quota over Redis.
package fleet

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/limitgen/limitgen/cmd/internal/goals/goal"
	"github.com/limitgen/limitgen/cmd/internal/goals/server"
)

// Part measures goal 2.
var Part = goal.Part{Name: "four processes", Run: run}

const (
	length = 60 * time.Second // of what is judged
	brief  = 15 * time.Second // of the rest
	few    = 0.2              // calls to Redis for a request
)

var network = server.Network{Jitter: 20 * time.Millisecond}

// What processes want, in calls a second; 0 is as many as they can have.
var (
	mixed = []float64{0, 0, 10, 2}
	full  = []float64{0, 0, 0, 0}
)

// contenders by name: how members wait for their turn. The first is ours.
var contenders = []string{"this", "static split, x/time/rate (25, 1)", "redis_rate (100, 100), polled", "redis_rate (96, 1), polled"}

// A scene is a server and what four processes want of it.
type scene struct {
	kind    server.Kind
	quota   int
	demands []float64
	length  time.Duration // for ours
	peers   []int
	judge   func(out io.Writer, own *result) []goal.Figure // of more than 429s
}

var scenes = []scene{
	{server.Sliding, server.Quota, mixed, length, []int{1, 2, 3}, func(_ io.Writer, own *result) []goal.Figure {
		return []goal.Figure{
			goal.AtLeast("used", own.used, 97, " %"),
			goal.AtMost("p99 wait of 2/s", float64(own.p99[3].Microseconds())/1000, 150, " ms"),
			goal.AtMost("Redis calls a request", own.calls, 0.3, ""),
		}
	}},
	{server.Fixed, server.Quota, mixed, brief, []int{2, 3}, nil},
	{server.Bucket, server.Quota, mixed, brief, []int{2, 3}, nil},
	{server.Sliding, server.Quota, full, brief, []int{3}, wanted},
	{server.Sliding, 10 * server.Quota, full, brief, nil, wanted},
}

// wanted says how near calls to Redis come to what is wished for when all processes are at full
// demand. The goal's own bound is that of mixed demands.
func wanted(out io.Writer, own *result) []goal.Figure {
	word := "ok"
	if own.calls >= few {
		word = "short"
	}
	fmt.Fprintf(out, "all at full demand: %.3f Redis calls a request, fewer than %v are wanted: %s\n", own.calls, few, word)
	return nil
}

func run(ctx context.Context, out io.Writer) ([]goal.Figure, error) {
	fmt.Fprintln(out, "5 + U(0, 20) ms each way; calls/r are to Redis, a request")
	var figures []goal.Figure
	var refused int64
	for _, s := range scenes {
		own, err := s.show(ctx, out)
		if err != nil {
			return nil, err
		}
		refused += own.refused
		if s.judge != nil {
			figures = append(figures, s.judge(out, own)...)
		}
	}
	return append([]goal.Figure{goal.AtMost("429s", float64(refused), 0, "")}, figures...), nil
}

// show prints what the contenders get in a scene, one after the other, and returns what ours does.
func (s scene) show(ctx context.Context, out io.Writer) (own *result, err error) {
	fmt.Fprintf(out, "%-36s %7s %5s %9s", fmt.Sprintf("%s server, %d a second", s.kind.Name, s.quota), "% used", "429s", "calls/r")
	for _, d := range s.demands {
		name := "full"
		if d > 0 {
			name = fmt.Sprintf("%v/s", d)
		}
		fmt.Fprintf(out, " %11s", "p99 of "+name)
	}
	fmt.Fprintln(out)
	for _, c := range append([]int{0}, s.peers...) {
		length := brief
		if c == 0 {
			length = s.length
		}
		r, err := s.play(ctx, c, length)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(out, "%-36s %7.1f %5d %9.3f", contenders[c], r.used, r.refused, r.calls)
		for _, wait := range r.p99 {
			fmt.Fprintf(out, " %11v", wait.Round(time.Millisecond/10))
		}
		fmt.Fprintln(out)
		if c == 0 {
			own = r
		}
	}
	return own, nil
}
