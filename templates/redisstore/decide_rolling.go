package redisstore

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// A batch of decision requests goes to Redis as one batchRequest: each counter once, then the
// charges of each request.
//
//	requests                 batch                          Redis
//	A: acme 1, all 1         counters 1 acme, 2 all,  ──▶   read each counter once,
//	B: bob 2, all 2                   3 bob                 decide A, then B,
//	                         A: 1×1 2×1               ◀──   write each changed one once
//	                         B: 3×2 2×2                     a record for each charge, the time
//
// Invariant: the result and the stored values are those of decideScript run for each request in
// turn. A request is admitted only if each of its charges fits, and one that is refused spends
// nothing.

// rollingScript decides requests that have only rolling windows, as most do, with a fraction of
// decideScript's work for Redis. It decides any number of requests, one after the other, but reads
// and writes each counter once. The stored values are the same. If a clock was set back or a quota
// has changed its width, it replies with an empty string and writes nothing; decideScript then
// decides.
//
// ARGV[1] has for each counter the width of a cost (a digit), the quota and the window in
// microseconds, then for each request the number of its charges and for each of those the counter
// and the cost, packed. The reply has for each charge whether it is violated, what remains, and in
// microseconds how long until more remains and until the cost fits; then the time.
var rollingScript = newScript(`
local keys, args, call = KEYS, ARGV[1], redis.call
local pack, unpack_, byte, sub = struct.pack, struct.unpack, string.byte, string.sub
local time = redis.call('TIME')
local values = call('MGET', unpack(keys))
local now = time[1] * 1000000 + time[2]
-- For each counter: quota, unit, present time, used, newest time in the value, where its log begins and ends but for an entry of
-- the present unit, that entry's cost and time, the oldest time. A flat table that starts large enough for most requests.
local s = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
local spent, spans = {}, {} -- which counters have changed; units to a window
local p = 1

for i = 1, #keys do
  local digit, quota, window = sub(args, p, p), unpack_('>I7I7', args, p + 1)
  local b, span, m = 1, 136, 256
  if quota <= 112 then b, span, m = 2, 65000, 65536 end
  local unit = math.ceil(window / span)
  span = math.ceil(window / unit)
  spans[i] = span
  p = p + 15
  local n = (now - now % unit) / unit
  local value = values[i]
  local used, newest, at, stop, joined, last = 0, n, 1, 1, 0, n
  local oldest = n
  if value then
    local w = digit + 0
    local is, then_, sum = unpack_('>BI7I' .. digit, value)
    if is ~= 8 * b + w or then_ > n then return '' end
    local late = n - then_
    if late <= span then
      local entry = '>I' .. b .. 'I' .. digit
      used, newest, at, stop = sum, then_, 9 + w, #value + 1
      local low, left = unpack_(entry, value, at)
      while (newest - low) % m + late > span do
        used = used - left
        at = at + b + w
        low, left = unpack_(entry, value, at)
      end
      oldest = newest - (newest - low) % m
      if newest == n then
        stop = stop - b - w
        local _, cost = unpack_(entry, value, stop)
        joined = cost
      end
    end
  end
  local a = i * 10
  s[a - 9], s[a - 8], s[a - 7], s[a - 6], s[a - 5], s[a - 4], s[a - 3], s[a - 2], s[a - 1], s[a] = quota, unit, n, used, newest, at, stop, joined, last, oldest
end

local reply, size, filled = {}, #args, 0
while p < size do
  local from, admitted = p + 1, true
  p = from + 8 * byte(args, p)
  for j = from, p - 1, 8 do
    local i, cost = unpack_('>BI7', args, j)
    if s[i * 10 - 6] + cost > s[i * 10 - 9] then admitted = false end
  end
  for j = from, p - 1, 8 do
    local i, cost = unpack_('>BI7', args, j)
    local a = i * 10
    local quota, unit, used = s[a - 9], s[a - 8], s[a - 6]
    local span = spans[i]
    local violated, reset, wait = 0, 0, 0
    if admitted then
      if cost > 0 then
        used = used + cost
        s[a - 6], s[a - 2], s[a - 1], spent[i] = used, s[a - 2] + cost, s[a - 7], true
        if s[a - 4] == s[a - 3] then s[a] = s[a - 7] end
      end
    elseif used + cost > quota then
      violated = 1
      local missing, sum, e, at = math.min(used + cost - quota, used), 0, s[a - 1], s[a - 4]
      local b = quota <= 112 and 2 or 1
      local form, m = '>I' .. b .. 'I' .. sub(args, i * 15 - 14, i * 15 - 14), 256 ^ b
      while sum < missing and at < s[a - 3] do
        local low, cost, next_ = unpack_(form, values[i], at)
        sum = sum + cost
        e = s[a - 5] - (s[a - 5] - low) % m
        at = next_
      end
      if sum < missing then e = s[a - 1] end
      wait = (e + span + 1) * unit - now
    end
    local room = quota - used
    if room < 0 then room = 0 end
    if used > 0 then reset = (s[a] + span + 1) * unit - now end
    filled = filled + 1
    reply[filled] = pack('>BI7I7I7', violated, room, reset, wait)
  end
end

for i = 1, #keys do
  if spent[i] then
    local a, digit, rest = i * 10, sub(args, i * 15 - 14, i * 15 - 14), ''
    local n, b, m = s[a - 7], 1, 256
    if s[a - 9] <= 112 then b, m = 2, 65536 end
    if s[a - 4] < s[a - 3] then rest = sub(values[i], s[a - 4], s[a - 3] - 1) end
    rest = pack('>BI7I' .. digit, 8 * b + digit, n, s[a - 6]) .. rest .. pack('>I' .. b .. 'I' .. digit, n % m, s[a - 2])
    call('SET', keys[i], rest, 'PX', math.ceil((spans[i] + 1) * s[a - 8] / 1000) + 1)
  end
end
return table.concat(reply) .. pack('>I7', now)
`)

const (
	replyRecord = 22  // bytes of a charge in the script's reply
	maxCounters = 200 // counters in one script; their indexes are bytes
)

// width is the number of bytes that a cost of a limit takes in a value.
func width(quota int64) int {
	w := 1
	for ; quota >= 256; quota /= 256 {
		w++
	}
	return w
}

// appendUint56 appends a number in seven bytes.
func appendUint56(to []byte, n int64) []byte {
	var eight [8]byte
	binary.BigEndian.PutUint64(eight[:], uint64(n))
	return append(to, eight[1:]...)
}

// A batchRequest is one call of rollingScript: counters, and the requests that charge them.
type batchRequest struct {
	keys     []string
	limits   []*ratelimit.Limit // of the counters
	counters []byte
	charges  []byte
	replies  int
	words    [1]string
}

// batchRequests are reused, as decision requests are.
var batchRequests = sync.Pool{New: func() any { return new(batchRequest) }}

func (s *batchRequest) free() {
	clear(s.keys)
	clear(s.limits)
	s.keys, s.limits, s.counters, s.charges, s.replies = s.keys[:0], s.limits[:0], s.counters[:0], s.charges[:0], 0
	batchRequests.Put(s)
}

// add adds a request. It returns false if the batch is full or has another quota or window for one
// of the request's counters.
func (s *batchRequest) add(q *decisionRequest) bool {
	more := 0
	for i, key := range q.keys {
		at := slices.Index(s.keys, key)
		if at < 0 {
			more++
		} else if l, other := s.limits[at], q.limits[i]; l.Quota != other.Quota || l.Window != other.Window {
			return false
		}
	}
	if len(s.keys)+more > maxCounters {
		return false
	}
	s.replies += len(q.keys)
	s.charges = append(s.charges, byte(len(q.keys)))
	for i, key := range q.keys {
		at := slices.Index(s.keys, key)
		if at < 0 {
			at = len(s.keys)
			s.keys, s.limits = append(s.keys, key), append(s.limits, q.limits[i])
			s.counters = append(s.counters, '0'+byte(width(q.limits[i].Quota)))
			s.counters = appendUint56(appendUint56(s.counters, q.limits[i].Quota), q.limits[i].Window.Microseconds())
		}
		s.charges = appendUint56(append(s.charges, byte(at+1)), q.costs[i])
	}
	return true
}

// ask sends the batch to Redis and gives each request its part of the reply. If the script leaves
// the decision to decideScript, no request gets a reply.
func (s *batchRequest) ask(ctx context.Context, client Client, questions []*decisionRequest) error {
	s.counters = append(s.counters, s.charges...)
	s.words[0] = string(s.counters)
	reply, err := rollingScript.run(ctx, client, s.keys, s.words[:])
	if err != nil || reply == "" {
		return err
	}
	if len(reply) != replyRecord*s.replies+7 {
		return errReply
	}
	at := readUint56(reply[replyRecord*s.replies:])
	for _, q := range questions {
		n := replyRecord * len(q.keys)
		q.at, q.reply, reply = at, reply[:n], reply[n:]
	}
	return nil
}

var errReply = errors.New("redisstore: a reply that cannot be read")

// readUint56 reads a number of seven bytes.
func readUint56(text string) int64 {
	var n int64
	for i := range 7 {
		n = n<<8 | int64(text[i])
	}
	return n
}

// rollingDecision reads a request's part of the reply of rollingScript.
func (q *decisionRequest) rollingDecision() ratelimit.Decision {
	d := ratelimit.Decision{Admitted: true, Limits: make([]ratelimit.State, len(q.charges))}
	for i := range q.charges {
		c, r := &q.charges[i], q.reply[replyRecord*q.counterOf[i]:]
		d.Limits[i] = ratelimit.State{
			Limit: c.Limit, Key: c.Key, Cost: c.Cost, Violated: r[0] == 1, Remaining: readUint56(r[1:]),
			Reset: time.Duration(readUint56(r[8:])) * time.Microsecond, Wait: time.Duration(readUint56(r[15:])) * time.Microsecond,
		}
		d.Admitted = d.Admitted && r[0] == 0
	}
	return d
}
