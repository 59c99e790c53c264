package ratelimit

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"sync"
	"time"
)

// everyLook is how often a file is read that is watched. Notifications of the operating system miss
// what a network file system, a container's mount or a symbolic link does; reading misses nothing.
const everyLook = time.Second

// WatchOverrides reads a file as ReadOverrides does and gives what it says to apply: at once, and
// each time when its content has changed, until ctx ends. The first failure of all is returned, and
// nothing is watched then. Later, a file that is wrong, gone or refused by apply changes nothing,
// and told gets the error; told gets nil when a change has been applied. It may be nil. A nil clock
// is the system's.
//
// The file is read once a second. A failure is told when it has lasted for two readings: a file
// that is being written is not wrong. To be sure that no half of a file is in force, write another
// one and rename it.
func WatchOverrides(ctx context.Context, file string, limits []Limit, clock Clock, apply func(map[string]Amount) error, told func(error)) error {
	if clock == nil {
		clock = systemClock{}
	}
	if told == nil {
		told = func(error) {}
	}
	w := &watch{ctx: ctx, file: file, limits: limits, clock: clock, apply: apply, told: told}
	if _, err := w.look(); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.arm()
	context.AfterFunc(ctx, w.end)
	return nil
}

// watch is a file that is watched.
type watch struct {
	ctx    context.Context
	file   string
	limits []Limit
	clock  Clock
	apply  func(map[string]Amount) error
	told   func(error)

	seen    []byte // the content that was applied last
	failing string // the error of the last reading; "" when the file was fine
	failed  string // the error that was told last

	mu    sync.Mutex // of what follows
	stop  func() bool
	ended bool
}

// look applies the file if it has changed, and reports whether it did.
func (w *watch) look() (changed bool, err error) {
	data, err := os.ReadFile(w.file)
	if err != nil {
		return false, fmt.Errorf("overrides: %w", err)
	}
	if w.seen != nil && bytes.Equal(data, w.seen) {
		return false, nil
	}
	amounts, err := ReadOverrides(bytes.NewReader(data), w.limits)
	if err == nil {
		err = w.apply(amounts)
	}
	if err != nil {
		return false, fmt.Errorf("%s: %w", w.file, err)
	}
	w.seen = append(data, 0)[:len(data)] // not nil, though the file may be empty
	return true, nil
}

// arm sets the time of the next look.
func (w *watch) arm() {
	if !w.ended {
		w.stop = w.clock.AfterFunc(everyLook, w.again)
	}
}

// again reads the file, reports changes, and schedules the next look.
func (w *watch) again() {
	if w.ctx.Err() != nil {
		return
	}
	changed, err := w.look()
	was := w.failing
	w.failing = ""
	switch {
	case err != nil:
		w.failing = err.Error()
		if w.failing == was && was != w.failed {
			w.failed = was
			w.told(err)
		}
	case changed || w.failed != "":
		w.failed = ""
		w.told(nil)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.arm()
}

func (w *watch) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
	w.stop()
}
