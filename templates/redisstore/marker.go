package redisstore

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// The marker is one key for all counters of a server, limitgen{-}state, which never expires. It
// says since when the server has its memory: FLUSHALL, a restart without a copy on disk and a
// failover all show in it. A process remembers the last marker that it has seen and passes it on;
// if that is an earlier one, counters were lost. A string (MessagePack):
//
//	s  when the server's memory began, in microseconds
//	r  the server's run_id
//	l  whether a process knew an earlier memory
//	w  how long new states wait because the server itself has just started
//	z  whether the server started from an old copy of its memory
//
// markerLua needs now, epoch (the marker's time that the process knows, 0 for none), compare
// (whether to compare run_ids) and marker (the key).
const markerLua = `
local function server()
  local info = redis.pcall('INFO', 'server')
  if type(info) ~= 'string' then return '', nil end
  return info:match('run_id:(%w+)') or '', tonumber(info:match('uptime_in_seconds:(%d+)'))
end

-- mark returns the marker, made or brought up to date; nil where another server of a cluster has it.
local function mark()
  local got = redis.pcall('GET', marker)
  if type(got) == 'table' and got.err then return nil end
  local m = got and cmsgpack.unpack(got)
  local changed = false
  if not m then
    local run, up = server()
    m = {s = now, r = run, l = epoch ~= 0}
    -- Processes that hold units find a server that was away within 2 seconds.
    if up and up < 5 then m.w = 2000000 end
    changed = true
  elseif compare then
    local run = server()
    if run ~= '' and m.r ~= '' and run ~= m.r then m, changed = {s = now, r = run, l = true, z = true}, true end
  end
  if not m.l and epoch ~= 0 and epoch ~= m.s then m.l, changed = true, true end
  if changed then redis.call('SET', marker, cmsgpack.pack(m)) end
  return m
end
`

// ageScript returns the marker's time, whether counters were lost then, and how long ago that was.
var ageScript = newScript(`
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local marker, epoch, compare = KEYS[1], tonumber(ARGV[1]), ARGV[2] == '1'
` + markerLua + `
local m = mark()
return string.format('%.0f %d %.0f', m.s, m.l and 1 or 0, math.max(now - m.s, 0))
`)

func (o *Options) marker() string { return o.common("state") }

// common is the name of a key that all APIs of a store share.
func (o *Options) common(what string) string { return cmp.Or(o.Prefix, "limitgen") + "{-}" + what }

// memory is what this process knows about Redis's memory.
type memory struct {
	epoch    atomic.Int64 // since when Redis has the memory that it was last seen with
	failures atomic.Int64 // of calls, from 1: each may be Redis's end
	compared atomic.Int64 // how many of them came before Redis's run_id was last compared
	age      atomic.Pointer[memoryAge]
	durable  bool // Redis comes back with all of it
}

// compare tells a script whether Redis's run_id may have changed, and returns what to pass to heard
// after its answer.
func (m *memory) compare() (word string, seen int64) {
	if seen = m.failures.Load(); m.compared.Load() < seen && !m.durable {
		return "1", seen
	}
	return "0", seen
}

func (m *memory) update(epoch, seen int64) {
	m.epoch.Store(epoch)
	m.compared.Store(max(m.compared.Load(), seen))
}

// newMemoryGrace is how long a loss of memory may stay unreported by all processes. Replicas that
// serve requests call Redis all the time, except during the breaker's rests.
const newMemoryGrace = 4 * time.Second

// memoryAge is what a strict process has learnt from the marker.
type memoryAge struct {
	began time.Time
	lost  bool
}

// tooYoung refuses charges on counters that are younger than their windows, if Redis has lost the
// earlier ones. It uses the last known marker, so that refused requests do not fill the new
// counters.
func (s *Store) tooYoung(charges []ratelimit.Charge) (ratelimit.Decision, bool) {
	y := s.memory.age.Load()
	if y == nil {
		return ratelimit.Decision{}, false
	}
	age, young := s.clock.Now().Sub(y.began), false
	d := ratelimit.Decision{Limits: make([]ratelimit.State, len(charges))}
	for i, c := range charges {
		span := newMemoryGrace
		if y.lost {
			span = max(span, c.Limit.Window)
		}
		d.Limits[i] = ratelimit.State{Limit: c.Limit, Key: c.Key, Cost: c.Cost}
		if age < span && !c.Limit.Concurrent() {
			d.Limits[i].Violated, d.Limits[i].Wait, d.Limits[i].Reset = true, span-age, span-age
			young = true
		}
	}
	return d, young
}

// checkMarker reads the marker after a decision: a loss before the decision shows in it.
func (s *Store) checkMarker(ctx context.Context) error {
	word, seen := s.memory.compare()
	reply, err := s.run(ctx, ageScript, []string{s.options.marker()}, []string{itoa(s.memory.epoch.Load()), word}, false)
	if err != nil {
		return err
	}
	var numbers [3]int64
	fields := strings.Fields(reply)
	if len(fields) != len(numbers) {
		return errReply
	}
	for i, text := range fields {
		if numbers[i], err = strconv.ParseInt(text, 10, 64); err != nil {
			return errReply
		}
	}
	s.memory.update(numbers[0], seen)
	s.memory.age.Store(&memoryAge{began: s.clock.Now().Add(-micro(numbers[2])), lost: numbers[1] == 1})
	return nil
}
