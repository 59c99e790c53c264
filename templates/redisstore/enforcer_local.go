package redisstore

import (
	"context"
	"sync"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// localShare decides when Redis does not answer: each process has the same part of each quota, so
// the sum stays within it. It starts empty: in the window in which Redis fails, it admits on top of
// what Redis has admitted.
type localShare struct {
	mu     sync.Mutex
	gate   *ratelimit.Gate
	parts  int64
	limits map[*ratelimit.Limit]*ratelimit.Limit // reduced to this process's part
}

// localKeys bounds the memory; beyond it, the gate lets keys share a counter.
const localKeys = 100_000

// share returns the charges with their limits reduced to this process's part of the quota.
func (l *localShare) share(charges []ratelimit.Charge, parts int64, clock ratelimit.Clock) (*ratelimit.Gate, []ratelimit.Charge) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gate == nil {
		l.gate = ratelimit.NewGate(ratelimit.GateOptions{Clock: clock, MaxKeys: localKeys})
	}
	if parts != l.parts {
		l.limits, l.parts = make(map[*ratelimit.Limit]*ratelimit.Limit), parts
	}
	out := make([]ratelimit.Charge, len(charges))
	for i, c := range charges {
		part := l.limits[c.Limit]
		if part == nil {
			copied := *c.Limit
			copied.Quota /= parts
			copied.Burst /= parts
			part = &copied
			if len(l.limits) < 1000 { // limits are normally a fixed table; a program may create them per request
				l.limits[c.Limit] = part
			}
		}
		c.Limit = part
		out[i] = c
	}
	return l.gate, out
}

// admit decides a request. A cost above the part is refused, not an error: Redis may come back.
func (l *localShare) admit(charges []ratelimit.Charge, parts int64, clock ratelimit.Clock) ratelimit.Decision {
	gate, mine := l.share(charges, parts, clock)
	d, err := gate.Decide(mine, make([]ratelimit.State, 0, len(mine)))
	if err != nil {
		d = ratelimit.Decision{Limits: make([]ratelimit.State, len(charges))}
		for i := range mine {
			d.Limits[i] = ratelimit.State{Key: mine[i].Key, Cost: mine[i].Cost, Violated: mine[i].Cost > capacity(mine[i].Limit)}
		}
	}
	for i := range d.Limits {
		d.Limits[i].Limit = charges[i].Limit
	}
	return d
}

// presence counts the processes that share a server's quota. Each announces itself every few
// seconds.
type presence struct {
	mu       sync.Mutex
	asked    time.Time
	asking   bool
	replicas int64
}

const (
	presenceEvery = 5 * time.Second
	presenceLasts = 15 * time.Second
)

// presenceScript records a process and counts those seen lately. ARGV: process, how long it counts
// (ms).
var presenceScript = newScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return tostring(redis.call('ZCARD', KEYS[1]))
`)

// announce announces this process in the background, when that is due.
func (s *Store) announce() {
	p := &s.presence
	if s.options.Replicas > 0 || s.options.Fallback != Local {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := s.clock.Now()
	if p.asking || !p.asked.IsZero() && now.Sub(p.asked) < presenceEvery {
		return
	}
	p.asking, p.asked = true, now
	go func() {
		keys := []string{s.options.common("replicas")}
		reply, err := s.run(context.Background(), presenceScript, keys, []string{s.id, itoa(presenceLasts.Milliseconds())}, false)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.asking = false
		if n, ok := number(reply); err == nil && ok {
			p.replicas = n
		}
	}()
}

// parts is the number of processes that share the quota, as far as is known; 0 if unknown.
func (s *Store) parts() int64 {
	if s.options.Replicas > 0 {
		return int64(s.options.Replicas)
	}
	s.presence.mu.Lock()
	defer s.presence.mu.Unlock()
	return s.presence.replicas
}
