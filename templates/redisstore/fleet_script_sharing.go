package redisstore

// syncSharing divides a quota among the processes that want it.
const syncSharing = `
-- level shares capacity out so that no process gets more than it can use and the rest is equal.
local function level(demands, capacity)
  table.sort(demands)
  for i, d in ipairs(demands) do
    local each = capacity / (#demands - i + 1)
    if d > each then return max(each, 0) end
    capacity = capacity - d
  end
end

-- aside returns what a process that could use more leaves to occasional callers: how much of what is ready, and of
-- each cooling entry. The units of the reserve come free one after the other in the span that follows, so that there is
-- always one soon and little of them lies idle.
local function aside(cooling, ready, reserve, span)
  local left, sum = {}, 0
  for i = #cooling, 1, -1 do
    local e = cooling[i]
    local may = reserve - max(ceil((e[1] - now) / span * reserve) - 1, 0)
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

-- allot returns how many units a process should have, what each process gets that could use more (nil when all have what
-- they can use), and what it leaves to occasional callers. A call that costs more than its process's part: the one that
-- has waited longest gets what it takes.
local function allot(s, me, quota, reserve)
  local demands = {}
  for _, p in pairs(s.p) do
    if p.d > 0 then demands[#demands + 1] = p.d end
  end
  local equal = level(demands, quota - reserve)
  if not equal then return quota, nil, reserve end
  equal = ceil(equal)
  local first, who = nil, nil
  for pid, p in pairs(s.p) do
    if p.n > min(p.d, equal) and p.n <= quota and (not first or p.w < first.w or p.w == first.w and pid < who) then first, who = p, pid end
  end
  if who == id then return min(me.n, quota), equal, 0 end
  if not first then return min(me.d, equal), equal, reserve end
  local others = {}
  for pid, p in pairs(s.p) do
    if pid ~= who and p.d > 0 then others[#others + 1] = p.d end
  end
  return min(me.d, floor(level(others, quota - first.n) or me.d)), equal, reserve
end
`
