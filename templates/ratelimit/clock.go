package ratelimit

import "time"

// systemClock is the machine's clock. Its readings carry the monotonic time, so setting the wall
// clock does not move any window.
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

// timeline reads a clock so that time never goes backwards. A reading must be taken under the lock
// that guards the counters: one taken before may be older than a cost that was already counted.
type timeline struct {
	clock  Clock
	start  time.Time
	system bool // the clock is the system's
}

func newTimeline(clock Clock) timeline {
	if clock == nil {
		clock = systemClock{}
	}
	_, system := clock.(systemClock)
	return timeline{clock: clock, start: clock.Now(), system: system}
}

// read returns the present moment, or that of latest if the clock has been set back. Nothing leaves
// a window meanwhile, so a clock that is set back causes delays but never admits too much.
func (t *timeline) read(latest *time.Duration) moment {
	now := t.clock.Now()
	*latest = max(*latest, now.Sub(t.start))
	return moment{at: *latest, wall: now.UnixNano()}
}

// present is read for a caller that may not need the wall clock: without it, the system's clock is
// read faster.
func (t *timeline) present(latest *time.Duration, wall bool) moment {
	if !t.system || wall {
		return t.read(latest)
	}
	*latest = max(*latest, time.Since(t.start))
	return moment{at: *latest}
}

// alignedStart returns the start of the window, aligned to UTC, that contains wall.
func alignedStart(wall int64, window time.Duration) int64 {
	since := wall % int64(window)
	if since < 0 {
		since += int64(window)
	}
	return wall - since
}
