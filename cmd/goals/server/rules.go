package server

import "time"

// Quota is what a server lets through in each Window of its kind.
const (
	Quota  = 100
	Window = time.Second
)

// A Kind is how a server counts.
type Kind struct {
	Name string
	// rule makes one that has seen nothing. It says whether a request that arrives now passes; it is called under a lock.
	rule func() func(now time.Time) bool
}

// The kinds that vendors use.
var (
	Fixed   = Kind{"fixed", fixed}
	Sliding = Kind{"sliding", sliding}
	Bucket  = Kind{"bucket", bucket}
	Kinds   = []Kind{Fixed, Sliding, Bucket}
)

func fixed() func(time.Time) bool {
	var start time.Time
	count := 0
	return func(now time.Time) bool {
		if s := now.Truncate(Window); s != start {
			start, count = s, 0
		}
		count++
		return count <= Quota
	}
}

// sliding remembers every arrival that it let through.
func sliding() func(time.Time) bool {
	var passed []time.Time
	return func(now time.Time) bool {
		for len(passed) > 0 && now.Sub(passed[0]) >= Window {
			passed = passed[1:]
		}
		if len(passed) == Quota {
			return false
		}
		passed = append(passed, now)
		return true
	}
}

// bucket holds Quota tokens and is refilled at Quota per Window.
func bucket() func(time.Time) bool {
	level, last := float64(Quota), time.Time{}
	return func(now time.Time) bool {
		if !last.IsZero() {
			level = min(Quota, level+Quota*now.Sub(last).Seconds()/Window.Seconds())
		}
		last = now
		if level < 1 {
			return false
		}
		level--
		return true
	}
}
