package redisstore

// syncMembers keeps account of the processes that share a counter.
const syncMembers = `
local function cools(s, from, amount)
  if amount > 0 then s.c[#s.c + 1] = {from, amount} end
end

-- replaced reports whether another process has begun under this one's name since. One that is silent for a lease is gone:
-- a machine's clock may have been set back between the two.
local function replaced(s)
  if name == '' then return false end
  for pid, p in pairs(s.p) do
    if p.i == name and pid ~= id and p.z > born and now - p.t <= lease then return true end
  end
  return false
end

-- bury lets the units cool of those that are gone: the process that had this one's name has ended, and what it sent is over
-- after transit and a window. One that is merely silent may go on for lease with all that it holds, and for outage, or as
-- long as it was there, with what is kept for it. Some time remains for those that live to notice that the clock was set.
local function bury(s, cool)
  for pid, p in pairs(s.p) do
    local silent = now - p.t
    if pid == id then
    elseif name ~= '' and p.i == name then
      -- What was to come free later was never used.
      for _, e in ipairs(p.u or {}) do
        if e[1] > now then
          local n = min(e[2], p.h)
          cools(s, e[1], n)
          p.h = p.h - n
        end
      end
      cools(s, now + transit + cool, p.h)
      s.p[pid] = nil
    elseif silent > lease then
      local kept, soon = min(p.h, p.k), now + lease / 4
      cools(s, max(p.t + lease + transit + cool, soon), p.h - kept)
      p.h, p.d, p.n = kept, 0, 0
      local last = p.t + lease + (p.v or outage)
      if now > last then
        cools(s, max(last + transit + cool, soon), kept)
        kept = 0
      end
      if kept == 0 then s.p[pid] = nil end
    end
  end
end

-- take takes what the process gives back. While a state is not believed, it is known of that alone that no process holds it.
local function take(s, words)
  local given, delay = 0, nil
  for word in words:gmatch('%d+') do
    local n = tonumber(word)
    if not delay then
      delay = n
    else
      if delay > 0 or now < s.q then cools(s, now + delay, n) end
      given, delay = given + n, nil
    end
  end
  return given
end

-- settle returns the cooling entries in order of time, and their sum. What has cooled is ready, unless the state is not
-- believed.
local function settle(s)
  local still, sum, cold = {}, 0, 0
  for _, e in ipairs(s.c) do
    if e[1] > now then
      still[#still + 1] = e
      sum = sum + e[2]
    elseif now < s.q then
      cold = cold + e[2]
    end
  end
  if cold > 0 then still[#still + 1] = {now, cold} end
  table.sort(still, function(x, y) return x[1] < y[1] end)
  return still, sum + cold
end
`
