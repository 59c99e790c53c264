// Command goals measures what the limiters promise, side by side with the limiters that people use
// today, and ends with one line for each goal.
//
//	go run -C cmd/internal/goals . [--goal 3]
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/limitgen/limitgen/cmd/internal/goals/fleet"
	"github.com/limitgen/limitgen/cmd/internal/goals/goal"
	"github.com/limitgen/limitgen/cmd/internal/goals/pacing"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	if len(args) == 1 && args[0] == pacing.Burner {
		pacing.Burn()
		return 0
	}
	if len(args) > 0 && args[0] == fleet.Member {
		if err := fleet.Join(args[1:], stdout); err != nil {
			fmt.Fprintln(stderr, err)
			return 1
		}
		return 0
	}
	flags := flag.NewFlagSet("goals", flag.ContinueOnError)
	flags.SetOutput(stderr)
	only := flags.Int("goal", 0, "the goal to measure; 0 for all")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var lines []string
	short := false
	for _, g := range goals {
		if *only != 0 && g.Number != *only {
			continue
		}
		line, ok := measure(ctx, g, stdout)
		lines = append(lines, line)
		short = short || !ok
	}
	for _, line := range lines {
		fmt.Fprintln(stdout, line)
	}
	if short {
		return 1
	}
	return 0
}

// measure runs the parts of a goal one after the other, so that none disturbs another.
func measure(ctx context.Context, g goal.Goal, stdout io.Writer) (line string, ok bool) {
	begin := time.Now()
	fmt.Fprintf(stdout, "== goal %d: %s\n", g.Number, g.Title)
	var figures []goal.Figure
	for _, part := range g.Parts {
		got, err := part.Run(ctx, stdout)
		if err != nil {
			got = append(got, goal.Figure{Measured: fmt.Sprintf("%s: %v", part.Name, err), Bound: "-"})
		}
		figures = append(figures, got...)
	}
	fmt.Fprintf(stdout, "   %v\n\n", time.Since(begin).Round(time.Second))
	ok = len(figures) > 0
	for _, f := range figures {
		ok = ok && f.OK
	}
	return goal.Line(g, figures), ok
}
