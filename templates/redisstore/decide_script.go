package redisstore

// decideScript checks all charges of a request and then commits all or none, in one round trip.
//
// KEYS has one counter for each charge, ARGV five words for each: its kind, cost, quota, window in
// microseconds, and a parameter of the kind. The reply has four numbers for each charge: 1 if it is
// violated, what remains, and in microseconds how long until more remains and until the cost fits;
// then the time.
//
// The time is Redis's own. When it is set back, no cost leaves a window earlier than it would have:
// a step of less than a grain holds the counter's time; a larger one counts all that is spent as
// spent now.
//
// # Rolling windows (kind r)
//
// A value is a log of costs. With S units to a window, or a few less where u = ceil(window/S) is a
// few microseconds, costs of one unit are one entry:
//
//	8*b + width of a cost (1 byte), newest time in units (7), sum of the costs (width),
//	then for each entry: time modulo 256^b (b), cost (width)
//
//	quota up to 112   S = 65000, b = 2    at most 112 entries, 345 bytes;
//	                                      exact to 16 millionths of the window
//	any other         S = 136,   b = 1    at most 137 entries, 10 + 137 * (1 + width) bytes;
//	                                      exact to a 136th of the window
//
// An entry at unit e leaves at the start of unit e+S+1. One request a unit is rare where costs are
// large: a counter of 6000 a minute with costs of hundreds has 30 entries of 3 bytes.
//
// Proof that no half-open interval of a window sees more than the quota: an admitted cost at time t
// lies in unit e = floor(t/u). It leaves not before (e+S+1)u >= (floor(t/u)+1)u + S*u > t + S*u >=
// t + window. So at each admission all costs of the last window are in the sum, the sum with the
// new cost is at most the quota, and a window's costs are those of the window that ends at its last
// admission.
//
// Utilisation: an entry leaves at most one unit late. That is less than the allowance that clients
// make, which is a 10,000th of the window and a millisecond up to a quota of 112, and a 128th more
// beyond, so a generated client is never refused. The times modulo 256^b are unambiguous because
// all entries lie within S units before the newest. When a plan changes from one form to the other,
// entries are rewritten with times that are not earlier.
//
// # Aligned windows (kind u)
//
// The start of the window in microseconds (7 bytes) and its use so far (7). A clock that is set
// back by no more than a window does not reopen the previous one.
//
// # Buckets (kind b)
//
// The time at which the bucket will be full again, in microseconds (7 bytes), and the quota and
// burst of the last cost (7 each). A cost moves the time by ceil(cost*window/quota); it fits if the
// bucket is then full within burst*window/quota. Rounding up is on the safe side. After a change of
// plan, a caller's bucket keeps its deficit in units, which flows in at the former plan's rate
// until the next cost. So switching plans back and forth yields no more than the larger of both.
//
// # Concurrent requests (kind c)
//
// A hash with a field for each process: what it holds and until when that counts, in milliseconds.
// A process that dies no longer counts after that.
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

-- form is how a counter's entries are written: bytes of a time, units to a window.
local function form(quota)
  if quota <= 112 then return 2, 65000 end
  return 1, 136
end

-- rewritten is a value in another form or width. A time becomes the unit in which the end of its old one lies.
local function rewritten(value, b, w, u, window, n)
  local code = byte(value)
  local b0, w0 = floor(code / 8), code % 8
  if b0 == 0 then -- of an earlier version: all of it is spent now
    local used = unpack_('>I' .. w0, value, 7)
    return pack('>BI7I' .. w .. 'I' .. b .. 'I' .. w, 8 * b + w, n, used, n % 256 ^ b, used)
  end
  local u0, m0 = u, 256 ^ b0
  if b0 ~= b then u0 = ceil(window / (b0 == 2 and 65000 or 136)) end
  local newest, used, at = unpack_('>I7I' .. w0, value, 2)
  local entry, log, e = '>I' .. b0 .. 'I' .. w0, {}, n
  while at <= #value do
    local low, cost
    low, cost, at = unpack_(entry, value, at)
    e = newest - (newest - low) % m0
    if u0 ~= u then e = floor(((e + 1) * u0 - 1) / u) end
    log[#log + 1] = pack('>I' .. b .. 'I' .. w, e % 256 ^ b, cost)
  end
  return pack('>BI7I' .. w, 8 * b + w, e, used) .. table.concat(log)
end

local function rolling(key, value, quota, window)
  local b, span = form(quota)
  local u = ceil(window / span)
  span = ceil(window / u) -- less where microseconds are few
  local n = floor(now / u)
  local c = {u = u, n = n, w = width(quota), b = b, span = span, used = 0, log = '', newest = n}
  if not value then return c end
  local used = unpack_('>I' .. byte(value) % 8, value, byte(value) < 8 and 7 or 9)
  c.w = width(max(quota, used))
  if byte(value) ~= 8 * b + c.w then value = rewritten(value, b, c.w, u, window, n) end
  local entry, size, m = '>I' .. b .. 'I' .. c.w, b + c.w, 256 ^ b
  local newest = unpack_('>I7', value, 2)
  if newest > n then
    if newest - n < span / 20 then
      n = newest
      c.n = n
    else
      value = pack('>BI7I' .. c.w .. 'I' .. b .. 'I' .. c.w, 8 * b + c.w, n, used, n % m, used)
      newest = n
      redis.call('SET', key, value, 'PX', ceil((span + 1) * u / 1000) + 1)
    end
  end
  local at, late = 9 + c.w, n - newest
  if late > span then return c end
  while at <= #value do
    local low, cost = unpack_(entry, value, at)
    if (newest - low) % m + late <= span then break end
    used = used - cost
    at = at + size
  end
  c.used, c.log, c.newest = used, sub(value, at), newest
  return c
end

-- freed is how long it takes until missing has left the log.
local function freed(c, missing)
  local entry, sum, at = '>I' .. c.b .. 'I' .. c.w, 0, 1
  while at <= #c.log do
    local low, cost
    low, cost, at = unpack_(entry, c.log, at)
    sum = sum + cost
    if sum >= missing then
      local e = c.newest - (c.newest - low) % 256 ^ c.b
      return (e + c.span + 1) * c.u - now
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
      local w, b, n, log = c.w, c.b, c.n, c.log
      local joined = cost
      if log ~= '' and c.newest == n then
        joined = cost + unpack_('>I' .. w, log, #log - w + 1)
        log = sub(log, 1, -1 - w - b)
      end
      c.used = c.used + cost
      c.room = c.room - cost
      c.log = log .. pack('>I' .. b .. 'I' .. w, n % 256 ^ b, joined)
      c.newest = n
      redis.call('SET', key, pack('>BI7I' .. w, 8 * b + w, n, c.used) .. c.log, 'PX', ceil((c.span + 1) * c.u / 1000) + 1)
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
reply[#KEYS + 1] = string.format('%.0f', now)
return table.concat(reply, ' ')
`)
