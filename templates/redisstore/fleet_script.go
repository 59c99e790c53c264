package redisstore

// syncScript performs one sync of a process in Redis: it takes units of quota back and grants
// others, for several counters of one slot in one round trip.
//
//	process A                                Redis, for each counter                      process B
//	sync 7: hold 60, could use 80,           held by A 60, by B 30                        uses its 30 units
//	give back 10 that cool for 0.2 s   ──▶   cooling: 10 until now + 0.2 s                without asking
//	                                         ready: quota − held − cooling
//	grants: 5 at once, 10 in 0.2 s     ◀──   held by A 75; the reply is kept
//	(the reply is lost)
//	sync 7 again, attempt 2            ──▶   sync 7 is done: the same reply once more
//
// Each unit of a counter's quota belongs to one process at a time, or to none: then it is in the
// state as cooling, with the time from which it may be granted, or it is in the rest of the quota.
// A process uses its units as a limiter in one process would: a unit is busy from the sending of a
// request until a window after the response. So no window at the server sees more than the quota,
// whatever the network or Redis does meanwhile; Redis's clock matters only for units that change
// hands.
//
// A sync takes effect once, however often it is sent: a process that got no answer sends it again,
// with the same number and the same gifts, until it gets the reply. So a broken connection costs
// time but no units. Only a process whose lease has ended gives up and continues with another
// number; units on which the two sides then disagree cool for Transit and a window.
//
// Two processes may have different quotas for one limit, as during a roll-out: the smallest of
// those seen within Lease applies to all.
//
// # State
//
// The state of a counter is one string (MessagePack). Its key lives as long as a process may come
// back to it:
//
//	g  when it was made; tells a state that was lost from this one
//	l  Redis's time of the last sync
//	e  the marker's time when the state was made or last compared; n: it was made new under that
//	   marker
//	q  nothing but cooling units is given out before: the state is new although processes hold
//	   units, and they must report first; what cools was given to Redis since, so no process holds
//	   it
//	k  until then a process may have a kept part of which this state does not know
//	b  nothing is given out before: the server said so
//	f  the quota that the server has said it has, and until when that is believed
//	a  until then a little is left to occasional callers: more than one called lately
//	c  cooling units: {from when, how many}
//	p  by process: h holds, d could use, q its own quota, n cost of its first waiting call, w
//	   since when that waits, k kept for it when it is not heard of and v for how long, s number
//	   of its last sync, t when that was, r its reply, o when it was first heard of, i its name
//	   and z when it began, u the units that were given to it as cooling: {from when, how many}
//
// ARGV: process, number of the sync, lease, outage, transit, time since the process's first contact
// with Redis, attempt, the marker's time that the process knows (0: none), whether to compare
// run_ids, the marker's key, the process's name and when it began; then sixteen words for each
// counter: quota, cooldown (window and guard), units held after the gifts, demand, cost of the
// first waiting call, how long it has waited, units wanted now, blocked for, generation that the
// process knows, time since its last answered sync of the counter, the number of that sync (0:
// none), the reserve of the process, how soon after a loss all processes that hold units have
// reported, the quota that the server has announced (0: no news) and for how long that is valid,
// and the gifts as "delay amount delay amount …". Times are in microseconds.
//
// The reply begins with the marker's time. For each counter it has: the attempt that it answers,
// generation (0: the process holds nothing and is forgotten), the reserve and for how long after
// lease it is usable, target, fair share, blocked for, how long the state stays unconfirmed, the
// quota of all processes, the number of grants, and for each its delay and amount.
var syncScript = newScript(syncHead + markerLua + syncSharing + syncTrust + syncMembers + syncCounter + syncEnd)

const syncHead = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local id, seq, lease, outage, transit = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local known, attempt, epoch, compare, marker = tonumber(ARGV[6]), ARGV[7], tonumber(ARGV[8]), ARGV[9] == '1', ARGV[10]
local name, born = ARGV[11], tonumber(ARGV[12])
local floor, ceil, min, max = math.floor, math.ceil, math.min, math.max
local function whole(n) return string.format('%.0f', n) end
`

const syncEnd = `
local states = {}
for i = 1, #KEYS do
  local s = redis.call('GET', KEYS[i])
  s = s and cmsgpack.unpack(s)
  states[i] = s
  local me = s and s.p[id]
  if me and seq < me.s then return 'late' end
  if s and replaced(s) then return 'replaced' end
end
local m = mark()
local out = {whole(m and m.s or 0)}
for i = 1, #KEYS do
  local s = states[i]
  local me = s and s.p[id]
  if me and seq == me.s and me.r then
    out[#out + 1] = me.r
  else
    out[#out + 1] = sync(i, s or nil, m)
  end
end
return table.concat(out, ' ')
`
