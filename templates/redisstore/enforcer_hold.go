package redisstore

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"
)

// holdLease is how long concurrent requests of a process that died still count.
const holdLease = 30 * time.Second

// holds are the concurrent requests that this process has reported to Redis.
type holds struct {
	mu    sync.Mutex
	held  map[string]int64 // by key
	owed  map[string]int64 // units released that Redis has not been told of yet
	timer func() bool
}

// holdScript changes what a process holds, or only renews its lease. ARGV: process, lease in ms,
// change, held.
var holdScript = newScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local held = redis.call('HGET', KEYS[1], ARGV[1])
local count = tonumber(ARGV[4])
if held then count = math.max(tonumber(held:match('%d+')) + ARGV[3], count) end
if count == 0 then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], string.format('%d %d', count, now + ARGV[2]))
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return tostring(count)
`)

// hold records the concurrent requests among the admitted charges and returns the function that
// releases them; nil without such charges.
func (s *Store) hold(q *decisionRequest) func() {
	h := &s.holds
	var mine []int
	for i, kind := range q.kinds {
		if kind == 'c' && q.costs[i] > 0 {
			mine = append(mine, i)
		}
	}
	if mine == nil {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.held == nil {
		h.held = make(map[string]int64)
	}
	for _, i := range mine {
		h.held[q.keys[i]] += q.costs[i]
	}
	if h.timer == nil {
		h.timer = s.clock.AfterFunc(holdLease/3, s.renew)
	}
	return sync.OnceFunc(func() {
		for _, i := range mine {
			s.giveBack(q.keys[i], q.costs[i])
		}
	})
}

// giveBack releases a request's units without making the caller wait for Redis.
func (s *Store) giveBack(key string, cost int64) {
	h := &s.holds
	h.mu.Lock()
	h.held[key] -= cost
	if h.owed == nil {
		h.owed = make(map[string]int64)
	}
	h.owed[key] += cost
	h.mu.Unlock()
	go s.settle(key)
}

// settle reports to Redis what was released of a key and what is still held. If Redis does not
// answer, renew tries again.
func (s *Store) settle(key string) {
	h := &s.holds
	h.mu.Lock()
	owed, held := h.owed[key], h.held[key]
	delete(h.owed, key)
	if held == 0 {
		delete(h.held, key)
	}
	h.mu.Unlock()
	args := []string{s.id, itoa(holdLease.Milliseconds()), itoa(-owed), itoa(held)}
	if _, err := s.run(context.Background(), holdScript, []string{key}, args, false); err != nil && owed > 0 {
		h.mu.Lock()
		h.owed[key] += owed
		h.held[key] += 0 // keeps the key for renew
		h.mu.Unlock()
	}
}

// renew renews the lease of everything that is held.
func (s *Store) renew() {
	h := &s.holds
	h.mu.Lock()
	keys := slices.Sorted(maps.Keys(h.held))
	h.timer = nil
	if len(keys) > 0 {
		h.timer = s.clock.AfterFunc(holdLease/3, s.renew)
	}
	h.mu.Unlock()
	for _, key := range keys {
		s.settle(key)
	}
}

func number(text string) (int64, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}
