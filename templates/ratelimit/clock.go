package ratelimit

import "time"

// systemClock is the machine's clock. Its readings carry the monotonic time, so setting the wall
// clock moves no window.
type systemClock struct{}

// SystemClock is the machine's clock.
func SystemClock() Clock { return systemClock{} }

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) AfterFunc(d time.Duration, f func()) func() bool {
	return time.AfterFunc(d, f).Stop
}

// moment is one reading of a clock.
type moment struct {
	at   time.Duration // since the limiter was made; never smaller than an earlier reading
	wall int64         // nanoseconds of UTC since 1970, for windows aligned to UTC only
}

// timeline makes readings of a clock never go backwards. A reading must be taken while the lock is
// held that guards the counters: a time taken before it may be older than one that was already
// counted.
type timeline struct {
	clock Clock
	start time.Time
}

func newTimeline(clock Clock) timeline {
	if clock == nil {
		clock = systemClock{}
	}
	return timeline{clock: clock, start: clock.Now()}
}

// read returns the present moment, or the moment of high when the clock has been set back behind
// it. Nothing leaves a window meanwhile, so a clock that was set back delays and never admits too
// much.
func (t *timeline) read(high *time.Duration) moment {
	now := t.clock.Now()
	*high = max(*high, now.Sub(t.start))
	return moment{at: *high, wall: now.UnixNano()}
}

// present is read for a caller that may do without the wall clock: with the system's clock that is
// quicker.
func (t *timeline) present(high *time.Duration, wall bool) moment {
	if _, ok := t.clock.(systemClock); !ok || wall {
		return t.read(high)
	}
	*high = max(*high, time.Since(t.start))
	return moment{at: *high}
}

// alignedStart returns the start of the window, aligned to UTC, that wall lies in.
func alignedStart(wall int64, window time.Duration) int64 {
	since := wall % int64(window)
	if since < 0 {
		since += int64(window)
	}
	return wall - since
}
