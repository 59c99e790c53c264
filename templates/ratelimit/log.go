package ratelimit

import (
	"slices"
	"time"
)

// entry is a cost that counts until its window, which begins at at, is over.
type entry struct {
	at   time.Duration
	cost int64
	lost bool // of a request that was given up: it may turn out to begin earlier, see record.hear
}

// record is a log of costs in order of time. It is exact while it is short. Beyond, it is coarse so
// that its size does not depend on the quota: costs of the same grain of time (a fixed part of the
// window) are one entry with the LATEST of their times.
//
// That is safe, because no cost ever leaves earlier than from an exact log. And little is lost by
// it, because a cost leaves at most one grain later: where the exact log lets N units pass each D,
// this one lets pass at least N each D + grain. With exact times for E entries and K grains to a
// window a record holds at most E+K+2 that are not past.
type record struct {
	entries []entry // those before head have left
	head    int
	total   int64 // cost of those from head on
}

// add counts cost from at on. at is rarely before the newest entry: only when that is of a lost
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
	if i < len(r.entries) && r.entries[i].at/grain == at/grain && r.entries[i].lost == e.lost {
		r.entries[i].cost += cost
		return
	}
	if i > r.head && r.entries[i-1].at/grain == at/grain && r.entries[i-1].lost == e.lost {
		r.entries[i-1] = entry{at, r.entries[i-1].cost + cost, e.lost}
		return
	}
	if len(r.entries) == cap(r.entries) && r.head > 0 {
		live := copy(r.entries, r.entries[r.head:])
		r.entries, i, r.head = r.entries[:live], i-r.head, 0
	}
	r.entries = slices.Insert(r.entries, i, e)
}

// expire drops what began at or before floor.
func (r *record) expire(floor time.Duration) {
	for r.head < len(r.entries) && r.entries[r.head].at <= floor {
		r.total -= r.entries[r.head].cost
		r.head++
	}
	if r.head == len(r.entries) {
		r.entries, r.head = r.entries[:0], 0
	}
}

// hear takes it that the requests which were given up before sent begin at at, and not only silence
// after they were given up. It reports whether there are others that were given up.
func (r *record) hear(sent, silence, at, grain time.Duration) (more bool) {
	kept, cost := r.entries[:r.head], int64(0)
	for _, e := range r.entries[r.head:] {
		if e.lost && e.at > at && e.at-silence < sent {
			cost += e.cost
			continue
		}
		more = more || e.lost
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

// surplus returns how much more than cost leaves at the moment at which cost has left; 0 when there
// is not so much.
func (r *record) surplus(cost int64) int64 {
	for _, e := range r.entries[r.head:] {
		if cost -= e.cost; cost <= 0 {
			return -cost
		}
	}
	return 0
}
