package model

import (
	"math"
	"slices"
	"time"

	"github.com/limitgen/limitgen/generator/diag"
)

// NamedKey is a name that Limit.Per may hold, and the parts of a request that make up its value.
type NamedKey struct {
	Name  string
	Parts []*Expr
}

// Key is a partition key: what a limit counts separately.
type Key struct {
	Name       string // of its variable
	Dimensions []*Dimension
}

// Limit is one row of the table of limits.
type Limit struct {
	Const       string // index in the table
	Name        string
	Quota       int64
	Seconds     int64 // 0 for concurrency
	Rated       bool  // the table says how many a second, in place of Quota and Seconds
	Unit        string
	Per         []string
	Burst       int64
	Stages      []*Stage // days on which quota or burst change; the first holds before all of them
	UTC         bool
	Decide      string // "", "before-auth" or "after-validation", as the table says; Rate.Early is what holds
	Description string
	Origin      *Origin
	Pos         diag.Position            // of its name
	At          map[string]diag.Position // of its members
	Alias       string                   // what the API's RateLimit fields call it; "" if that is Name
	Announce    *Announce                // fields of the API's own that tell of it; nil if there are none
}

// Capacity returns the most that one counter admits at once.
func (l *Limit) Capacity() int64 {
	if l.Burst > 0 && !l.UTC {
		return l.Burst
	}
	return l.Quota
}

// InWindow returns a limit for readers that know only windows: whatever a caller of these figures
// sends, a bucket smaller than the quota admits too.
func (l *Limit) InWindow() (quota, seconds int64) {
	if l.Burst == 0 || l.UTC || l.Burst >= l.Quota {
		return l.Quota, l.Seconds
	}
	return l.Burst, int64(math.Ceil(float64(l.Seconds) / float64(l.Quota) * float64(l.Burst)))
}

// Announce names fields of an answer that tell of one limit; "" for those that there are not.
type Announce struct{ Quota, Remaining, Reset, ResetAs, Rate string }

// Stage is a quota and burst that hold from a day on. Limit.Quota and Limit.Burst are those of the
// day that the model is made for.
type Stage struct {
	At           time.Time // zero for what holds first
	Text         string    // as written
	Quota, Burst int64
	Pos          diag.Position
}

// Next returns the first stage after a day, and nil if there is none.
func (l *Limit) Next(day time.Time) *Stage {
	for _, s := range l.Stages {
		if s.At.After(day) {
			return s
		}
	}
	return nil
}

// Window returns the seconds of a limit's window; 0 for a limit that there is not.
func (a *API) Window(limit string) int64 {
	for _, l := range a.Limits {
		if l.Name == limit {
			return l.Seconds
		}
	}
	return 0
}

// SetDay sets the limits to the figures of a day.
func (a *API) SetDay(day time.Time) {
	a.Day = day
	for _, l := range a.Limits {
		for _, s := range l.Stages {
			if !s.At.After(day) {
				l.Quota, l.Burst = s.Quota, s.Burst
			}
		}
	}
}

// Rate is a limit in use.
type Rate struct {
	Limit *Limit
	Key   *Key // nil for one counter of all requests
	Cost  int64
	Count *Expr
	Times int64
	Max   int64 // effective: the smallest of the use's max and, times Times, the schema's maxItems or maximum

	// Value makes the cost Times times the integer at Count, which is not a list then. Absent, it
	// is Default. What is not a whole number, below 0 or above Max, is refused and spends nothing;
	// 0 is neither checked nor counted.
	Value   bool
	Default int64

	// Early limits are decided before authentication, from the connection alone, and stay spent if
	// that fails.
	Early bool

	Pos diag.Position // of the limit's name in the use
}

// Dimensions returns the parts of the partition key.
func (r *Rate) Dimensions() []*Dimension {
	if r.Key == nil {
		return nil
	}
	return r.Key.Dimensions
}

// Dimension is one part of a partition key: a built-in one by name, or an expression.
type Dimension struct {
	Builtin string // "operation", "credential", "identity" or "client-ip"; "" for an expression
	Expr    *Expr
}

// Expr is a runtime expression.
type Expr struct {
	In      Place
	Name    string
	Pointer string
	Default string // of a key's property in a body: the JSON that a handler gets if it is absent
	Nested  bool   // a key's property in a body may be a list or an object
}

// String spells the expression as OpenAPI does.
func (e *Expr) String() string {
	switch {
	case e.In != InBody:
		return "$request." + string(e.In) + "." + e.Name
	case e.Pointer == "":
		return "$request.body"
	}
	return "$request.body#" + e.Pointer
}

// When selects a variant.
type When struct {
	Expr *Expr
	Is   string
}

// Plan patches limits.
type Plan struct {
	Name    string
	Amounts []*Amount
	Pos     diag.Position // of its name
}

// Changes reports whether the plan has another quota or burst for a limit.
func (p *Plan) Changes(limit string) bool {
	return slices.ContainsFunc(p.Amounts, func(a *Amount) bool { return a.Limit == limit })
}

// Amount is one patch.
type Amount struct {
	Limit        string
	Quota, Burst int64
	Seconds      int64         // window of Quota: the limit's, or another
	Pos          diag.Position // of the limit's name
}

// On sets a limit to the figures of a patch.
func (a *Amount) On(l *Limit) {
	if a.Quota > 0 {
		l.Quota, l.Seconds = a.Quota, a.Seconds
	}
	if a.Burst > 0 {
		l.Burst = a.Burst
	}
}

// Rewindows reports whether a patch gives a limit of a window, in seconds, another one.
func (a *Amount) Rewindows(seconds int64) bool { return a.Quota > 0 && a.Seconds != seconds }

// Exceeded is one way in which the API says "too many".
type Exceeded struct {
	Status int
	Body   []Match
	Retry  bool
	Pos    diag.Position
}

// Match is a JSON pointer and the string expected at it.
type Match struct{ Pointer, Value string }
