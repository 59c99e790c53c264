package ratelimit

import (
	"sync"
	"sync/atomic"
	"time"
)

// A peak is kept for the present period and six before it, so that a reader which reads once a
// minute misses none. Reading changes nothing, so several readers can share it.
const (
	peakPeriod  = 10 * time.Second
	peakPeriods = 7
)

// peak is the highest utilisation of any counter of a limit within the last minute. Without it, a
// reader that reads every 15 seconds would see only one window in fifteen of a limit per second.
type peak struct {
	mu    sync.Mutex
	slots [peakPeriods]peakSlot
}

// peakSlot is the peak of one period. It is written under the lock and read without.
type peakSlot struct{ period, used, quota atomic.Int64 }

// peakPeriodOf numbers periods from 1. A clock that was set back to before it was first read is
// still in the first one.
func peakPeriodOf(at time.Duration) int64 { return int64(max(at, 0)/peakPeriod) + 1 }

// note records that a counter has used so much of its quota. Most calls return at the first
// comparison: of a large quota, a peak that is higher by less than a thousandth is not recorded.
func (p *peak) note(at time.Duration, used, quota int64) {
	period := peakPeriodOf(at)
	s := &p.slots[period%peakPeriods]
	if s.period.Load() == period && !nearer(used-min(quota>>10, quota-used), quota, s.used.Load(), s.quota.Load()) {
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
	now := peakPeriodOf(at)
	for i := range p.slots {
		s := &p.slots[i]
		if s.period.Load() > max(0, now-peakPeriods) && nearer(s.used.Load(), s.quota.Load(), used, quota) {
			used, quota = s.used.Load(), s.quota.Load()
		}
	}
	return used, quota
}

// nearer reports whether used/quota is more than other/total.
func nearer(used, quota, other, total int64) bool {
	if total <= 0 {
		return quota > 0
	}
	return float64(used)*float64(total) > float64(other)*float64(quota)
}
