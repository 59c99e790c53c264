package ratelimit

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// LimitSnapshot is the state of one limit, for a status page or a test.
type LimitSnapshot struct {
	LimitMetrics
	Window time.Duration // 0 for a limit on concurrent requests
	Unit   string
	// Counters are those in use now, the nearest to its quota first. They are missing if the
	// Enforcer keeps no partition keys, as a Gate does not.
	Counters []Usage
}

// Values are the parts of the partition key, such as an organisation and an application, in the
// order of the limit's Per. A credential is a hash. The values are bytes of any length chosen by
// callers: display Texts instead.
func (u Usage) Values() []string {
	var values []string
	for rest := u.Key; rest != ""; {
		digits, after, _ := strings.Cut(rest, ":")
		n, err := strconv.Atoi(digits)
		if err != nil || n < 0 || n > len(after) {
			return append(values, rest) // not made by AppendKey
		}
		values, rest = append(values, after[:n]), after[n:]
	}
	return values
}

// longestText is how much of a value exporters show.
const longestText = 128 // bytes

// Texts are the Values as exporters can show them: short, valid UTF-8. Other values are cut and end
// in a mark and a digest; so do values that contain the mark, so that no two values look alike.
func (u Usage) Texts() []string {
	const mark = "…"
	values := u.Values()
	for i, v := range values {
		if len(v) <= longestText && utf8.ValidString(v) && !strings.Contains(v, mark) {
			continue
		}
		sum := sha256.Sum256([]byte(v))
		values[i] = strings.ToValidUTF8(v[:min(len(v), longestText)], "\uFFFD") + mark + hex.EncodeToString(sum[:16])
	}
	return values
}

// NearestCounters returns the counters of each limit that are nearest to their quotas, at most n of
// a limit, for exporters that are asked to show partition keys. Of a counter that several clients
// report, the one nearest to its quota is taken.
func NearestCounters(n int, sources ...interface{ Snapshot() []LimitSnapshot }) []LimitSnapshot {
	var all []LimitSnapshot
	for _, source := range sources {
		for _, s := range source.Snapshot() {
			at := slices.IndexFunc(all, func(o LimitSnapshot) bool { return o.API == s.API && o.Role == s.Role && o.Limit == s.Limit })
			if at < 0 {
				all = append(all, s)
				continue
			}
			all[at].Counters = append(all[at].Counters, s.Counters...)
		}
	}
	for i := range all {
		all[i].Counters = nearest(n, all[i].Counters)
	}
	return all
}

// nearest sorts counters, and keeps the first n that have different keys.
func nearest(n int, counters []Usage) []Usage {
	sortNearest(counters)
	seen := make(map[counterID]bool)
	return slices.DeleteFunc(counters, func(u Usage) bool {
		id := counterID{u.API, u.Limit, u.Key, u.Shared}
		if seen[id] || len(seen) >= n {
			return true
		}
		seen[id] = true
		return false
	})
}

func sortNearest(counters []Usage) {
	slices.SortStableFunc(counters, func(a, b Usage) int {
		return cmp.Compare(float64(b.Used)*float64(a.Quota), float64(a.Used)*float64(b.Quota))
	})
}
