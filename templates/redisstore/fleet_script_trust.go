package redisstore

// syncTrust decides what a state is worth: clocks are set, and Redis forgets.
const syncTrust = `
-- shift moves all times later: the clock was set forward, or the sync came late; then units cool for longer than
-- they must.
local function shift(s, by)
  s.q, s.k, s.b, s.a = s.q + by, s.k + by, s.b + by, s.a + by
  for _, e in ipairs(s.c) do e[1] = e[1] + by end
  for _, p in pairs(s.p) do p.t, p.w = p.t + by, p.w + by end
end

-- loss is how long nothing is given out when a state was lost that processes knew: until what any of them held is surely
-- over, also of those that cannot say so.
local function loss(cool) return lease + transit + cool end

-- bound is for a clock that was set back. By how much must not be believed: it may be a late sync's shift that shows,
-- and what was given since must not come free earlier. So no time is later than it could be if it were set now.
local function bound(s, cool, by)
  s.q, s.k, s.b, s.a = min(s.q, now + loss(cool)), min(s.k, now + outage + loss(cool)), s.b + by, min(s.a, now + lease)
  for _, e in ipairs(s.c) do e[1] = min(e[1], now + transit + cool + 200000) end
  for _, p in pairs(s.p) do p.t, p.w = min(p.t, now), min(p.w, now) end
end

-- restarted returns when a state that is missing can be believed to be new where there is no marker. A process that knew Redis
-- before its start shows that states were lost.
local function restarted(cool)
  local _, up = server()
  if not up or known <= (up + 1) * 1000000 then return 0 end
  return now + max(loss(cool) - (up - 1) * 1000000, 0)
end

-- missed notes that processes held units when the state was lost, at from or before.
local function missed(s, from, cool)
  s.q, s.k = max(s.q, from + loss(cool)), max(s.k, from + outage + loss(cool))
end

-- believe returns the state as far as it can be believed.
local function believe(s, m, cool, report)
  if s then s.a, s.k = s.a or 0, s.k or 0 end
  if s and m and m.z and s.e ~= m.s then s = {b = s.b} end -- a copy from before the last changes
  if not s or not s.p then
    s = {g = now, l = now, q = 0, k = 0, b = s and s.b or 0, a = 0, c = {}, p = {}, n = true, e = m and m.s}
    if m then s.q = min(m.s, now) + max(report, m.w or 0) else s.q = restarted(cool) end
  end
  if m then
    if s.e ~= m.s then s.e, s.n = m.s, nil end
    if s.n and m.l then
      missed(s, min(m.s, now), cool)
      s.n = nil
    end
  end
  return s
end
`
