package redisstore

// decideScript checks all charges of a request and then commits all or none, in one round trip.
//
// KEYS has one counter for each charge, ARGV five words for each: its kind, cost, quota, window in microseconds, and
// what the kind needs besides. The reply has four numbers for each charge: 1 when it is violated, what remains, and
// in microseconds how long until more remains and until the cost fits.
//
// The time is Redis's own. When it is set back, nothing leaves a window earlier than it would have: a step of less than a
// grain holds the counter's time, a larger one counts all that is spent as spent now.
//
// # Rolling windows (kind r)
//
// A value is a log of costs, coarse so that its size does not depend on the quota. With u = ceil(window/240), the time is
// cut into units of u and grains of 12 units. Costs of one grain are one entry with the LATEST of their times, in units:
//
//	width of a cost (1 byte), newest time (5), sum of the costs (width), then for each entry: time modulo 256 (1), cost (width)
//
// An entry at unit e leaves at the start of unit e+241.
//
// Proof that no half-open interval of a window sees more than the quota: take an admitted cost at time t; it lies in unit
// floor(t/u) and its entry's time e is that unit or, when later costs joined the grain, a later one. It leaves
// not before (e+241)u >= (floor(t/u)+1)u + 240u > t + 240u >= t + window. So at each admission all costs of the
// last window are in the sum, the sum with the new cost is at most the quota, and a window's costs are those of the window
// that ends at its last admission.
//
// Use: entries leave at most a grain and a unit late, so a caller who waits gets the quota every window + 13 units at worst
// (94.9 %); one who takes all that comes free at once gets it every window + 1 unit (99.6 %).
// No more than 22 entries are alive, so a value is at most 28 + 23*width bytes long; width is 2 up to a quota of 65,535.
// The times modulo 256 are told apart because all entries lie within 240 units before the newest.
//
// # Aligned windows (kind u)
//
// The start of the window in microseconds (7 bytes) and what is used in it (7). A clock that is set back by
// no more than a window does not reopen the one before.
//
// # Buckets (kind b)
//
// The time at which the bucket will be full again, in microseconds (7 bytes), and the quota and burst of the last cost (7 each).
// A cost moves the time by ceil(cost*window/quota); it fits when the bucket is then full within burst*window/quota. Rounding
// up is on the safe side. A caller whose plan has changed keeps what is missing in his bucket, in units: it flows in at the
// former plan's rate until his next cost. So whoever goes back and forth has no more than the larger of both.
//
// # Concurrent requests (kind c)
//
// A hash with a field for each process: what it holds and until when that counts, in milliseconds. A process that
// dies stops counting then.
var decideScript = newScript(`
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local pack, unpack_, byte, sub, floor, ceil, max = struct.pack, struct.unpack, string.byte, string.sub, math.floor, math.ceil, math.max
local values = redis.call('MGET', unpack(KEYS))
local counters, reply, admitted = {}, {}, true

local function width(n)
  local w = 1
  while n >= 256 do n = n / 256; w = w + 1 end
  return w
end

local function rolling(key, value, quota, window)
  local u = ceil(window / 240)
  local n = floor(now / u)
  local c = {u = u, n = n, w = width(quota), used = 0, log = '', newest = n}
  if not value then return c end
  local w, newest = unpack_('>BI5', value)
  local form = '>I' .. w
  local used = unpack_(form, value, 7)
  if newest > n then
    if newest - n < 12 then
      n = newest
      c.n = n
    else
      value = pack('>BI5I' .. w .. 'BI' .. w, w, n, used, n % 256, used)
      newest = n
      redis.call('SET', key, value, 'PX', ceil(241 * u / 1000) + 1)
    end
  end
  local at, size = 7 + w, #value
  local late = n - newest
  if late > 240 then return c end
  while at < size and (newest - byte(value, at)) % 256 + late > 240 do
    used = used - unpack_(form, value, at + 1)
    at = at + 1 + w
  end
  local log = sub(value, at)
  local need = width(max(quota, used))
  if need ~= w then
    local wider = {}
    for i = 1, #log, 1 + w do
      wider[#wider + 1] = pack('>BI' .. need, byte(log, i), unpack_(form, log, i + 1))
    end
    log = table.concat(wider)
  end
  c.w, c.used, c.log, c.newest = need, used, log, newest
  return c
end

-- freed is how long it takes until missing has left the log.
local function freed(c, missing)
  local log, w, sum = c.log, c.w, 0
  for i = 1, #log, 1 + w do
    sum = sum + unpack_('>I' .. w, log, i + 1)
    if sum >= missing then
      local e = c.newest - (c.newest - byte(log, i)) % 256
      return (e + 241) * c.u - now
    end
  end
  return 0
end

for i = 1, #KEYS do
  local a = i * 5 - 4
  local kind, cost, quota, window = ARGV[a], tonumber(ARGV[a + 1]), tonumber(ARGV[a + 2]), tonumber(ARGV[a + 3])
  local c
  if kind == 'r' then
    c = rolling(KEYS[i], values[i], quota, window)
    c.room = quota - c.used
  elseif kind == 'u' then
    local start, used = now - now % window, 0
    if values[i] then
      local old, spent = unpack_('>I7I7', values[i])
      if old == start or old > start and old - start <= window then start, used = old, spent end
    end
    c = {start = start, used = used, room = quota - used}
  elseif kind == 'b' then
    local burst = tonumber(ARGV[a + 4])
    local deep = floor(burst * window / quota)
    local full, slow = now, 1
    if values[i] then
      full = max(now, (unpack_('>I7', values[i])))
      local filled, held = quota, burst
      if #values[i] > 7 then filled, held = unpack_('>I7I7', values[i], 8) end
      full = math.min(full, now + floor(held * window / filled))
      if filled ~= quota then
        slow = quota / filled
        full = now + ceil((full - now) / slow)
      end
    end
    c = {full = full, deep = deep, slow = slow, burst = burst, room = floor((now + deep - full) * quota / window)}
  else
    local used, mine, me = 0, 0, ARGV[a + 4]
    local held = redis.call('HGETALL', KEYS[i])
    for j = 1, #held, 2 do
      local count, until_ = held[j + 1]:match('(%d+) (%d+)')
      if tonumber(until_) * 1000 <= now then
        redis.call('HDEL', KEYS[i], held[j])
      else
        used = used + count
        if held[j] == me then mine = tonumber(count) end
      end
    end
    c = {mine = mine, room = quota - used}
  end
  c.fits = cost <= c.room
  admitted = admitted and c.fits
  counters[i] = c
end

for i = 1, #KEYS do
  local a = i * 5 - 4
  local kind, cost, quota, window = ARGV[a], tonumber(ARGV[a + 1]), tonumber(ARGV[a + 2]), tonumber(ARGV[a + 3])
  local c = counters[i]
  local key = KEYS[i]
  local reset, wait = 0, 0
  if kind == 'r' then
    if admitted and cost > 0 then
      local w, n, log = c.w, c.n, c.log
      local joined = cost
      if log ~= '' and floor(c.newest / 12) == floor(n / 12) then
        joined = cost + unpack_('>I' .. w, log, #log - w + 1)
        log = sub(log, 1, -2 - w)
      end
      c.used = c.used + cost
      c.room = c.room - cost
      c.log = log .. pack('>BI' .. w, n % 256, joined)
      c.newest = n
      redis.call('SET', key, pack('>BI5I' .. w, w, n, c.used) .. c.log, 'PX', ceil(241 * c.u / 1000) + 1)
    end
    if c.used > 0 then
      reset = freed(c, 1)
      if not c.fits then wait = freed(c, math.min(cost - c.room, c.used)) end
    end
  elseif kind == 'u' then
    if admitted and cost > 0 then
      c.room = c.room - cost
      redis.call('SET', key, pack('>I7I7', c.start, c.used + cost), 'PX', ceil((c.start + window - now) / 1000) + 1)
    end
    if c.room < quota then reset = c.start + window - now end
    if not c.fits then wait = c.start + window - now end
  elseif kind == 'b' then
    local step = ceil(cost * window / quota)
    if admitted and cost > 0 then
      c.full = c.full + step
      c.room = floor((now + c.deep - c.full) * quota / window)
      redis.call('SET', key, pack('>I7I7I7', c.full, quota, c.burst), 'PX', ceil((c.full - now) / 1000) + 1)
      c.slow = 1
    end
    if c.full > now then reset = ceil((ceil((c.room + 1) * window / quota) - (now + c.deep - c.full)) * c.slow) end
    if not c.fits then wait = ceil((c.full + step - now - c.deep) * c.slow) end
  elseif admitted and cost > 0 then
    c.room = c.room - cost
    local until_ = floor(now / 1000) + ARGV[a + 3]
    redis.call('HSET', key, ARGV[a + 4], string.format('%d %d', c.mine + cost, until_))
    redis.call('PEXPIRE', key, ARGV[a + 3])
  end
  reply[i] = string.format('%d %.0f %.0f %.0f', c.fits and 0 or 1, max(c.room, 0), max(reset, 0), max(wait, 0))
end
return table.concat(reply, ' ')
`)
