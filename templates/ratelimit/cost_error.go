package ratelimit

import "fmt"

// A CostError says that a request costs more than a limit ever admits, so that waiting does not
// help, or that the value in the request that gives its cost is not a non-negative integer.
type CostError struct {
	Limit     string
	Cost, Max int64
	Value     string // the invalid value, quoted; empty if the cost is too large
}

// Error names the limit, the cost and the maximum.
func (e *CostError) Error() string {
	if e.Value != "" {
		return fmt.Sprintf("request costs %s of limit %q; a cost must be a non-negative integer", e.Value, e.Limit)
	}
	return fmt.Sprintf("request costs %d of limit %q, at most %d is possible", e.Cost, e.Limit, e.Max)
}
