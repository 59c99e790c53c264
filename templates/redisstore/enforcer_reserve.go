package redisstore

import (
	"context"
	"math/big"
	"slices"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// Reserve is Admit for a request that a later check may still refuse. What cancel gives back
// reaches Redis a moment later, and stays spent if Redis does not answer then. See
// ratelimit.Reserver.
func (e enforcer) Reserve(ctx context.Context, charges []ratelimit.Charge) (ratelimit.Decision, func(), error) {
	s, asked := e.store, e.store.clock.Now()
	d, at, err := e.admit(ctx, charges)
	if err != nil || !d.Admitted || at == 0 {
		return d, nil, err // Redis did not decide, so it has nothing to return
	}
	if !slices.ContainsFunc(charges, func(c ratelimit.Charge) bool { return c.Cost > 0 && kindOf(c.Limit) != 'c' }) {
		return d, nil, nil
	}
	return d, func() { go s.giveBackRates(charges, d.Limits, asked, at) }, nil
}

var _ ratelimit.Reserver = enforcer{}

// giveBackRates returns charges that were admitted after asked by this process's clock, at at by
// Redis's.
func (s *Store) giveBackRates(charges []ratelimit.Charge, left []ratelimit.State, asked time.Time, at int64) {
	q := newDecisionRequest(s, charges)
	defer q.free()
	ago := max(0, s.clock.Now().Sub(asked))
	args := []string{itoa(at)}
	for i, l := range q.limits {
		cost := q.costs[i]
		if q.kinds[i] == 'b' {
			cost = refunded(l, cost, left[slices.Index(q.counterOf, i)].Remaining, ago)
		}
		args = append(args, string(q.kinds[i]), itoa(cost), itoa(l.Window.Microseconds()), itoa(l.Quota))
	}
	_, _ = s.run(context.Background(), returnScript, q.keys, args, false) // on failure the charges stay spent, which is safe
}

// refunded is by how many microseconds a bucket is full earlier when a cost is returned after which
// left units remained. What would have overflowed since, had the cost never been taken, is lost.
func refunded(l *ratelimit.Limit, cost, left int64, ago time.Duration) int64 {
	lasts := func(units int64) int64 { // the time in which that many units flow in
		n := new(big.Int).Mul(big.NewInt(units), big.NewInt(l.Window.Microseconds()))
		return n.Div(n, big.NewInt(l.Quota)).Int64()
	}
	over := ago.Microseconds() + 1 - lasts(max(0, l.Burst-left-cost-1))
	return max(0, lasts(cost)-max(0, over))
}

// returnScript returns charges. ARGV: when they were admitted, by Redis's clock in microseconds,
// then for each key its kind, the cost to return, its window in microseconds and its quota.
//
// A rolling cost is taken from the entry of its unit, and from earlier entries if other returns
// have used that up: taking it from a later one would free costs that leave the window later. The
// script only overwrites numbers in place, so a key keeps its expiry.
var returnScript = newScript(`
local charged = tonumber(ARGV[1])
local floor, max, min = math.floor, math.max, math.min

local function rolling(key, value, cost, window)
  local b, w = floor(string.byte(value) / 8), string.byte(value) % 8
  if b == 0 then return end -- of an earlier version
  local u = math.ceil(window / (b == 2 and 65000 or 136)) -- as decideScript has it
  local unit = floor(charged / u)
  local newest, used, at = struct.unpack('>I7I' .. w, value, 2)
  local entry, entries, e = '>I' .. b .. 'I' .. w, {}, 0
  while at <= #value and e < unit do
    local low, spent, next_ = struct.unpack(entry, value, at)
    e = newest - (newest - low) % 256 ^ b
    entries[#entries + 1] = {at + b, spent}
    at = next_
  end
  if e ~= unit then return end -- it has left the window, or times were told anew
  for i = #entries, 1, -1 do
    local place, spent = entries[i][1], entries[i][2]
    local part = min(cost, spent, used)
    if part > 0 then
      redis.call('SETRANGE', key, place - 1, struct.pack('>I' .. w, spent - part))
      used, cost = used - part, cost - part
    end
  end
  redis.call('SETRANGE', key, 8, struct.pack('>I' .. w, used))
end

for i = 1, #KEYS do
  local key, kind, cost, window = KEYS[i], ARGV[i * 4 - 2], tonumber(ARGV[i * 4 - 1]), tonumber(ARGV[i * 4])
  local value = kind ~= 'c' and redis.call('GET', key)
  if not value then
    -- it has expired, and with it what was charged
  elseif kind == 'r' then
    rolling(key, value, cost, window)
  elseif kind == 'u' then
    local start, used = struct.unpack('>I7I7', value)
    if charged >= start then redis.call('SETRANGE', key, 7, struct.pack('>I7', max(0, used - cost))) end
  elseif #value <= 7 or struct.unpack('>I7', value, 8) == tonumber(ARGV[i * 4 + 1]) then
    redis.call('SETRANGE', key, 0, struct.pack('>I7', max(0, struct.unpack('>I7', value) - cost)))
  end -- else a cost of another plan has come since, at whose rate the time is told
end
return ''
`)
