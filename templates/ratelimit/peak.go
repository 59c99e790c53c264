package ratelimit

import (
	"sync"
	"sync/atomic"
	"time"
)

// A peak is remembered for the present period and six before it: a reader that looks once a
// minute sees each of them. Reading changes nothing, so several readers can share it.
const (
	peakPeriod  = 10 * time.Second
	peakPeriods = 7
)

// peak is the nearest that any counter of a limit has come to its quota within the last minute.
// Without it, a reader that looks every 15 seconds would see one second in fifteen of a
// limit per second.
type peak struct {
	mu    sync.Mutex
	slots [peakPeriods]peakSlot
}

// peakSlot is the peak of one period. It is written under the lock and read without.
type peakSlot struct{ period, used, quota atomic.Int64 }

// note says that a counter's use was used of quota. Most calls end at the first comparison.
func (p *peak) note(at time.Duration, used, quota int64) {
	period := int64(at/peakPeriod) + 1
	s := &p.slots[period%peakPeriods]
	if s.period.Load() == period && !nearer(used, quota, s.used.Load(), s.quota.Load()) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch last := s.period.Load(); {
	case last > period: // a clock that was set back
		return
	case last == period && !nearer(used, quota, s.used.Load(), s.quota.Load()):
		return
	}
	s.used.Store(used)
	s.quota.Store(quota)
	s.period.Store(period) // last, since it is read first
}

// highest returns the peak of the last minute; both are 0 when there was none.
func (p *peak) highest(at time.Duration) (used, quota int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := int64(at/peakPeriod) + 1
	for i := range p.slots {
		s := &p.slots[i]
		if s.period.Load() > max(0, now-peakPeriods) && nearer(s.used.Load(), s.quota.Load(), used, quota) {
			used, quota = s.used.Load(), s.quota.Load()
		}
	}
	return used, quota
}

// nearer reports whether used of quota is a larger part than other of its total.
func nearer(used, quota, other, total int64) bool {
	if total <= 0 {
		return quota > 0
	}
	return float64(used)*float64(total) > float64(other)*float64(quota)
}
