// Command bench measures the code that limitgen generates beside that of ogen, of oapi-codegen and
// beside net/http by hand: what a request costs in processor time and in allocations, without
// limits and with one and three of them.
//
//	go run -C cmd/internal/bench . [--only server-get] [--rounds 40] [--keep]
//
// It generates all of them from one spec into out/, compares how long go build takes for them
// (--only build), has them answer the same requests with the same bytes, measures them in turns
// within one process, and ends with one line for each goal. Versions of the peers are those of
// go.mod.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	only := flags.String("only", "", "measure the cases with this in their names")
	rounds := flags.Int("rounds", 40, "how often each is measured; the least counts")
	keep := flags.Bool("keep", false, "keep what the peers generated before")
	profile := flags.String("profile", "", "write a profile of the named peer to this file, and measure nothing else")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	c := commands{stdout, stderr}
	if err := c.generate(*keep); err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return 1
	}
	if wanted := *only == "" || *only == "build"; wanted && *profile == "" {
		if err := c.build(); err != nil {
			fmt.Fprintln(stderr, "bench:", err)
			return 1
		}
	}
	if *only == "build" {
		return 0
	}
	measure := []string{"run", "-tags", "bench", "./measure", "--only", *only, "--rounds", fmt.Sprint(*rounds), "--profile", *profile}
	if err := c.run("go", append(measure, flags.Args()...)...); err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return 1
	}
	return 0
}

// commands runs other programs, which print to where this one does.
type commands struct{ stdout, stderr io.Writer }

func (c commands) run(name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = c.stdout, c.stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %v: %w", name, args, err)
	}
	return nil
}
