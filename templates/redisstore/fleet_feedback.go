package redisstore

import (
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// longestBlock bounds the effect of one response of the server on a counter whose window is
// shorter.
const longestBlock = time.Hour

// Block says that the server admits no request of a counter before until, as a 429 does. All
// processes learn it at their next sync. It holds for an hour or a window at most, whichever is
// longer.
func (f *fleet) Block(limit *ratelimit.Limit, key string, until time.Time) {
	f.notify(limit, key, func(u *allocation, now time.Duration) bool {
		at := now + min(until.Sub(f.store.clock.Now()), max(longestBlock, u.limit.Window))
		if at <= u.blocked {
			return false
		}
		u.blocked = at
		return true
	})
}

// Lower says that a counter's quota is smaller than the table's, as a server's response can. All
// processes apply it from their next sync on. A later call may raise it again, up to the table's
// figure and never above it. It expires when no process has repeated it for a while.
func (f *fleet) Lower(limit *ratelimit.Limit, key string, quota int64) {
	f.notify(limit, key, func(u *allocation, now time.Duration) bool {
		if quota = max(quota, 1); quota == u.lowered && now < u.loweredUntil {
			return false
		}
		u.lowered, u.loweredUntil = quota, now+reminder
		return true
	})
}

// Remaining does nothing: the server's figure is for all processes together, and this one knows
// only its own share.
func (f *fleet) Remaining(*ratelimit.Limit, string, int64) {}

// Exceeded does nothing: the quota is shared by leases, not by guessing.
func (f *fleet) Exceeded(*ratelimit.Limit, string) {}

// Changed says that limits have other figures than before. Calls that wait go by them at once, and
// other processes from their next sync on; while processes have different quotas, the smallest
// holds.
func (f *fleet) Changed() {
	f.mu.Lock()
	groups := make([]*group, 0, len(f.groups))
	for _, g := range f.groups {
		groups = append(groups, g)
	}
	f.mu.Unlock()
	for _, g := range groups {
		g.mu.Lock()
		now := g.now()
		for _, u := range g.order {
			if u.follow() {
				u.unsent = true
				g.syncAt = min(g.syncAt, max(now, g.synced+20*time.Millisecond))
			}
		}
		g.refuseTooLarge()
		g.advance(now)
		g.mu.Unlock()
	}
}

// follow applies the quotas in force, and reports whether they have changed.
func (f *allocation) follow() bool {
	now := f.table.Current()
	if now == f.table {
		return false
	}
	f.table, f.limit = now, windowOf(now)
	return true
}

// windowOf is the limit that a fleet keeps to. Units that come and go do not drain, so it is a
// window also where the limit has a burst.
func windowOf(limit *ratelimit.Limit) *ratelimit.Limit {
	if limit.Burst == 0 {
		return limit
	}
	window := limit.AsWindow()
	return &window
}

// reminder is how often Redis is told what every response of a server says. Redis forgets it after
// twice as long.
const reminder = 5 * time.Minute

// notify changes the allocation of a counter that calls have charged, and schedules a sync to pass
// the change on.
func (f *fleet) notify(limit *ratelimit.Limit, key string, change func(u *allocation, now time.Duration) bool) {
	tag, _ := tagOf(key, limit.Common)
	f.mu.Lock()
	g := f.groups[slotID{limit.API, tag}]
	f.mu.Unlock()
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	for _, u := range g.order {
		if u.limit.Name == limit.Name && u.key == key && change(u, now) {
			u.unsent = true
			g.syncAt = min(g.syncAt, max(now, g.synced+20*time.Millisecond))
		}
	}
	g.refuseTooLarge()
	g.advance(now)
}
