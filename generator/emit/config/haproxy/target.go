// Package haproxy writes limits for HAProxy 2.6 and later, with Lua 5.3.
//
// Every request uses only HAProxy's own features: its path is looked up in a map, once for each
// arrangement of literals and parameters in the API's templates, and limits are counted in stick
// tables. Lua would cost every request a coroutine (a fifth of the throughput), so it is used only
// for what the configuration language cannot do: unusual spellings of paths, keys and costs in
// queries and bodies, counters that take more than one at a time, buckets, and the text of
// refusals.
package haproxy

import (
	"path/filepath"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/model"
)

// Target returns the target haproxy.
func Target() *config.Target {
	return &config.Target{
		Name:    "haproxy",
		Summary: "HAProxy, with Lua for costs",
		Bound:   bound,
		Gaps:    gaps,
		Render:  render,
		Plans:   true,
		Check: &config.Check{
			Program: "haproxy",
			Args:    func(dir string) []string { return []string{"-c", "-f", filepath.Join(dir, "example.cfg")} },
		},
	}
}

// An algorithm is a way of counting.
type algorithm int

const (
	sliding  algorithm = iota // the previous window counts in proportion to its remaining share
	fixed                     // windows aligned to the clock
	bucket                    // filled up at quota/window
	inFlight                  // requests that have not ended
)

// algorithmOf chooses how a limit is counted.
func algorithmOf(l *model.Limit, o config.Options) algorithm {
	switch {
	case l.Seconds == 0:
		return inFlight
	case l.Burst > 0:
		return bucket
	// A rate reads 1 for a whole window after the last request, so a quota of 1 would pass every
	// other window only.
	case l.UTC, l.Seconds >= 60, l.Quota == 1, o.HAProxySeconds == "fixed":
		return fixed
	}
	return sliding
}

func bound(l *model.Limit, o config.Options) config.Bound {
	switch algorithmOf(l, o) {
	case inFlight:
		return config.Bound{
			Algorithm: "requests in flight, from their heads to the ends of their answers", Most: l.Quota,
			Least: l.Quota,
		}
	case bucket:
		return config.Bound{
			Algorithm: "a bucket of the burst's size that fills at the quota per window",
			Most:      l.Burst + l.Quota, Least: l.Quota,
		}
	case fixed:
		return config.Bound{
			Algorithm: "fixed windows aligned to UTC, the quota in each, so twice the quota around an edge",
			Most:      2 * l.Quota, Least: l.Quota,
		}
	}
	return config.Bound{
		Algorithm: "sliding windows, in which the previous window counts in proportion to its remaining share: twice the quota around the edge after a pause, the quota otherwise",
		Most:      2 * l.Quota, Least: max(1, l.Quota*95/100),
	}
}
