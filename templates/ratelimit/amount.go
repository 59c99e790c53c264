package ratelimit

import (
	"fmt"
	"maps"
	"slices"
)

// An Amount replaces figures of a limit: those of a plan, or what was bought. A zero leaves the
// table's figure.
type Amount struct {
	Quota int64
	Burst int64
}

// Apply returns a copy of limits in which the limits that amounts names have its figures. A
// name that matches no limit is an error: a misspelt override must not pass for one that is in
// force.
func Apply(limits []Limit, amounts map[string]Amount) ([]Limit, error) {
	applied := slices.Clone(limits)
	for _, name := range slices.Sorted(maps.Keys(amounts)) {
		amount := amounts[name]
		i := slices.IndexFunc(applied, func(l Limit) bool { return l.Name == name })
		switch {
		case i < 0:
			return nil, fmt.Errorf("no limit is called %q", name)
		case amount.Quota < 0 || amount.Burst < 0:
			return nil, fmt.Errorf("limit %q: quota %d and burst %d must not be negative", name, amount.Quota, amount.Burst)
		}
		applied[i].fix(amount)
	}
	return applied, nil
}
