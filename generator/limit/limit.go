// Package limit reads the x-rate-limits and x-rate-limit values: parse, validate, inherit, resolve.
// It works on YAML nodes and does not depend on OpenAPI documents.
package limit

import (
	"slices"
	"time"

	"github.com/limitgen/limitgen/generator/diag"
)

// Reset is the alignment of a limit's windows.
type Reset string

// A rolling window is any interval of the window's length; a UTC one is aligned to UTC.
const (
	Rolling Reset = "rolling"
	UTC     Reset = "utc"
)

// Units with a meaning of their own; any other unit is a name.
const (
	UnitRequests   = "requests"
	UnitConcurrent = "concurrent-requests"
)

// Dimensions that need no key.
const (
	DimOperation  = "operation"
	DimCredential = "credential"
	DimClientIP   = "client-ip"
	DimIdentity   = "identity"
)

// Decide is the time at which a server decides about a limit.
type Decide string

// A limit that depends only on the connection is decided before authentication unless the table
// says otherwise.
const (
	DecideDefault Decide = ""
	BeforeAuth    Decide = "before-auth"
	AfterChecks   Decide = "after-validation"
)

// DefaultIPv6Prefix is how many bits of an IPv6 address identify a client: the prefix that
// providers assign.
const DefaultIPv6Prefix = 64

// Builtin reports whether a dimension needs no key.
func Builtin(dimension string) bool {
	switch dimension {
	case DimOperation, DimCredential, DimClientIP, DimIdentity:
		return true
	}
	return false
}

// Table is the value of x-rate-limits at the document root.
type Table struct {
	Docs     []Doc
	Keys     []Key
	Limits   []*Limit // in the order written
	Default  *Use     // nil when absent
	Plans    []Plan
	Exceeded []Exceeded
	Labels   []Label // in the order in which they are tried
	IPv6     int     // bits of an IPv6 address that client-ip looks at
	Pos      diag.Position
	At       map[string]diag.Position // of its members' names, such as "plans"
}

// Doc is a published document that rows are cited from.
type Doc struct {
	Name, Title, URL, Date, SHA256 string
	Pos                            diag.Position
}

// Key is a dimension of partition keys: its name, and the parts of a request that it reads.
type Key struct {
	Name  string
	Parts []Expr
	Pos   diag.Position
}

// Limit is one row of the table: one counter per (Name, values of Per).
type Limit struct {
	Name        string
	Quota       int64
	Window      time.Duration // 0 for UnitConcurrent
	Rate        string        // how many a second, where that is written in place of Quota and Window
	Unit        string
	Per         []string
	PerPos      []diag.Position
	Burst       int64 // 0 if not given
	Reset       Reset
	From        []Step // by day; what is announced
	Decide      Decide
	DecidePos   diag.Position
	Description string
	Alias       string    // what the API's RateLimit fields call the limit; "" if that is Name
	Announce    *Announce // fields of the API's own that tell of it; nil if there are none
	Origin      *Origin
	Pos         diag.Position            // of the limit's name
	At          map[string]diag.Position // of its members' names, such as "quota"
}

// Announce names the response header fields for a limit; "" if there is none.
type Announce struct {
	Quota, Remaining, Reset string
	ResetAs                 string // one of ResetForms
	Rate                    string // of a decimal a second
	Pos                     diag.Position
}

// Fields returns the names of the fields that there are.
func (a *Announce) Fields() []string {
	return slices.DeleteFunc([]string{a.Quota, a.Remaining, a.Reset, a.Rate},
		func(name string) bool { return name == "" })
}

// Same reports whether two limits are announced in the same fields.
func (a *Announce) Same(b *Announce) bool {
	return a.Quota == b.Quota && a.Remaining == b.Remaining && a.Reset == b.Reset &&
		a.ResetAs == b.ResetAs && a.Rate == b.Rate
}

// ResetForms are the formats of the time at which a limit opens again.
var ResetForms = []string{"seconds", "milliseconds", "duration", "epoch-seconds", "rfc3339"}

// Plan patches quotas and bursts by limit name.
type Plan struct {
	Name    string
	Amounts []Amount
	Pos     diag.Position
}

// Amount is a plan's quota and burst; 0 keeps the table's.
type Amount struct {
	Limit              string
	Quota, Burst       int64
	Window             time.Duration // of a plan's quota; 0 is the table's
	Rate               string        // of a limit that has one, in place of Quota
	Pos                diag.Position // of the limit's name
	QuotaPos, BurstPos diag.Position // of the figures' names
	WindowPos          diag.Position // of the window
}

// Exceeded is one form of the API's "too many requests" answer. Body has JSON pointers and exact
// values, in the order written.
type Exceeded struct {
	Status int
	Body   []Match
	Retry  bool
	Pos    diag.Position
}

// Match is a JSON pointer and the string required there.
type Match struct{ Pointer, Value string }

// Use lists the limits that apply, in the order written. An empty Use is unlimited.
type Use struct {
	Charges []Charge
	Pos     diag.Position
}

// Charge is a limit's name and the cost of a request.
type Charge struct {
	Limit string
	Cost  Cost
	Pos   diag.Position // of the limit's name
}

// Cost is Static, or read from the request when Count is set: the number of items there, or with
// Value the integer itself.
type Cost struct {
	Static int64
	Count  *Expr
	Value  bool
	Times  int64 // 1 if not given
	Max    int64 // 0 if not given
	MaxPos diag.Position
	Pos    diag.Position
}

// Source is the part of a request that an expression reads.
type Source string

// The request side of OpenAPI's runtime expressions.
const (
	FromPath   Source = "path"
	FromQuery  Source = "query"
	FromHeader Source = "header"
	FromBody   Source = "body"
)

// Expr is a parsed runtime expression. Name is the parameter's; Pointer the JSON pointer of a body,
// "" for the whole.
type Expr struct {
	Text    string
	From    Source
	Name    string
	Pointer string
	Pos     diag.Position
}

// Is is the test of a variant's condition.
type Is string

// The tests that a variant may use.
const (
	IsPresent Is = "present"
	IsAbsent  Is = "absent"
	IsArray   Is = "array"
	IsObject  Is = "object"
	IsList    Is = "list"
)

// When selects a variant.
type When struct {
	Expr Expr
	Is   Is
	Pos  diag.Position
}

// Origin cites the published rows that an operation, variant or limit encodes.
type Origin struct {
	Doc     string
	Rows    []string
	Quote   string
	Printed string
	Erratum string
	Pos     diag.Position
}

// Rule is the value of x-rate-limit on an operation or a path item.
type Rule struct {
	Use      *Use // nil inherits
	Keys     []Key
	Origin   *Origin
	Variants []Variant
	Pos      diag.Position
}

// Variant is one of several documented rows that share method and path.
type Variant struct {
	Name, Title, Summary string
	Request              string // the $ref that replaces the operation's request, or ""
	RequestPos           diag.Position
	Responses            []Response // in the order written
	When                 *When
	Use                  *Use
	Origin               *Origin
	Pos                  diag.Position // of the variant's name
}

// Response is a variant's own answer for a status code: a $ref.
type Response struct {
	Code, Ref string
	Pos       diag.Position
}
