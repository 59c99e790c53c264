package server

import "time"

// A server lets through a quota in each Window of its kind: Quota, as the table has it, unless
// something else is said.
const (
	Quota  = 100
	Window = time.Second
)

// A Kind is how a server counts.
type Kind struct {
	Name string
	// rule makes one that has seen nothing. It says whether a request that arrives now passes; it
	// is called under a lock.
	rule func(quota int) func(now time.Time) bool
}

// The kinds that vendors use.
var (
	Fixed   = Kind{"fixed", fixed}
	Sliding = Kind{"sliding", sliding}
	Bucket  = Kind{"bucket", bucket}
	Kinds   = []Kind{Fixed, Sliding, Bucket}
)

func fixed(quota int) func(time.Time) bool {
	var start time.Time
	count := 0
	return func(now time.Time) bool {
		if s := now.Truncate(Window); s != start {
			start, count = s, 0
		}
		count++
		return count <= quota
	}
}

// sliding remembers every arrival that it let through.
func sliding(quota int) func(time.Time) bool {
	var passed []time.Time
	return func(now time.Time) bool {
		for len(passed) > 0 && now.Sub(passed[0]) >= Window {
			passed = passed[1:]
		}
		if len(passed) == quota {
			return false
		}
		passed = append(passed, now)
		return true
	}
}

// bucket holds quota tokens and is refilled at quota per Window.
func bucket(quota int) func(time.Time) bool {
	full := float64(quota)
	level, last := full, time.Time{}
	return func(now time.Time) bool {
		if !last.IsZero() {
			level = min(full, level+full*now.Sub(last).Seconds()/Window.Seconds())
		}
		last = now
		if level < 1 {
			return false
		}
		level--
		return true
	}
}
