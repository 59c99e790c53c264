package runtime

import (
	"slices"
	"sync"
)

// mostAnnounced bounds how many announcements are remembered.
const mostAnnounced = 1024

// announced remembers the quotas that the API announced below the table's, so that an observer is
// told once of each.
type announced struct {
	mu     sync.Mutex
	quotas map[counterID]int64
}

// changes reports whether the announcement differs from the one before.
func (a *announced) changes(ch Charge, quota int64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	id := counterID{limit: ch.Limit.Name, key: ch.Key}
	if a.quotas[id] == quota {
		return false
	}
	if a.quotas == nil || len(a.quotas) >= mostAnnounced {
		a.quotas = make(map[counterID]int64) // some will be told again
	}
	a.quotas[id] = quota
	return true
}

// named reports whether one of the charges is to a limit among names.
func named(charges []Charge, names []string) bool {
	return slices.ContainsFunc(charges, func(ch Charge) bool { return slices.Contains(names, ch.Limit.Name) })
}
