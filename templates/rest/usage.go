package rest

import (
	"slices"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// Usage returns the limiter's counters of the client's limits.
func (c *Client) Usage() []ratelimit.Usage {
	if c.limiter == nil {
		return nil
	}
	return slices.DeleteFunc(c.limiter.Usage(), func(u ratelimit.Usage) bool {
		return !slices.ContainsFunc(c.limits.Limits(), func(l ratelimit.Limit) bool { return l.API == u.API && l.Name == u.Limit })
	})
}

// Deref returns what p points to, or the zero value.
func Deref[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
