package model

import (
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/diag"
)

// Operation is one method of a client and a handler: an operation of the spec, or one variant of
// it.
type Operation struct {
	ID                    string // as the author wrote it, else derived
	Operation             string // the operation's own ID, which its variants share; as written, else derived
	Title                 string // the row's own title in the published table, else the summary
	Origin                *Origin
	Pos                   diag.Position // of the operation, or of the variant's name
	Const                 string        // index in the table of operations
	Method                string        // exported Go method
	Endpoint              string        // unexported server adapter
	Doc                   Doc
	HTTPMethod            string
	Path                  string // template, below BasePath
	Server                string // the operation's own: a base URL, or a path below another host's; "" for the API's
	BasePath              string // the API's, or that of the operation's own server
	RPC                   string // full name of the gRPC method that it is too, "/package.Service/Method"; "" if the spec names none
	Counter               string // method and path with the parameters' names left out
	Params                []*Param
	Args                  []*Param // path parameters that callers give, in the path's order
	ParamsType            string   // struct of the other parameters; "" if there are none
	Fields                []*Param // its fields
	UsesScope             bool
	Body                  *Body   // nil if the operation takes none
	Bodies                []*Body // its other media types
	Result                Result
	Errors                []ErrorBody  // exact statuses first
	ErrorMedia            []ErrorMedia // of JSON that is not application/json
	Headers, ErrorHeaders *Headers     // nil if the responses declare none
	Redirects             bool         // its answer is a redirect, which clients do not follow
	Accept                string       // media types of the answers, where those are not JSON alone
	Answers               []string     // media types of the answer that its method gives
	Unaccepted            bool         // the spec has an answer for requests that accept none of them
	Media                 []*Media     // methods for other media types
	Rates                 []*Rate
	Default               bool          // the rates are those of the table's default
	UsePos                diag.Position // of what says which limits apply; Line 0 if nothing does
	UseFrom               string        // what says so: variant, operation, path, label, default or nothing
	Label                 string        // the vendor's word that does, and what it was read from
	Security              [][]string
	Idempotent            bool
	When                  *When
	Told                  *Told // nil unless another has the same path but for the parameters' names
	Apart                 bool  // such operations are told apart, of which one needs no Told
	Page                  *Page
	Parts                 *Parts // nil unless the spec asks for it
	Former                []*Former
}

// RPCMethod returns the full name of the RPC that an operation is, by x-grpc-method or by its path;
// "" if it is none.
func (op *Operation) RPCMethod() string {
	if op.RPC != "" {
		return op.RPC
	}
	service, method, ok := strings.Cut(strings.TrimPrefix(op.Path, "/"), "/")
	if op.HTTPMethod != "POST" || !ok || service == "" || method == "" ||
		strings.ContainsAny(op.Path, "{}?") || strings.Contains(method, "/") {
		return ""
	}
	return op.Path
}

// Spoken returns the request bodies that the operation may have, one for each media type.
func (op *Operation) Spoken() []*Body {
	if op.Body == nil {
		return nil
	}
	return append([]*Body{op.Body}, op.Bodies...)
}

// Former is a name that an operation had before, and the methods that still answer to it.
type Former struct {
	ID, Method  string
	Page, Parts string   // "" if the operation has no such method
	Media       []string // of the methods for other media types
	Pos         diag.Position
}

// ErrorMedia is the media type of an error's body, with a status as in ErrorBody.
type ErrorMedia struct {
	Status int
	Media  string
}

// ErrorBody is the type of an error's body: of a status, of 4XX (4) or 5XX (5), or of the rest (0).
type ErrorBody struct {
	Status  int
	Type    *Type
	Problem bool // it may be application/problem+json
}

// FormerName is what a type or constant of a renamed operation was called before.
type FormerName struct {
	Old, New string
	Const    bool
}

// Place is the part of a request that holds a parameter.
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
	Empty        bool   // it may have no value
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
	Own      bool // among Bodies: it is not another encoding of the first, and has methods of its own
	Required bool
	Type     *Type
	Schema   int
	Files    []*FileField
	Fields   []*FormField
	Beside   []string // properties that differ only by case from one that limits read
	Absent   []Absent
}

// Absent is the default of a part of a body that a cost or a key reads, where it is another than
// the usual one: for a key that of the operation's first media type, for a cost the largest of all.
type Absent struct{ Pointer, Default string } // JSON; "" for none

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
	// The only answer. Of several there are Struct, with a member for each, and the first one's
	// Status.
	Answer
	Struct  string
	Members []*Member
}

// Answer is a successful answer in one media type.
type Answer struct {
	Status int
	Kind   BodyKind
	Media  string
	Also   []string // other media types of the same answer
	Type   *Type
	Null   bool // the schema admits null
}

// Media is what methods for another media type of the request, or of the answer, have otherwise
// than those of the operation.
type Media struct {
	Method   string
	Handler  string // interface of the handlers that have the method; "" if the operation's own takes it
	Endpoint string // unexported server adapter
	Body     int    // which of Bodies the method sends, from 1; 0 for the operation's own
	Answer   *Answer
	Live     bool // each piece of the answer is useful before the last one is there
}

// Expressions returns what the choice of an operation's variant, and its limits, read of a request.
func (op *Operation) Expressions() []*Expr {
	var out []*Expr
	add := func(x *Expr) {
		if x != nil {
			out = append(out, x)
		}
	}
	if op.When != nil {
		add(op.When.Expr)
	}
	for _, r := range op.Rates {
		add(r.Count)
		for _, d := range r.Dimensions() {
			add(d.Expr)
		}
	}
	return out
}

// Negotiates reports whether a server picks one of several answers by their media types.
func (op *Operation) Negotiates() bool {
	return slices.ContainsFunc(op.Media, func(m *Media) bool { return m.Answer != nil })
}

// As returns the operation as methods for another media type see it.
func (op *Operation) As(m *Media) *Operation {
	out := *op
	out.Method, out.Media, out.Page, out.Parts, out.Former = m.Method, nil, nil, nil, nil
	if m.Body > 0 {
		out.Body = op.Bodies[m.Body-1]
	}
	if a := m.Answer; a != nil {
		out.Result = Result{Answer: *a}
		out.Answers = []string{a.Media}
	}
	return &out
}

// Member is one of several successful answers.
type Member struct {
	Answer
	Name  string // field; "" for an answer without a body
	Range bool   // it covers every other success (2XX); Status is one of them
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
