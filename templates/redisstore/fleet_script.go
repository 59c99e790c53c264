package redisstore

// exchangeScript lets one process give back units of quota and take others, for several counters in one round trip.
//
// Each unit of a counter's quota belongs to one process at a time, or to nobody: then it stands in the state as
// cooling, with the time from which it may be given out, or it is what remains of the quota. A process uses its units
// as a limiter in one process would: a unit is busy from the sending of a request until a window after the response. So no
// window at the server sees more than the units there are, whatever the network or Redis do meanwhile; Redis's
// clock matters only for units that change hands.
//
// The state of a counter is one string (MessagePack), its key lives as long as a process may come back to it:
//
//	g  when it was made; tells a state that was lost from this one
//	l  Redis's time of the last exchange
//	q  nothing but cooling units is given out before: the state is new although processes hold units, and they must
//	   report first; what cools was given to Redis since, so nobody holds it
//	b  nothing is given out before: the server said so
//	a  until then a little is left to those who seldom call: more than one called lately
//	c  cooling units: {from when, how many}
//	p  by process: h holds, d could use, n cost of its first waiting call, w since when that waits, k kept for it when it
//	   is not heard of, s number of its last exchange, t when that was
//
// ARGV: process, number of the exchange, lease, outage, transit, how long the process has known Redis; then twelve words for each
// counter: quota, cooling time (window and guard), held after giving, demand, cost of the first
// waiting call, how long it has waited, wanted now, blocked for, generation that the process knows, time since
// the last exchange about it that was answered, the number of that (0: none), and what it gives as
// "delay amount delay amount …". Times are in microseconds.
//
// The reply has for each counter: generation (0: the process holds nothing and is forgotten), what is kept, target,
// the part of a process that could use more, blocked for, the number of grants, and for each its delay and amount.
var exchangeScript = newScript(`
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local id, seq, lease, outage, transit = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local known = tonumber(ARGV[6])
local floor, min, max = math.floor, math.min, math.max
local out = {}
local function say(n) out[#out + 1] = string.format('%.0f', n) end

-- level shares capacity out so that nobody gets more than he can use and the rest is equal.
local function level(demands, capacity)
  table.sort(demands)
  for i, d in ipairs(demands) do
    local each = capacity / (#demands - i + 1)
    if d > each then return max(each, 0) end
    capacity = capacity - d
  end
end

-- aside returns what a process that could use more leaves to those who seldom call: how much of what is ready, and of
-- each cooling entry. The units of the reserve come free one after the other in the span that follows, so that there is
-- always one soon and little of them lies idle.
local function aside(cooling, ready, reserve, now, span)
  local left, sum = {}, 0
  for i = #cooling, 1, -1 do
    local e = cooling[i]
    local may = reserve - max(math.ceil((e[1] - now) / span * reserve) - 1, 0)
    left[i] = max(min(e[2], may - sum), 0)
    sum = sum + left[i]
  end
  ready = max(min(ready, reserve - sum), 0)
  sum = sum + ready
  for i, e in ipairs(cooling) do
    local more = min(e[2] - left[i], reserve - sum)
    left[i], sum = left[i] + more, sum + more
  end
  return ready, left
end

-- shift moves all times later: the clock was set forward, or the exchange came late; then units cool for longer than
-- they must.
local function shift(s, by)
  s.q, s.b, s.a = s.q + by, s.b + by, s.a + by
  for _, e in ipairs(s.c) do e[1] = e[1] + by end
  for _, p in pairs(s.p) do p.t, p.w = p.t + by, p.w + by end
end

-- quarantine is how long nothing is given out when a state was lost, so that all who hold units can say so. Nobody who
-- lives rests longer than 3 seconds from asking a Redis that failed.
local function quarantine(cool) return max(lease / 2, cool, 4000000) end

-- bound is for a clock that was set back. By how much must not be believed: it may be a late exchange's shift that shows,
-- and what was given since must not come free earlier. So no time is later than it could be if it were set now.
local function bound(s, now, cool, by)
  s.q, s.b, s.a = min(s.q, now + quarantine(cool)), s.b + by, min(s.a, now + lease)
  for _, e in ipairs(s.c) do e[1] = min(e[1], now + transit + cool + 200000) end
  for _, p in pairs(s.p) do p.t, p.w = min(p.t, now), min(p.w, now) end
end

-- restarted returns when a state that is missing can be believed to be new. A process that knew Redis before its start
-- shows that states were lost: others may hold units, or some that were given back may cool.
local function restarted(cool)
  local info = redis.pcall('INFO', 'server')
  local up = type(info) == 'string' and tonumber(info:match('uptime_in_seconds:(%d+)'))
  if not up or known <= (up + 1) * 1000000 then return 0 end
  return now + max(quarantine(cool) - (up - 1) * 1000000, 0)
end

for i = 1, #KEYS do
  local a = 6 + (i - 1) * 12
  local quota, cool, held, demand, need = tonumber(ARGV[a + 1]), tonumber(ARGV[a + 2]), tonumber(ARGV[a + 3]), tonumber(ARGV[a + 4]), tonumber(ARGV[a + 5])
  local waited, want, block, gen = tonumber(ARGV[a + 6]), tonumber(ARGV[a + 7]), tonumber(ARGV[a + 8]), tonumber(ARGV[a + 9])
  local since, answered = tonumber(ARGV[a + 10]), tonumber(ARGV[a + 11])
  local s = redis.call('GET', KEYS[i])
  if s then
    s = cmsgpack.unpack(s)
    s.a = s.a or 0
  else
    s = {g = now, l = now, q = restarted(cool), b = 0, a = 0, c = {}, p = {}}
  end
  local me = s.p[id]
  if me and seq <= me.s then return 'late' end

  -- A living process knows how long its last exchange was ago. If Redis's clock says otherwise, that was set. An
  -- exchange whose answer was lost says nothing.
  local step = me and me.s == answered and now - me.t - since or 0
  if step > 500000 then
    shift(s, step)
  elseif step < -500000 or now < s.l then
    bound(s, now, cool, min(step, now - s.l))
  end
  s.l = now
  if gen ~= 0 and gen ~= s.g then s.q = max(s.q, now + quarantine(cool)) end
  if block > 0 then s.b = max(s.b, now + block) end

  for pid, p in pairs(s.p) do
    if pid ~= id and now - p.t > lease then
      local kept = min(p.h, p.k)
      if now - p.t > lease + outage then kept = 0 end
      if p.h > kept then s.c[#s.c + 1] = {max(now, p.t + lease) + transit + cool, p.h - kept} end
      p.h, p.d, p.n = kept, 0, 0
      if kept == 0 then s.p[pid] = nil end
    end
  end

  local given = 0
  local delay
  for word in ARGV[a + 12]:gmatch('%d+') do
    if delay then
      local amount = tonumber(word)
      given = given + amount
      if delay > 0 then s.c[#s.c + 1] = {now + delay, amount} end
      delay = nil
    else
      delay = tonumber(word)
    end
  end
  -- Units that were given to the process, or by it, in an exchange that one side has not heard of.
  local astray = (me and me.h or 0) - given - held
  if astray > 0 then s.c[#s.c + 1] = {now + transit + cool, astray} end

  local all, kept, active, demands = held, 0, 0, {}
  if demand > 0 then
    active = 1
    demands[1] = demand
  end
  for pid, p in pairs(s.p) do
    if pid ~= id then
      all, kept = all + p.h, kept + p.k
      if p.d > 0 then
        active = active + 1
        demands[active] = p.d
      end
    end
  end
  local keep = me and me.k or math.ceil(max(floor(quota / 4) - kept, 0) / 2)
  me = {h = held, d = demand, n = need, w = now - waited, k = keep, s = seq, t = now}

  local cooling, still = 0, {}
  for _, e in ipairs(s.c) do
    if e[1] > now then
      still[#still + 1] = e
      cooling = cooling + e[2]
    end
  end
  table.sort(still, function(x, y) return x[1] < y[1] end)
  local ready = quota - all - cooling

  -- A little is left for those who seldom call, so that they find a unit soon.
  if active > 1 then s.a = now + lease end
  local reserve = now < s.a and floor(quota / 50) or 0
  local equal = level(demands, quota - reserve)
  if equal then equal = math.ceil(equal) end
  local target = equal and min(demand, equal) or quota
  if equal then
    -- A call that costs more than its process's part: the one that has waited longest gets what it takes.
    local first, who = nil, nil
    local function look(pid, p)
      if p.n > min(p.d, equal) and (not first or p.w < first.w or p.w == first.w and pid < who) then first, who = p, pid end
    end
    for pid, p in pairs(s.p) do if pid ~= id then look(pid, p) end end
    look(id, me)
    if who == id then
      target, reserve = min(need, quota), 0
    elseif first then
      local others = {demand}
      for pid, p in pairs(s.p) do if pid ~= id and pid ~= who then others[#others + 1] = p.d end end
      target = min(demand, floor(level(others, quota - first.n) or demand))
    end
  end

  local grants, granted = {}, 0
  local fair = equal or quota
  local room = min(want, target - held)
  if room > 0 and ready >= 0 and now >= s.b then
    local far, stays, left = now + cool / 12, 0, {}
    local portion = quota / 4
    if demand > fair then
      far = now + cool
      stays, left = aside(still, ready, reserve, now, max(cool / 10, 1))
      portion = target / 6
    elseif demand > quota / 5 then
      stays, left = aside(still, ready, reserve, now, 1)
    end
    -- A portion at a time, so that a first burst leaves something to those who come next.
    local have = min(room, ready - stays, max(math.ceil(portion), need))
    if have > 0 and now >= s.q then grants[1], granted = {0, have}, have end
    local rest = {}
    for i, e in ipairs(still) do
      local take = min(room - granted, e[2] - (left[i] or 0))
      if take > 0 and e[1] <= far then
        grants[#grants + 1], granted = {e[1] - now, take}, granted + take
        e[2] = e[2] - take
      end
      if e[2] > 0 then rest[#rest + 1] = e end
    end
    still = rest
  end
  me.h = held + granted
  s.c = still
  s.p[id] = me
  if me.h == 0 and demand == 0 then s.p[id] = nil end
  local life = cool + transit
  if next(s.p) then life = life + lease + outage end
  life = max(life, s.b - now, s.q - now)
  redis.call('SET', KEYS[i], cmsgpack.pack(s), 'PX', math.ceil(life / 1000) + 1000)

  say(s.p[id] and s.g or 0)
  say(keep)
  say(target)
  say(fair)
  say(max(s.b - now, 0))
  say(#grants)
  for _, g in ipairs(grants) do
    say(g[1])
    say(g[2])
  end
end
return table.concat(out, ' ')
`)
