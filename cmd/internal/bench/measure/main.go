//go:build bench

// Command measure is what bench runs when everything is generated.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/pprof"
	"strings"
	"syscall"
	"time"
)

func main() {
	only := flag.String("only", "", "")
	rounds := flag.Int("rounds", 40, "")
	profile := flag.String("profile", "", "")
	flag.Parse()
	if err := run(os.Stdout, *only, *rounds, *profile, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// figure is what an operation costs.
type figure struct{ nanoseconds, allocations, bytes float64 }

func run(out io.Writer, only string, rounds int, profile, peer string) error {
	table := make(map[string]map[string]figure)
	for _, c := range cases {
		if !strings.Contains(c.name, only) {
			continue
		}
		ops, err := prepare(c)
		if err != nil {
			return err
		}
		if profile != "" {
			return write(ops[peer], profile)
		}
		figures, err := measure(ops, rounds)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		table[c.name] = figures
		show(out, c.name, figures)
	}
	return judge(out, table)
}

type operation func(i int, keep bool) ([]byte, error)

// prepare makes a case's operations and has their results compared.
func prepare(c testCase) (map[string]operation, error) {
	ops := make(map[string]operation)
	var first []byte
	for i, p := range peers {
		op, err := c.make(p)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", c.name, p.name, err)
		}
		var all []byte
		for i := range 110 {
			result, err := op(i, true)
			if err != nil {
				return nil, fmt.Errorf("%s: %s: %w", c.name, p.name, err)
			}
			all = append(append(all, result...), '\n')
		}
		if i == 0 {
			first = all
		} else if !bytes.Equal(first, all) {
			return nil, fmt.Errorf("%s: answers differ:\n%s: %.400s\n%s: %.400s", c.name, peers[0].name, first, p.name, all)
		}
		ops[p.name] = op
	}
	return ops, nil
}

// measure takes the least of many short runs, in which all have their turn, so that what else the
// machine does meets all of them alike.
func measure(ops map[string]operation, rounds int) (map[string]figure, error) {
	const share = 12 * time.Millisecond
	figures := make(map[string]figure)
	n := 64
	for ; ; n *= 2 { // how many of the first take a share
		cost, err := once(ops[peers[0].name], n)
		if err != nil {
			return nil, err
		}
		if cost.nanoseconds*float64(n) > float64(share) {
			break
		}
	}
	for round := range rounds {
		for i := range peers {
			name := peers[(i+round)%len(peers)].name
			got, err := once(ops[name], n)
			if err != nil {
				return nil, err
			}
			if best, ok := figures[name]; ok {
				got = figure{min(got.nanoseconds, best.nanoseconds), min(got.allocations, best.allocations), min(got.bytes, best.bytes)}
			}
			figures[name] = got
		}
	}
	return figures, nil
}

// once runs an operation n times. What the collector does meanwhile is part of the cost.
func once(op operation, n int) (figure, error) {
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begin := used()
	for i := range n {
		if _, err := op(i, false); err != nil {
			return figure{}, err
		}
	}
	end := used()
	runtime.ReadMemStats(&after)
	per := func(total float64) float64 { return total / float64(n) }
	return figure{per(float64(end - begin)), per(float64(after.Mallocs - before.Mallocs)), per(float64(after.TotalAlloc - before.TotalAlloc))}, nil
}

// used returns the processor time of this process.
func used() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// write profiles one operation for three seconds.
func write(op operation, to string) error {
	f, err := os.Create(to)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	for begin := time.Now(); time.Since(begin) < 3*time.Second; {
		for i := range 110 {
			if _, err := op(i, false); err != nil {
				return err
			}
		}
	}
	pprof.StopCPUProfile()
	heap, err := os.Create(to + ".heap")
	if err != nil {
		return err
	}
	defer heap.Close()
	return pprof.Lookup("allocs").WriteTo(heap, 0)
}
