package runtime

import (
	"math"
	"time"
)

// serverSlots is how finely a window is kept: entries that began closer than length/serverSlots are one.
const serverSlots = 32

// window counts what lies in the last interval of a length, in bounded memory.
//
// Safety: an entry (t, n) stands for n units that came at t or before. Merging entries keeps the later
// time, so a unit is never counted for less time than it lies in the window, and the count is never below
// the true one: what is given up for memory is use, at most one part in slots of it, not safety.
type window struct {
	length  time.Duration
	slot    time.Duration // entries that began closer than this are one
	most    int           // entries
	entries []windowEntry // oldest first
	sum     int64
}

// windowEntry is units that came from first to at, on the engine's own time line.
type windowEntry struct {
	first, at time.Duration
	n         int64
}

func newWindow(length time.Duration, slots int) window {
	return window{length: length, slot: length / time.Duration(slots), most: slots + 2}
}

// expire drops what has left the window (now-length, now].
func (w *window) expire(now time.Duration) {
	i := 0
	for i < len(w.entries) && w.entries[i].at <= now-w.length {
		w.sum -= w.entries[i].n
		i++
	}
	if i > 0 {
		w.entries = append(w.entries[:0], w.entries[i:]...)
	}
}

// add counts n units at now. It merges when full: the two neighbours whose merge holds back the least.
func (w *window) add(now time.Duration, n int64) {
	w.sum += n
	if last := len(w.entries) - 1; last >= 0 && now-w.entries[last].first < w.slot {
		w.entries[last].at = max(now, w.entries[last].at)
		w.entries[last].n += n
		return
	}
	if len(w.entries) == w.most {
		best, least := 0, math.Inf(1)
		for i := range len(w.entries) - 1 {
			held := float64(w.entries[i].n) * float64(w.entries[i+1].at-w.entries[i].at)
			if held < least {
				best, least = i, held
			}
		}
		w.entries[best+1].n += w.entries[best].n
		w.entries[best+1].first = w.entries[best].first
		w.entries = append(w.entries[:best], w.entries[best+1:]...)
	}
	w.entries = append(w.entries, windowEntry{now, now, n})
}

// freeAt is when at most most units will be left, if nothing is added.
func (w *window) freeAt(most int64) time.Duration {
	left := w.sum
	for _, e := range w.entries {
		if left <= most {
			break
		}
		left -= e.n
		if left <= most {
			return e.at + w.length
		}
	}
	return math.MinInt64
}
