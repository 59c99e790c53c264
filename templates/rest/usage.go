package rest

import "github.com/limitgen/limitgen/templates/ratelimit"

// Usage is what the limiter says of itself; nil when it says nothing.
func (c *Client) Usage() []ratelimit.Usage {
	if l, ok := c.limiter.(interface{ Usage() []ratelimit.Usage }); ok {
		return l.Usage()
	}
	return nil
}

// Deref is what p points to, or the zero value.
func Deref[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
