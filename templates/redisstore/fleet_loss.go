package redisstore

import (
	"strconv"
	"strings"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// A LossError tells Options.OnError that Redis has lost counters that clients share. Redis grants
// nothing new of a limit in it until that limit's time, except units that processes give back. Each
// process reports a limit once per loss, at its next sync about it.
type LossError struct{ Limits []LostLimit }

// A LostLimit is a limit whose counters Redis has lost.
type LostLimit struct {
	API   string
	Limit string
	Until time.Time // when all units in use at the loss are surely free
}

// limitID names a limit.
type limitID struct{ api, name string }

// Error names the limits and their times.
func (e *LossError) Error() string {
	var b strings.Builder
	b.WriteString("redisstore: Redis has lost its counters; nothing new is given out of")
	for i, l := range e.Limits {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(" limit " + strconv.Quote(l.Limit) + " before " + l.Until.Format(time.RFC3339))
	}
	return b.String()
}

// newLosses returns the losses that an answered sync reports; nil if they are not news.
func (g *group) newLosses(s *syncRequest, now time.Duration) *LossError {
	var e LossError
	for _, entry := range s.entries {
		f := entry.alloc
		// A memory that may merely be new also grants nothing for a moment; that does not count as
		// a loss.
		if wait := f.noGrantsUntil - now; wait > max(g.maxSyncInterval(f)*3/2, longestRest) {
			until := g.store.clock.Now().Add(wait)
			if g.fleet.noteLoss(f.limit, until) {
				e.Limits = append(e.Limits, LostLimit{API: f.limit.API, Limit: f.limit.Name, Until: until})
			}
		}
	}
	if len(e.Limits) == 0 {
		return nil
	}
	return &e
}

// noteLoss records that a limit is closed until a time, and reports whether that is news: another
// counter of the limit, or a later sync, gives about the same time.
func (f *fleet) noteLoss(limit *ratelimit.Limit, until time.Time) bool {
	id := limitID{limit.API, limit.Name}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !until.After(f.lost[id].Add(f.store.options.Lease)) {
		return false
	}
	if f.lost == nil {
		f.lost = make(map[limitID]time.Time)
	}
	f.lost[id] = until
	return true
}
