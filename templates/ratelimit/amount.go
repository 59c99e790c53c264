package ratelimit

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// An Amount replaces the quota and burst of a limit, for a plan or an account. A zero keeps the
// table's.
type Amount struct {
	Quota int64
	Burst int64
	// Window is that of Quota where it is not the table's: of a plan, or for the rate of a bucket.
	// Counters of another window are others.
	Window time.Duration
}

// Apply returns a copy of limits with the quotas and bursts in amounts, by name. A name that
// matches no limit is an error, since a misspelt override would otherwise have no effect.
func Apply(limits []Limit, amounts map[string]Amount) ([]Limit, error) {
	applied := slices.Clone(limits)
	for i := range applied {
		applied[i].live = nil // limits with other figures no longer follow their Schedule
	}
	for _, name := range slices.Sorted(maps.Keys(amounts)) {
		amount := amounts[name]
		i := slices.IndexFunc(applied, func(l Limit) bool { return l.Name == name })
		switch {
		case i < 0:
			return nil, fmt.Errorf("unknown limit %q", name)
		case amount.Quota < 0 || amount.Burst < 0:
			return nil, fmt.Errorf("limit %q: quota %d and burst %d must not be negative", name, amount.Quota, amount.Burst)
		case amount.Window < 0 || amount.Window > 0 && (amount.Quota == 0 || applied[i].Concurrent()):
			return nil, fmt.Errorf("limit %q: a window of %s needs a quota and a limit that has a window", name, amount.Window)
		}
		applied[i].fix(amount)
	}
	return applied, nil
}
