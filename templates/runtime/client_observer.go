package runtime

import "time"

// An Observer is told what happens to a client's calls. Nil functions are passed over.
// They run on the goroutine of the call and hold it up, so they should be quick;
// several calls may run them at the same time.
type Observer struct {
	// Waited: the limiter admitted the request after Wait.
	Waited func(CallEvent)
	// Refused: the limiter did not admit the request, and nothing was sent.
	Refused func(CallEvent)
	// Limited: the server said that there were too many requests. Limits are those that it named.
	Limited func(CallEvent)
	// Retried: the request will be sent again after Wait.
	Retried func(CallEvent)
	// Done: the call has ended; Wait is all the time that it waited. A stream's content may still be to come.
	Done func(CallEvent)
}

// A CallEvent is what an Observer is told.
type CallEvent struct {
	Operation string // the operation's or variant's id
	Attempt   int    // 1 for the first request of the call
	Limits    []string
	Wait      time.Duration
	Status    int // of the response; 0 when there was none
	Err       error
}

// leastWait is the shortest wait for the limiter that is worth an event; below it is the limiter's own work.
const leastWait = time.Millisecond

func tell(f func(CallEvent), e CallEvent) {
	if f != nil {
		f(e)
	}
}

func limitNames(charges []Charge) []string {
	names := make([]string, len(charges))
	for i, c := range charges {
		names[i] = c.Limit.Name
	}
	return names
}
