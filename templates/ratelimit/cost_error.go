package ratelimit

import "fmt"

// A CostError says that one request costs more than a limit ever admits, so that waiting would not
// help, or that the number in the request which is its cost is not a non-negative integer.
type CostError struct {
	Limit     string
	Cost, Max int64
	Value     string // what stands there in quotes; empty where the cost is too large
}

// Error names the limit, the cost and the most that it may be.
func (e *CostError) Error() string {
	if e.Value != "" {
		return fmt.Sprintf("request costs %s of limit %q, which is no whole number from 0", e.Value, e.Limit)
	}
	return fmt.Sprintf("request costs %d of limit %q, at most %d is possible", e.Cost, e.Limit, e.Max)
}
