package ratelimit

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// ErrLimited is what errors.Is finds in every *LimitError.
var ErrLimited = errors.New("rate limited")

// A LimitError says which limit did not admit a call. The call has spent nothing.
type LimitError struct {
	API   string        // name of the limit's API
	Limit string        // name of the limit
	Key   string        // partition key of its counter
	Cost  int64         // what the call would have cost
	Quota int64         // the quota in force; a Cost above it is never admitted
	Wait  time.Duration // the shortest wait that would have been enough; 0 if unknown
	Err   error         // what ended the wait, such as context.DeadlineExceeded; nil if nothing did
}

// Error names the limit and how long the wait would have been.
func (e *LimitError) Error() string {
	// The key is left out: it may hold personal data, which does not belong in a log by default.
	text := "limit " + strconv.Quote(e.Limit) + ": cost " + strconv.FormatInt(e.Cost, 10)
	switch {
	case e.Cost > e.Quota:
		return fmt.Sprintf("%s is above the quota of %d", text, e.Quota)
	case e.Wait > 0 && e.Err != nil:
		return fmt.Sprintf("%s fits in %v at the earliest: %v", text, roundUp(e.Wait), e.Err)
	case e.Wait > 0:
		return fmt.Sprintf("%s fits in %v at the earliest", text, roundUp(e.Wait))
	case e.Err != nil:
		return fmt.Sprintf("%s does not fit: %v", text, e.Err)
	}
	return text + " does not fit now"
}

// roundUp rounds a wait up to microseconds, or to milliseconds from a second on.
func roundUp(d time.Duration) time.Duration {
	unit := time.Microsecond
	if d >= time.Second {
		unit = time.Millisecond
	}
	if r := d.Truncate(unit); r < d {
		return max(d, r+unit) // which may overflow
	}
	return d
}

// Is reports whether target is ErrLimited.
func (e *LimitError) Is(target error) bool { return target == ErrLimited }

// Unwrap returns Err.
func (e *LimitError) Unwrap() error { return e.Err }
