package redisstore

// syncCounter is the sync about one counter.
const syncCounter = `
-- grant returns what a process gets of what is ready and of what cools, and what goes on cooling.
local function grant(s, me, still, ready, want, target, equal, reserve, quota, cool)
  local grants, granted = {}, 0
  local room = min(want, target - me.h)
  if room <= 0 or ready < 0 or now < s.b then return grants, granted, still end
  local far, stays, left = now + cool / 12, 0, {}
  local portion = quota / 4
  if me.d > equal then
    far = now + cool
    stays, left = aside(still, ready, reserve, max(cool / 10, 1))
    portion = target / 6
  elseif me.d > quota / 5 then
    stays, left = aside(still, ready, reserve, 1)
  end
  -- A portion at a time, so that a first burst leaves something to those that come next.
  local have = min(room, ready - stays, max(ceil(portion), me.n))
  if have > 0 and now >= s.q then grants[1], granted = {0, have}, have end
  local rest = {}
  for i, e in ipairs(still) do
    local part = min(room - granted, e[2] - (left[i] or 0))
    if part > 0 and e[1] <= far then
      grants[#grants + 1], granted = {max(e[1] - now, 0), part}, granted + part
      e[2] = e[2] - part
    end
    if e[2] > 0 then rest[#rest + 1] = e end
  end
  return grants, granted, rest
end

local function sync(i, s, m)
  local a = 12 + (i - 1) * 16
  local own, cool, held, demand, need = tonumber(ARGV[a + 1]), tonumber(ARGV[a + 2]), tonumber(ARGV[a + 3]), tonumber(ARGV[a + 4]), tonumber(ARGV[a + 5])
  local waited, want, block, gen = tonumber(ARGV[a + 6]), tonumber(ARGV[a + 7]), tonumber(ARGV[a + 8]), tonumber(ARGV[a + 9])
  local since, answered, keeps, report = tonumber(ARGV[a + 10]), tonumber(ARGV[a + 11]), tonumber(ARGV[a + 12]), tonumber(ARGV[a + 13])
  s = believe(s, m, cool, report)
  local me = s.p[id]

  -- A living process knows how long its last sync was ago. If Redis's clock says otherwise, that was set. A
  -- sync whose answer was lost says nothing.
  local step = me and me.s == answered and now - me.t - since or 0
  if step > 500000 then
    shift(s, step)
  elseif step < -500000 or now < s.l then
    bound(s, cool, min(step, now - s.l))
  end
  s.l = now
  local lost = gen ~= 0 and gen ~= s.g
  if lost then missed(s, s.g, cool) end
  if block > 0 then s.b = max(s.b, now + block) end
  local lowered = tonumber(ARGV[a + 14])
  if lowered > 0 then s.f = {lowered, now + tonumber(ARGV[a + 15])} end
  bury(s, cool)

  local given = take(s, ARGV[a + 16])
  -- Units that were given to the process, or by it, in a sync that one side has not heard of.
  cools(s, now + transit + cool, (me and me.h or 0) - given - held)

  local quota, all, kept, active = own, held, 0, demand > 0 and 1 or 0
  for pid, p in pairs(s.p) do
    if pid ~= id then
      all, kept = all + p.h, kept + p.k
      if p.d > 0 then active = active + 1 end
      if p.q and now - p.t <= lease then quota = min(quota, p.q) end
    end
  end
  if s.f and now < s.f[2] then quota = min(quota, s.f[1]) end
  -- A quarter of the quota is kept for processes that cannot reach Redis. Part of that may belong to some that this state does
  -- not know yet.
  local spare = max(floor(quota / 4) - kept, 0)
  local keep = ceil(spare / 2)
  if me and me.k > 0 then
    keep = me.k
  elseif lost then
    keep = min(keeps, spare)
  elseif now < max(s.k, s.q) then
    keep = 0
  end
  local first = me and me.o or now
  local unused = me and given == 0 and me.h == held and me.u or {}
  me = {
    h = held, d = demand, q = own, n = need, w = now - waited, k = keep, v = min(outage, now - first), s = seq, t = now,
    i = name ~= '' and name or nil, z = born, o = first, u = {},
  }
  for _, e in ipairs(unused) do
    if e[1] > now then me.u[#me.u + 1] = e end
  end
  s.p[id] = me

  local still, cooling = settle(s)
  local ready = quota - all - cooling
  if now < s.k and ready > 0 then ready = max(ready - max(spare - keep, 0), 0) end
  -- A little is left for occasional callers, so that they find a unit soon.
  if active > 1 then s.a = now + lease end
  local target, equal, reserve = allot(s, me, quota, now < s.a and floor(quota / 50) or 0)
  local fair = equal or quota
  local grants, granted
  grants, granted, s.c = grant(s, me, still, ready, want, target, fair, reserve, quota, cool)
  me.h = held + granted

  local words = {attempt, 0, keep, me.v, target, fair, max(s.b - now, 0), max(s.q - now, 0), quota, #grants}
  if me.h == 0 and demand == 0 then s.p[id] = nil else words[2] = s.g end
  for _, g in ipairs(grants) do
    words[#words + 1] = g[1]
    words[#words + 1] = g[2]
    if g[1] > 0 then me.u[#me.u + 1] = {now + g[1], g[2]} end
  end
  for j = 2, #words do words[j] = whole(words[j]) end
  me.r = table.concat(words, ' ')
  local life = cool + transit
  if next(s.p) then life = life + lease + outage end
  life = max(life, s.b - now, s.q - now, s.k - now)
  redis.call('SET', KEYS[i], cmsgpack.pack(s), 'PX', ceil(life / 1000) + 1000)
  return me.r
end
`
