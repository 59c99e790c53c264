// Package rate reads rates as vendors publish them, in Chinese and English: "100 次/秒/App Key", "10
// requests per minute per user", "Tier 3: 50+ per minute", "100 QPS". A text must be understood
// completely; anything else is an error with its position, so that a changed word is never
// overlooked.
package rate

import (
	"fmt"
	"time"

	"github.com/limitgen/limitgen/generator/limit"
)

// Units that have one name, whatever the vendor calls them. Other units keep the vendor's word.
const (
	Requests   = "requests"
	Messages   = "messages"
	Concurrent = "concurrent-requests"
)

// Rate is a quota per window, for each value of some keys.
type Rate struct {
	Quota     int64
	Window    time.Duration // 0 for Concurrent and Unlimited
	Unit      string        // "" if the text names none
	Per       []string      // phrases, as printed: "App Key", "user"
	Burst     int64         // 0 if the text names none
	PerSecond string        // of a decimal a second, the exact figure; Quota and Window come near it
	AtLeast   bool          // "50+": the vendor may admit more
	Unlimited bool
	Label     string // the text before a colon: "Tier 3"
}

// Form is what a column's header says about bare numbers below it: "Requests per minute".
type Form struct {
	Window time.Duration
	Unit   string
	Per    []string
}

// Error reports the part of a text that is not understood.
type Error struct {
	Offset int // in characters
	Reason string
}

func (e *Error) Error() string { return e.Reason }

// Bounds of the numbers in a specification.
const (
	maxQuota  = 1 << 40
	maxWindow = 1000 * 24 * time.Hour
)

// Parse reads a cell. A cell may have several rates, which all apply. form, from the column's
// header, fills in what the cell omits.
func Parse(text string, form Form) ([]Rate, error) {
	p := &parser{tokens: lex(text), text: []rune(text), form: form}
	return p.rates()
}

// finish completes a rate from the header and checks it.
func (r *Rate) finish(f Form, at int) error {
	if r.Unlimited {
		return nil
	}
	if r.Unit == "" {
		r.Unit = f.Unit
	}
	if r.Window == 0 && r.Unit != Concurrent {
		r.Window = f.Window
	}
	if len(r.Per) == 0 {
		r.Per = f.Per
	}
	switch {
	case r.Quota == 0:
		return &Error{at, "a rate needs a number"}
	case r.Unit == Concurrent && r.Window != 0:
		return &Error{at, "requests at once have no time span"}
	case r.Window == 0 && r.Unit != Concurrent:
		return &Error{at, "a rate needs a time span, such as /minute"}
	}
	return nil
}

// Exact returns the rate of a bucket, as printed: a bucket refills at any rate, and windows need
// whole numbers. ok is false for a rate without a burst, and for a whole number.
func (r Rate) Exact() (perSecond string, ok bool) {
	return r.PerSecond, r.PerSecond != "" && r.Burst > 0
}

// String returns the rate in a form that Parse reads.
func (r Rate) String() string {
	if r.Unlimited {
		return "unlimited"
	}
	text, window := fmt.Sprint(r.Quota), r.Window
	if exact, ok := r.Exact(); ok {
		text, window = exact, time.Second
	}
	if r.AtLeast {
		text += "+"
	}
	unit := r.Unit
	if unit == "" {
		unit = Requests
	}
	if unit == Concurrent {
		text += " concurrent requests"
	} else {
		text += " " + unit + " per " + Span(window)
	}
	for _, key := range r.Per {
		text += " per " + key
	}
	if r.Burst > 0 {
		text += fmt.Sprintf(" (burst %d)", r.Burst)
	}
	return text
}

// Span returns a window in words: "minute", "10 seconds".
func Span(d time.Duration) string { return limit.Window(int64(d / time.Second)) }
