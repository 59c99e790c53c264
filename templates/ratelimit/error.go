package ratelimit

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// ErrLimited is what errors.Is finds in every *LimitError.
var ErrLimited = errors.New("rate limited")

// A LimitError says that a call was not admitted, and by which limit. It has spent nothing.
type LimitError struct {
	API   string        // name of the API whose limit it is
	Limit string        // name of the limit
	Key   string        // partition key of its counter
	Cost  int64         // what the call would have cost
	Quota int64         // what was in force; a Cost above it can never be admitted
	Wait  time.Duration // how long the call would have had to wait at least; 0 when that is not known
	Err   error         // what ended the wait, such as context.DeadlineExceeded; nil for none
}

// Error names the limit and how long the wait would have been.
func (e *LimitError) Error() string {
	// The key is left out: it holds the caller's values, which do not belong in a log by default.
	text := "limit " + strconv.Quote(e.Limit) + ": cost " + strconv.FormatInt(e.Cost, 10)
	switch {
	case e.Cost > e.Quota:
		return fmt.Sprintf("%s is above the quota of %d", text, e.Quota)
	case e.Wait > 0 && e.Err != nil:
		return fmt.Sprintf("%s fits in %v at the earliest: %v", text, legible(e.Wait), e.Err)
	case e.Wait > 0:
		return fmt.Sprintf("%s fits in %v at the earliest", text, legible(e.Wait))
	case e.Err != nil:
		return fmt.Sprintf("%s does not fit: %v", text, e.Err)
	}
	return text + " does not fit now"
}

// legible rounds a wait up to what people read: it never promises less.
func legible(d time.Duration) time.Duration {
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
