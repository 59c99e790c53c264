package redisstore

import (
	"context"
	"math/big"
	"slices"
	"time"

	api "github.com/limitgen/limitgen/templates/runtime"
)

// Reserve is Admit for a request that others may yet refuse. What cancel gives back reaches Redis a moment later, and
// stays spent when Redis does not answer then. See api.Reserver.
func (e enforcer) Reserve(ctx context.Context, charges []api.Charge) (api.Decision, func(), error) {
	s, asked := e.store, e.store.clock.Now()
	d, counted, err := e.admit(ctx, charges)
	if err != nil || !d.Admitted || !counted {
		return d, nil, err // without Redis there is nothing in it to give back
	}
	if !slices.ContainsFunc(charges, func(c api.Charge) bool { return c.Cost > 0 && kindOf(c.Limit) != 'c' }) {
		return d, nil, nil
	}
	return d, func() { go s.giveBackRates(charges, d.Limits, asked) }, nil
}

var _ api.Reserver = enforcer{}

// giveBackRates takes back charges that were admitted after a time.
func (s *Store) giveBackRates(charges []api.Charge, left []api.State, asked time.Time) {
	q := newQuestion(s, charges)
	defer q.free()
	ago := max(0, s.clock.Now().Sub(asked))
	args := []string{itoa(ago.Microseconds())}
	for i, l := range q.limits {
		cost := q.costs[i]
		if q.kinds[i] == 'b' {
			cost = poured(l, cost, left[slices.Index(q.of, i)].Remaining, ago)
		}
		args = append(args, string(q.kinds[i]), itoa(cost), itoa(l.Window.Microseconds()), itoa(l.Quota))
	}
	_, _ = s.run(context.Background(), returnScript, q.keys, args, false) // what Redis does not hear of stays spent, which is safe
}

// poured is by how many microseconds a bucket is full earlier when a cost is poured back that left so much in it: what
// would have run over since, had it never been taken, is lost.
func poured(l *api.Limit, cost, left int64, ago time.Duration) int64 {
	lasts := func(units int64) int64 { // as long as it takes that they flow in
		n := new(big.Int).Mul(big.NewInt(units), big.NewInt(l.Window.Microseconds()))
		return n.Div(n, big.NewInt(l.Quota)).Int64()
	}
	over := ago.Microseconds() + 1 - lasts(max(0, l.Burst-left-cost-1))
	return max(0, lasts(cost)-max(0, over))
}

// returnScript gives back what was charged. ARGV: for how many microseconds at most ago, then for each key its kind, what
// to give back, its window in microseconds and its quota.
//
// A rolling cost is taken from the newest entry that is no later than the grain it was charged in, and from those before:
// to take it from a later one would free what leaves the window later. Nothing is written but numbers in their places,
// so that a key expires when it would have.
var returnScript = newScript(`
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local charged = now - ARGV[1]
local floor, max, min = math.floor, math.max, math.min

local function rolling(key, value, cost, window)
  local u = math.ceil(window / 240)
  local n, grain = floor(now / u), floor(floor(charged / u) / 12)
  local w, newest = struct.unpack('>BI5', value)
  local form = '>I' .. w
  local used = struct.unpack(form, value, 7)
  local entries = {}
  for at = 7 + w, #value, 1 + w do
    local e = newest - (newest - string.byte(value, at)) % 256
    if n - e <= 240 and floor(e / 12) <= grain then entries[#entries + 1] = at end
  end
  for i = #entries, 1, -1 do
    local at = entries[i] + 1
    local spent = struct.unpack(form, value, at)
    local part = min(cost, spent, used)
    if part > 0 then
      redis.call('SETRANGE', key, at - 1, struct.pack(form, spent - part))
      used, cost = used - part, cost - part
    end
  end
  redis.call('SETRANGE', key, 6, struct.pack(form, used))
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
