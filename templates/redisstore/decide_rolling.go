package redisstore

import (
	"encoding/binary"
	"errors"
	"strconv"
	"time"

	api "github.com/limitgen/limitgen/templates/runtime"
)

// rollingScript is decideScript for requests that have rolling windows only, as most do: a third of the work for Redis.
// What is stored is the same. It answers nothing, and has written nothing, when a clock was set back or a quota has got
// another width; decideScript then decides.
//
// ARGV has for each charge: the cost, the quota and the unit in microseconds, packed; the width of a cost; the forms of a
// value's head and of an entry; the time to live in milliseconds. The reply has a record for each charge as
// decision reads it.
var rollingScript = newScript(`
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local keys, args, call = KEYS, ARGV, redis.call
local pack, unpack_, byte, sub = struct.pack, struct.unpack, string.byte, string.sub
local values = call('MGET', unpack(keys))
local admitted, count = true, #keys
local costs, quotas, units, times, useds, newests, ats = {}, {}, {}, {}, {}, {}, {}

for i = 1, count do
  local a = i * 5 - 4
  local cost, quota, unit = unpack_('>I7I7I7', args[a])
  local n = (now - now % unit) / unit
  local value = values[i]
  local used, newest, at = 0, n, 0
  if value then
    local w = byte(args[a + 1]) - 48
    local is
    is, newest, used = unpack_(args[a + 2], value)
    if is ~= w or newest > n then return '' end
    local late, size = n - newest, #value
    if late > 240 then
      used, newest = 0, n
    else
      at = 7 + w
      while (newest - byte(value, at)) % 256 + late > 240 do
        local _, cost = unpack_(args[a + 3], value, at)
        used = used - cost
        at = at + 1 + w
        if at > size then
          at, newest = 0, n
          break
        end
      end
    end
  end
  if used + cost > quota then admitted = false end
  costs[i], quotas[i], units[i], times[i], useds[i], newests[i], ats[i] = cost, quota, unit, n, used, newest, at
end

local reply = ''
for i = 1, count do
  local a = i * 5 - 4
  local cost, n, used, newest, at, value = costs[i], times[i], useds[i], newests[i], ats[i], values[i]
  local violated, reset, wait, oldest = 0, 0, 0, n
  if at > 0 then oldest = newest - (newest - byte(value, at)) % 256 end
  if admitted then
    if cost > 0 then
      local w, rest, joined = byte(args[a + 1]) - 48, '', cost
      used = used + cost
      if at > 0 then
        local size = #value
        if newest - newest % 12 == n - n % 12 then
          local _, last = unpack_(args[a + 3], value, size - w)
          joined = joined + last
          if at == size - w then oldest = n end
          rest = sub(value, at, size - 1 - w)
        else
          rest = sub(value, at)
        end
      end
      call('SET', keys[i], pack(args[a + 2], w, n, used) .. rest .. pack(args[a + 3], n % 256, joined), 'PX', args[a + 4])
    end
  elseif used + cost > quotas[i] then
    violated = 1
    local missing, w, sum, e = math.min(used + cost - quotas[i], used), byte(args[a + 1]) - 48, 0, oldest
    while sum < missing do
      local low, entry = unpack_(args[a + 3], value, at)
      sum = sum + entry
      e = newest - (newest - low) % 256
      at = at + 1 + w
    end
    wait = (e + 241) * units[i] - now
  end
  if used > 0 then reset = (oldest + 241) * units[i] - now end
  local room = quotas[i] - used
  if room < 0 then room = 0 end
  reply = reply .. pack('>BI7I7I7', violated, room, reset, wait)
end
return reply
`)

const record = 22 // bytes of a charge in a reply

// width is how many bytes of a value a cost of a limit takes.
func width(quota int64) int {
	w := 1
	for ; quota >= 256; quota /= 256 {
		w++
	}
	return w
}

// forms of heads and entries by width; quotas are below 2^55 as the script counts in floating point.
var heads, entries = func() (h, e [8]string) {
	for w := range h {
		h[w] = ">BI5I" + strconv.Itoa(w)
		e[w] = ">BI" + strconv.Itoa(w)
	}
	return h, e
}()

// rollingArgs are the script's words for one charge.
func rollingArgs(args []string, l *api.Limit, cost int64) []string {
	unit := (l.Window.Microseconds() + 239) / 240
	var packed [21]byte
	for i, n := range [...]int64{cost, l.Quota, unit} {
		var eight [8]byte
		binary.BigEndian.PutUint64(eight[:], uint64(n))
		copy(packed[i*7:], eight[1:])
	}
	w := width(l.Quota)
	return append(args, string(packed[:]), strconv.Itoa(w), heads[w], entries[w], itoa(241*unit/1000+2))
}

var errReply = errors.New("redisstore: a reply that cannot be read")

// rollingDecision reads the reply of rollingScript.
func (q *question) rollingDecision(reply string) (api.Decision, error) {
	if len(reply) != record*len(q.keys) {
		return api.Decision{}, errReply
	}
	seven := func(text string) int64 {
		var n int64
		for i := range 7 {
			n = n<<8 | int64(text[i])
		}
		return n
	}
	d := api.Decision{Admitted: true, Limits: make([]api.State, len(q.charges))}
	for i := range q.charges {
		c, r := &q.charges[i], reply[record*q.of[i]:]
		d.Limits[i] = api.State{
			Limit: c.Limit, Key: c.Key, Cost: c.Cost, Violated: r[0] == 1, Remaining: seven(r[1:]),
			Reset: time.Duration(seven(r[8:])) * time.Microsecond, Wait: time.Duration(seven(r[15:])) * time.Microsecond,
		}
		d.Admitted = d.Admitted && r[0] == 0
	}
	return d, nil
}
