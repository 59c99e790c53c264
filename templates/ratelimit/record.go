package ratelimit

import (
	"slices"
	"time"
)

// entry is a cost that counts until the window that begins at at is over.
type entry struct {
	at        time.Duration
	cost      int64
	abandoned bool // of a request that was given up: an answer may bring at forward, see record.noteAnswer
}

// record is a log of costs in order of time. It is exact while it is short. Beyond, it is coarse so
// that its size does not depend on the quota: costs of the same grain of time (a fixed part of the
// window) are one entry with the LATEST of their times. This is safe, because no cost leaves
// earlier than from an exact log, and it costs little, because a cost leaves at most one grain
// later: where the exact log admits N units per D, this one admits at least N per D + grain. With E
// exact entries and K grains to a window, a record holds at most E+K+2 live entries.
type record struct {
	entries []entry // entries before head have left
	head    int
	total   int64 // cost of the entries from head on
}

// add counts cost from at on. at is earlier than the newest entry only if that is of a lost
// request.
func (r *record) add(at time.Duration, cost int64, grain time.Duration) {
	r.insert(entry{at, cost, false}, grain)
}

func (r *record) insert(e entry, grain time.Duration) {
	at, cost := e.at, e.cost
	r.total += cost
	i := len(r.entries)
	for i > r.head && r.entries[i-1].at > at {
		i--
	}
	if i < len(r.entries) && r.entries[i].at/grain == at/grain && r.entries[i].abandoned == e.abandoned {
		r.entries[i].cost += cost
		return
	}
	if i > r.head && r.entries[i-1].at/grain == at/grain && r.entries[i-1].abandoned == e.abandoned {
		r.entries[i-1] = entry{at, r.entries[i-1].cost + cost, e.abandoned}
		return
	}
	if len(r.entries) == cap(r.entries) && r.head > 0 {
		live := copy(r.entries, r.entries[r.head:])
		r.entries, i, r.head = r.entries[:live], i-r.head, 0
	}
	r.entries = slices.Insert(r.entries, i, e)
}

// expire drops the entries that began at or before floor.
func (r *record) expire(floor time.Duration) {
	for r.head < len(r.entries) && r.entries[r.head].at <= floor {
		r.total -= r.entries[r.head].cost
		r.head++
	}
	if r.head == len(r.entries) {
		r.entries, r.head = r.entries[:0], 0
	}
}

// noteAnswer moves the requests that were given up before sent forward, to begin at at instead of
// silence after they were given up. It reports whether other abandoned requests are left.
func (r *record) noteAnswer(sent, silence, at, grain time.Duration) (more bool) {
	kept, cost := r.entries[:r.head], int64(0)
	for _, e := range r.entries[r.head:] {
		if e.abandoned && e.at > at && e.at-silence < sent {
			cost += e.cost
			continue
		}
		more = more || e.abandoned
		kept = append(kept, e)
	}
	r.entries = kept
	r.total -= cost
	if cost > 0 {
		r.add(at, cost, grain)
	}
	return more
}

// freedBy returns the time of the entry with which at least cost units have left. cost must not
// exceed total.
func (r *record) freedBy(cost int64) time.Duration {
	var at time.Duration
	for _, e := range r.entries[r.head:] {
		if cost <= 0 {
			break
		}
		cost -= e.cost
		at = e.at
	}
	return at
}

// surplus returns how much more than cost has left at the moment at which cost has; 0 when the
// total is less than cost.
func (r *record) surplus(cost int64) int64 {
	for _, e := range r.entries[r.head:] {
		if cost -= e.cost; cost <= 0 {
			return -cost
		}
	}
	return 0
}
