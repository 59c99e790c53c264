package runtime

// usage is what the limiter says of itself; nil when it says nothing.
func (c *core) usage() []Usage {
	if l, ok := c.limiter.(interface{ Usage() []Usage }); ok {
		return l.Usage()
	}
	return nil
}

// deref is what p points to, or the zero value.
func deref[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
