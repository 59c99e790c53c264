package rest

import (
	"slices"
	"sync"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// mostAnnounced bounds how many announcements are remembered.
const mostAnnounced = 1024

// announced remembers the quotas that the API announced below the table's, so that an observer is
// called once for each.
type announced struct {
	mu     sync.Mutex
	quotas map[announcement]int64
}

// announcement identifies the counter that a quota was announced for.
type announcement struct{ limit, key string }

// changes reports whether the announcement differs from the one before.
func (a *announced) changes(ch ratelimit.Charge, quota int64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	id := announcement{ch.Limit.Name, ch.Key}
	if a.quotas[id] == quota {
		return false
	}
	if a.quotas == nil || len(a.quotas) >= mostAnnounced {
		a.quotas = make(map[announcement]int64) // some will be reported again
	}
	a.quotas[id] = quota
	return true
}

// named reports whether one of the charges is to a limit among names.
func named(charges []ratelimit.Charge, names []string) bool {
	return slices.ContainsFunc(charges, func(ch ratelimit.Charge) bool { return slices.Contains(names, ch.Limit.Name) })
}
