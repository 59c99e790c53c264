package ratelimit

import (
	"context"
	"sync"
	"time"
)

// peerLimiters are how limiters usually count. None is safe: the tests that bite show it of each.
func peerLimiters() map[string]func() acquirer {
	return map[string]func() acquirer{
		"token bucket of capacity quota": func() acquirer { return &tokenBuckets{buckets: map[string]*tokenBucket{}} },
		"log anchored at the send":       func() acquirer { return &sendLog{sent: map[string][]arrivalCost{}} },
		"GCRA with a burst of the quota": func() acquirer { return &peer{allow: gcra(map[string]time.Time{})} },
		"fixed windows":                  func() acquirer { return &peer{allow: fixedWindows(map[string]fixed{})} },
	}
}

// peer asks an algorithm until all charges are allowed.
type peer struct {
	mu    sync.Mutex
	allow func(c Charge, now time.Time, commit bool) bool
}

func (p *peer) Acquire(ctx context.Context, charges []Charge) (Permit, error) {
	for {
		if p.take(charges) {
			return NoPermit{}, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (p *peer) take(charges []Charge) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	for _, commit := range []bool{false, true} {
		for _, c := range charges {
			if !p.allow(c, now, commit) {
				return false
			}
		}
	}
	return true
}

// gcra keeps the time at which all that was let through will have drained at the quota's rate.
func gcra(drained map[string]time.Time) func(Charge, time.Time, bool) bool {
	return func(c Charge, now time.Time, commit bool) bool {
		at := drained[c.Limit.Name]
		if at.Before(now) {
			at = now
		}
		at = at.Add(c.Limit.Window * time.Duration(c.Cost) / time.Duration(c.Limit.Quota))
		if at.Sub(now) > c.Limit.Window {
			return false
		}
		if commit {
			drained[c.Limit.Name] = at
		}
		return true
	}
}

type fixed struct {
	start time.Time
	used  int64
}

func fixedWindows(windows map[string]fixed) func(Charge, time.Time, bool) bool {
	return func(c Charge, now time.Time, commit bool) bool {
		w := windows[c.Limit.Name]
		if start := now.Truncate(c.Limit.Window); start != w.start {
			w = fixed{start: start}
		}
		if w.used+c.Cost > c.Limit.Quota {
			return false
		}
		if w.used += c.Cost; commit {
			windows[c.Limit.Name] = w
		}
		return true
	}
}
