//go:build bench

package main

import (
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strconv"
)

// show prints what each peer needs for a case.
func show(out io.Writer, name string, figures map[string]figure) {
	base := figures["ogen-nootel"]
	fmt.Fprintf(out, "\n%-18s %9s %8s %9s  x ogen-nootel\n", name, "ns", "allocs", "bytes")
	for _, p := range peers {
		f := figures[p.name]
		fmt.Fprintf(out, "  %-16s %9.0f %8.1f %9.0f  %.2f\n", p.name, f.nanoseconds, f.allocations, f.bytes, f.nanoseconds/base.nanoseconds)
	}
}

// bound is a goal: what lg may need at most of what a peer does.
type bound struct {
	name, lg, peer string
	most           float64
	allocations    bool // at most the peer's
}

var bounds = []bound{
	{"server-get", "lg0", "ogen-nootel", 1, true},
	{"server-get", "lg3", "ogen-nootel", 1.15, false},
	{"server-get", "lg0", "oapi-strict", 0.8, false},
	{"server-get", "lg3", "oapi-strict", 0.8, false},
	{"server-post", "lg0", "ogen-nootel", 1, true},
	{"server-post", "lg3", "ogen-nootel", 1.15, false},
	{"server-post", "lg0", "oapi-strict", 0.8, false},
	{"server-post", "lg3", "oapi-strict", 0.8, false},
	{"server-post-20kB", "lg0", "ogen-nootel", 1.1, false},
	{"routes-110", "lg0", "ogen-nootel", 1.2, false},
	{"client-get", "lg0", "ogen-nootel", 1, true},
	{"client-get", "lg3", "ogen-nootel", 1.15, false},
	{"client-get", "lg0", "oapi-strict", 0.8, false},
	{"client-get", "lg3", "oapi-strict", 0.8, false},
}

// judge prints a line for each goal.
func judge(out io.Writer, table map[string]map[string]figure) error {
	fmt.Fprintln(out)
	for _, b := range bounds {
		figures, ok := table[b.name]
		if !ok {
			continue
		}
		lg, peer := figures[b.lg], figures[b.peer]
		line(out, fmt.Sprintf("%s: %s / %s", b.name, b.lg, b.peer), lg.nanoseconds/peer.nanoseconds, b.most, "x")
		if b.allocations {
			line(out, fmt.Sprintf("%s: allocations of %s", b.name, b.lg), lg.allocations, peer.allocations, "")
		}
	}
	if figures, ok := table["server-get"]; ok {
		line(out, "server-get: what three limits add", figures["lg3"].nanoseconds-figures["lg0"].nanoseconds, 200, "ns")
		line(out, "server-get: allocations that three limits add", figures["lg3"].allocations-figures["lg0"].allocations, 2, "")
	}
	if _, ok := table["routes-110"]; ok {
		return lookup(out)
	}
	return nil
}

func line(out io.Writer, name string, measured, most float64, unit string) {
	word := "ok"
	if measured >= most+0.005 { // what is printed
		word = "short"
	}
	fmt.Fprintf(out, "%-50s %8.2f %-2s (<= %.2f) %s\n", name, measured, unit, most, word)
}

var result = regexp.MustCompile(`BenchmarkLookup.*\s([\d.]+) cpu-ns/op.*\s(\d+) allocs/op`)

// lookup measures the router alone, which is not exported.
func lookup(out io.Writer) error {
	text, err := exec.Command("go", "test", "-C", "../../..", "-run", "^$", "-bench", "^BenchmarkLookup$", "-benchmem", "-count", "5",
		"-benchtime", "100ms", "./templates/rest").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w\n%s", err, text)
	}
	runs := result.FindAllStringSubmatch(string(text), -1)
	if len(runs) == 0 {
		return fmt.Errorf("no benchmark in %s", text)
	}
	least := figure{1e9, 1e9, 0}
	for _, m := range runs {
		nanoseconds, _ := strconv.ParseFloat(m[1], 64)
		allocations, _ := strconv.ParseFloat(m[2], 64)
		least = figure{min(least.nanoseconds, nanoseconds), min(least.allocations, allocations), 0}
	}
	line(out, "lookup of one of 110 routes", least.nanoseconds, 40, "ns")
	line(out, "lookup: allocations", least.allocations, 0, "")
	return nil
}
