package main

import (
	"fmt"
	"io"
	"os"
	"time"
)

// screen shows how runners get on: in place on a terminal, else a line for each every few seconds.
type screen struct {
	out     io.Writer
	inPlace bool
	shown   int // lines that the next ones replace
}

func newScreen(out io.Writer) *screen {
	s := &screen{out: out}
	if file, ok := out.(*os.File); ok {
		info, err := file.Stat()
		s.inPlace = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return s
}

// watch shows the runners until done is closed, and once more then.
func (s *screen) watch(runners []*runner, done <-chan struct{}) {
	every := 5 * time.Second
	if s.inPlace {
		every = 200 * time.Millisecond
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	fmt.Fprintf(s.out, "%-13s %12s %8s %14s %7s\n", "CLIENT", "DONE", "REFUSED", "USED OF QUOTA", "TIME")
	for {
		select {
		case <-done:
			s.show(runners)
			return
		case <-tick.C:
			s.show(runners)
		}
	}
}

func (s *screen) show(runners []*runner) {
	if s.inPlace && s.shown > 0 {
		fmt.Fprintf(s.out, "\x1b[%dA", s.shown)
	}
	for _, r := range runners {
		fmt.Fprintf(s.out, "%-13s %5d / %4d %8d %13.0f%% %6.1fs\n",
			r.name, r.done.Load(), r.total, r.refused.Load(), 100*r.used(), r.time().Seconds())
	}
	s.shown = len(runners)
}
