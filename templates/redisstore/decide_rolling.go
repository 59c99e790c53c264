package redisstore

import (
	"encoding/binary"
	"errors"
	"time"

	api "github.com/limitgen/limitgen/templates/runtime"
)

// rollingScript is decideScript for requests that have rolling windows only, as most do: a third of the work for Redis.
// What is stored is the same. It answers nothing, and has written nothing, when a clock was set back or a quota has got
// another width; decideScript then decides.
//
// ARGV[1] has for each charge the width of a cost, the cost, the quota and the unit in microseconds, packed. The reply has
// for each whether it is violated, what remains, and in microseconds how long until more remains and until the cost fits.
var rollingScript = newScript(`
local keys, args, call = KEYS, ARGV[1], redis.call
local heads = {'>BI5I1', '>BI5I2', '>BI5I3', '>BI5I4', '>BI5I5', '>BI5I6', '>BI5I7'}
local entries = {'>BI1', '>BI2', '>BI3', '>BI4', '>BI5', '>BI6', '>BI7'}
local pack, unpack_, byte, sub = struct.pack, struct.unpack, string.byte, string.sub
local time = redis.call('TIME')
local values = call('MGET', unpack(keys))
local now = time[1] * 1000000 + time[2]
local admitted, count = true, #keys
-- For each charge: cost, quota, unit, present time, used, newest time, where the log begins, width.
local s = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}

for i = 1, count do
  local w, cost, quota, unit = unpack_('>BI7I7I7', args, i * 22 - 21)
  local n = (now - now % unit) / unit
  local value = values[i]
  local used, newest, at = 0, n, 0
  if value then
    local is
    is, newest, used = unpack_(heads[w], value)
    if is ~= w or newest > n then return '' end
    local late = n - newest
    if late > 240 then
      used, newest = 0, n
    else
      at = 7 + w
      while (newest - byte(value, at)) % 256 + late > 240 do
        local _, left = unpack_(entries[w], value, at)
        used = used - left
        at = at + 1 + w
        if at > #value then
          at, newest = 0, n
          break
        end
      end
    end
  end
  if used + cost > quota then admitted = false end
  local a = i * 8
  s[a - 7], s[a - 6], s[a - 5], s[a - 4], s[a - 3], s[a - 2], s[a - 1], s[a] = cost, quota, unit, n, used, newest, at, w
end

local reply = ''
for i = 1, count do
  local a = i * 8
  local cost, quota, unit, n, used, newest, at, w = s[a - 7], s[a - 6], s[a - 5], s[a - 4], s[a - 3], s[a - 2], s[a - 1], s[a]
  local value, oldest, violated, reset, wait = values[i], n, 0, 0, 0
  if at > 0 then oldest = newest - (newest - byte(value, at)) % 256 end
  if admitted then
    if cost > 0 then
      used = used + cost
      local rest, joined = '', cost
      if at > 0 then
        if newest - newest % 12 == n - n % 12 then
          local size = #value
          local _, last = unpack_(entries[w], value, size - w)
          joined = joined + last
          if at == size - w then oldest = n else rest = sub(value, at, size - 1 - w) end
        else
          rest = sub(value, at)
        end
      end
      call('SET', keys[i], pack(heads[w], w, n, used) .. rest .. pack(entries[w], n % 256, joined), 'PX', math.ceil(241 * unit / 1000) + 1)
    end
  elseif used + cost > quota then
    violated = 1
    local missing, sum, e = math.min(used + cost - quota, used), 0, oldest
    while sum < missing do
      local low, entry = unpack_(entries[w], value, at)
      sum = sum + entry
      e = newest - (newest - low) % 256
      at = at + 1 + w
    end
    wait = (e + 241) * unit - now
  end
  local room = quota - used
  if room < 0 then room = 0 end
  if used > 0 then reset = (oldest + 241) * unit - now end
  reply = reply .. pack('>BI7I7I7', violated, room, reset, wait)
end
return reply
`)

const record = 22 // bytes of a charge in the script's words, and in its reply

// width is how many bytes of a value a cost of a limit takes.
func width(quota int64) int {
	w := 1
	for ; quota >= 256; quota /= 256 {
		w++
	}
	return w
}

// rollingArgs are the script's words.
func (q *question) rollingArgs() []string {
	packed := make([]byte, 0, record*len(q.keys))
	for i, l := range q.limits {
		packed = append(packed, byte(width(l.Quota)))
		for _, n := range [...]int64{q.costs[i], l.Quota, (l.Window.Microseconds() + 239) / 240} {
			var eight [8]byte
			binary.BigEndian.PutUint64(eight[:], uint64(n))
			packed = append(packed, eight[1:]...)
		}
	}
	return []string{string(packed)}
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
