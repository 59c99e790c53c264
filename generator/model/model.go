// Package model is what the emitters read: a small plain picture of an API in which every Go
// identifier is already chosen. It holds types only and knows neither OpenAPI nor the printers.
package model

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/limitgen/limitgen/generator/diag"
)

// API is one generated package.
type API struct {
	Package     string
	Name        string    // of the API in configuration, metrics and shared stores; the package's unless the user chose another
	Source      string    // the spec's file name, for the header
	Day         time.Time // that the limits' figures are of
	File        string    // the spec's name in positions
	Title       string
	Version     string
	Description string
	BaseURL     string // first server with its variables' defaults; "" if there is none
	BasePath    string // its path, or --base-path: "" or "/v1", percent-encoded

	Names         Names
	Scope         []*Param // given once to the client's constructor
	Types         []*Decl  // in reading order
	Former        []*FormerName
	Groups        []*Group
	Operations    []*Operation // in spec order, an operation's variants in order
	Limits        []*Limit
	Plans         []*Plan
	Exceeded      []*Exceeded
	OAuth         []*OAuth // of the security schemes
	Credentials   []*Credential
	Token         *Token
	TrailingSlash bool   // a server takes a path with a slash at its end for the one without
	AssumeJSON    bool   // a server reads a body as JSON where an operation takes JSON, whatever its media type
	ErrorCode     string // JSON pointers into error bodies; "" if the spec names none
	ErrorText     string
	ErrorForm     string    // JSON of an error body with the members that must be there; "" if the spec describes none
	ErrorMedia    string    // its media type
	ErrorExceeded []Match   // what tells "too many" in it
	Schemas       []*Schema // index 0 is the schema that accepts everything
	Keys          []*Key
	Documents     []*Document // published documents that origins cite
	NamedKeys     []*NamedKey // as the table names them; an operation may spell one otherwise
	IPv6Prefix    int         // how many bits of an IPv6 address the dimension "client-ip" looks at

	At map[string]diag.Position // of the document's paths and servers, and of the members of the table of limits
}

// Names are what a package calls its own declarations. They give way to the names of schemas.
type Names struct {
	Client, NewClient                         string
	Handlers, NewServer, Unimplemented, Scope string
	Limits, Plans, ReadOverrides, Descriptors string
	NewTransport, NewMiddleware, Limit        string
	RPC                                       string
}

// Document is a published document.
type Document struct {
	Name, Title, URL, Date, SHA256 string
}

// Origin says which published rows a thing encodes.
type Origin struct {
	Document string   // name of a Document, or ""
	Rows     []string // as they are numbered there
	Quote    string
	Printed  string // method and URL as printed, where they differ
	Erratum  string // why they differ
}

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

// Doc is what a comment says of a thing.
type Doc struct {
	Summary     string
	Description string
	Deprecated  bool
}

// Group is the operations of one tag.
type Group struct {
	Tag        string
	Doc        Doc
	Field      string // in the client and the handlers
	Client     string // interface
	Impl       string // its implementation
	Handler    string // interface that servers implement
	Endpoints  string // adapter from HTTP to Handler
	File       string // part of the file names
	Operations []*Operation
}

// Operation is one method of a client and a handler: an operation of the spec, or one variant of
// it.
type Operation struct {
	ID         string // as the author wrote it, else derived
	Operation  string // the operation's own ID, which its variants share; as written, else derived
	Title      string // the row's own title in the published table, else the summary
	Origin     *Origin
	Pos        diag.Position // of the operation, or of the variant's name
	Const      string        // index in the table of operations
	Method     string        // exported Go method
	Endpoint   string        // unexported server adapter
	Doc        Doc
	HTTPMethod string
	Path       string // template, below BasePath
	Server     string // the operation's own: a base URL, or a path below another host's; "" for the API's
	BasePath   string // the API's, or that of the operation's own server
	RPC        string // full name of the gRPC method that it is too, "/package.Service/Method"; "" if the spec names none
	Counter    string // method and path with the parameters' names left out
	Params     []*Param
	Args       []*Param // path parameters that callers give, in the path's order
	ParamsType string   // struct of the other parameters; "" if there are none
	Fields     []*Param // its fields
	UsesScope  bool
	Body       *Body // nil if the operation takes none
	Result     Result
	Errors     []ErrorBody // exact statuses first
	Redirects  bool        // its answer is a redirect, which clients do not follow
	Accept     string      // media types of the answers, where those are not JSON alone
	Stream     *Stream     // nil unless the answer can also be had piece by piece
	Rates      []*Rate
	Default    bool          // the rates are those of the table's default
	UsePos     diag.Position // of what says which limits apply; Line 0 if nothing does
	UseFrom    string        // what says so: variant, operation, path, label, default or nothing
	Label      string        // the vendor's word that does, and what it was read from
	Security   [][]string
	Idempotent bool
	When       *When
	Page       *Page
	Parts      *Parts // nil unless the spec asks for it
	Former     []*Former
}

// RPCMethod returns the full name of the RPC that an operation is, by x-grpc-method or by its path;
// "" if it is none.
func (op *Operation) RPCMethod() string {
	if op.RPC != "" {
		return op.RPC
	}
	service, method, ok := strings.Cut(strings.TrimPrefix(op.Path, "/"), "/")
	if op.HTTPMethod != "POST" || !ok || service == "" || method == "" || strings.ContainsAny(op.Path, "{}?") || strings.Contains(method, "/") {
		return ""
	}
	return op.Path
}

// Former is a name that an operation had before, and the methods that still answer to it.
type Former struct {
	ID, Method          string
	Stream, Page, Parts string // "" if the operation has no such method
	Pos                 diag.Position
}

// ErrorBody is the type of an error's body: of a status, of 4XX (4) or 5XX (5), or of the rest (0).
type ErrorBody struct {
	Status int
	Type   *Type
}

// FormerName is what a type or constant of a renamed operation was called before.
type FormerName struct {
	Old, New string
	Const    bool
}

// Place is where a parameter stands.
type Place string

// The places of parameters.
const (
	InPath   Place = "path"
	InQuery  Place = "query"
	InHeader Place = "header"
	InCookie Place = "cookie"
	InBody   Place = "body"
)

// Param is a parameter: Name on the wire, Arg as a Go argument or Field in a params struct.
type Param struct {
	In       Place
	Name     string
	Arg      string
	Field    string
	Doc      Doc
	Type     *Type
	Required bool
	Style    string
	Explode  bool
	Schema   int
	Scope    bool

	EncodedComma bool   // "%2C" separates the items of a list as "," does
	Default      string // JSON; "" for none
	Empty        bool   // it may stand without a value
	Again        bool   // it stood in the path before, and has the same value
	Single       bool   // one value of an operation that has a variant for a list of them
	List         bool   // handlers get its items apart, and a cost counts as many
	Number       bool   // a key reads it, and equal numbers are one counter however they are spelt
}

// BodyKind says how a body is spelt.
type BodyKind string

// The kinds of bodies.
const (
	JSON      BodyKind = "json"
	Form      BodyKind = "form"
	Multipart BodyKind = "multipart"
	Text      BodyKind = "text"
	Binary    BodyKind = "binary"
	Empty     BodyKind = "empty"
)

// Body is a request body.
type Body struct {
	Kind     BodyKind
	Media    string
	Required bool
	Type     *Type
	Schema   int
	Files    []*FileField
	Fields   []*FormField
}

// FormField is a field of a form that is not spelt as usual.
type FormField struct {
	Name    string
	Media   string // of a part; lists are one field where it is JSON
	Styled  bool   // like a parameter of the query, in the style that follows
	Style   string
	Explode bool
}

// FileField is a field of a multipart body that holds one file or several.
type FileField struct {
	Name     string // on the wire
	Field    string
	Many     bool
	Optional bool
	Media    string // types that the spec names; "" for any
	Min, Max int64  // of many: how many there may be; 0 for no bound
}

// Result is what a successful call returns.
type Result struct {
	// One answer: Kind, Type and Status. Several: Struct with a member for each.
	Kind    BodyKind
	Media   string
	Type    *Type
	Null    bool // the schema admits null
	Status  int
	Struct  string
	Members []*Member
}

// Stream is an answer in another media type than that of the result, of which each piece is useful
// before the last one is there.
type Stream struct {
	Method string
	Media  string
	Usual  string // media type of the result
	Status int
}

// Member is one of several successful answers.
type Member struct {
	Status int
	Name   string // field; "" for an answer without a body
	Kind   BodyKind
	Media  string
	Type   *Type
	Null   bool // the schema admits null
	Range  bool // it stands for every other success (2XX); Status is one of them
}

// Page says how a list goes on.
type Page struct {
	Method    string // of the iterator
	Item      *Type
	Items     []Step // from the result to the list
	Cursor    []Step // from the result to the next cursor; nil with page numbers
	CursorArg *Param // the parameter that takes the cursor, or the page's number
	Size      *Param // nil if the spec names none
	First     int64
}

// Parts is how a call with a long list is split into several.
type Parts struct {
	Method  string
	Pointer string // of the list in the body
	Items   []Step // from the body to the list; none if the body is the list
}

// Step is one field on the way from a result to a value in it.
type Step struct {
	Field   string
	Pointer bool // the field is a pointer
	Type    *Type
}

// Token is the operation that fetches a token.
type Token struct {
	Option    string // name of the client option
	Group     *Group
	Operation *Operation
	Access    []Step
	Expires   []Step // nil if the spec names none
}

// OAuth is a security scheme whose tokens a client can fetch with an id and a secret.
type OAuth struct {
	Option   string // name of the client option
	Scheme   string
	TokenURL string
}

// Credential is a security scheme.
type Credential struct {
	Scheme string
	In     Place
	Name   string
	Prefix string
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

// Capacity is the most that one counter admits at once.
func (l *Limit) Capacity() int64 {
	if l.Burst > 0 && !l.UTC {
		return l.Burst
	}
	return l.Quota
}

// InWindow is what a limit is to those who know windows alone: whatever a caller of these figures
// sends, a bucket smaller than the quota admits too.
func (l *Limit) InWindow() (quota, seconds int64) {
	if l.Burst == 0 || l.UTC || l.Burst >= l.Quota {
		return l.Quota, l.Seconds
	}
	return l.Burst, int64(math.Ceil(float64(l.Seconds) / float64(l.Quota) * float64(l.Burst)))
}

// Announce names fields of an answer that tell of one limit; "" for those that there are not.
type Announce struct{ Quota, Remaining, Reset, ResetAs string }

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

// SetDay gives the limits the figures of a day.
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
	Pos          diag.Position // of the limit's name
}

// Exceeded is one way in which the API says "too many".
type Exceeded struct {
	Status int
	Body   []Match
	Retry  bool
	Pos    diag.Position
}

// Match is a JSON pointer and the string that must stand there.
type Match struct{ Pointer, Value string }
