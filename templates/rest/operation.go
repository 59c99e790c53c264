package rest

// The types of this file describe an API's operations as data. Generated tables fill them in;
// client and server read them, so that both count and encode alike.

// Place is a part of a request.
type Place uint8

const (
	InPath Place = iota
	InQuery
	InHeader
	InCookie
	InBody
)

// Style is the encoding of a parameter that is not a plain value.
type Style uint8

const (
	StyleDefault Style = iota // simple in paths and headers, form in queries and cookies
	StyleLabel
	StyleMatrix
	StyleSpace // spaceDelimited
	StylePipe  // pipeDelimited
	StyleDeep  // deepObject
	StyleJSON  // content: application/json
)

// Param is one parameter of an operation.
type Param struct {
	In       Place
	Name     string
	Style    Style
	Explode  bool
	Required bool
	Schema   int    // index of its schema in the package's table
	Default  string // JSON that handlers and keys get if it is absent; "" for none

	EncodedComma bool // "%2C" separates the items of a list as "," does
	Again        bool // a repeated parameter of the path, with the same value
	Single       bool // one value: a server routes a list to another operation
	Empty        bool // it may have no value, which counts as absent
	List         bool // handlers get its items separately
	Number       bool // equal numbers are one value in any spelling
}

// Expr is an OpenAPI runtime expression on the request: a named value, or a JSON pointer into the
// body.
type Expr struct {
	In      Place
	Name    string // of a parameter or header
	Pointer string // in a body; "" is the whole
	Default string // JSON that handlers and keys get if the property is absent; "" for none
}

// Dimension is one part of a partition key.
type Dimension struct {
	Kind DimensionKind
	Expr Expr // when kind is dimExpr
}

type DimensionKind uint8

const (
	DimExpr DimensionKind = iota
	DimOperation
	DimCredential
	DimClientIP
	DimIdentity // the caller by authentication; for a client, itself
)

// Rate is one limit in use by an operation.
type Rate struct {
	Limit int // index in the package's table of limits
	Key   []Dimension
	Cost  int64 // static cost, when count is nil
	Count *Expr
	Times int64
	Max   int64 // largest cost of one request; 0 for none of its own

	Value  bool  // the cost is a number in the request, not the length of a list
	Absent int64 // that number if the request has none
	Early  bool  // a server decides before authentication
}

// Test is a variant's condition on an expression.
type Test uint8

const (
	TestAlways Test = iota
	TestPresent
	TestAbsent
	TestArray
	TestObject
	TestList
)

// BodyKind is the encoding of a request or response body.
type BodyKind uint8

const (
	BodyNone BodyKind = iota
	BodyJSON
	BodyForm      // application/x-www-form-urlencoded
	BodyMultipart // multipart/form-data
	BodyText
	BodyBinary
)

// Body describes a request body.
type Body struct {
	Kind     BodyKind
	Media    string // the media type as the spec writes it
	Required bool
	Schema   int
	Files    []FormFile
	Fields   []FormField // of a form: those without the default encoding
	Own      bool        // among Bodies: a handler has a method of its own for it
	Beside   []string    // members that differ only by case from one that limits read
	Absent   []Absent    // what costs and keys read, where this media type has another default
}

// Absent is the default of a part of a body that a cost or a key reads.
type Absent struct{ Pointer, Default string } // JSON; "" for none

// FormField is the encoding of a form's field, if the spec has one.
type FormField struct {
	Name    string
	Media   string // of a part; a list is one field if it is JSON
	Styled  bool   // like a parameter of the query, in the style that follows
	Style   Style
	Explode bool
}

// FormFile is a field of a multipart form with one or more files. It is not part of the schema.
type FormFile struct {
	Name        string
	Many        bool
	Required    bool
	Least, Most int    // of several; 0 for no bound
	Media       string // allowed media types, separated by commas; "" for any
}

// Operation is one operation, or one variant of it, as data.
type Operation struct {
	ID         string
	Method     string
	Path       string // template as the spec writes it
	Server     string // the operation's own: a base URL, or a path below another host's; "" for the API's
	RPC        string // full name of the gRPC method that it is too, "/package.Service/Method"
	Counter    string // method and path without the parameters' names: the dimension "operation"
	Params     []Param
	Body       Body
	Bodies     []Body   // its other media types
	Answers    []string // media types of its answer, if a handler may have methods for others
	Unaccepted bool     // a request that accepts none of its answers is refused, as the spec has it
	Redirects  bool     // its answer is a redirect
	Accept     string   // media types of its answers, unless only JSON
	Errors     []ErrorBody
	ErrorMedia []ErrorMedia // of errors in JSON, unless all are application/json
	Rates      []Rate
	Security   [][]string // alternatives, each a list of scheme names; nil is none
	Idempotent bool
	Told       Told
	When       Test // for variants
	WhenExpr   Expr
}

// Credential says where requests carry the value of a security scheme.
type Credential struct {
	Scheme string // the scheme's name in the spec
	In     Place
	Name   string // of the header, query parameter or cookie
	Prefix string // "Bearer ", "Basic " or ""
}

// Exceeded is one form of the API's "too many requests" answer.
type Exceeded struct {
	Status int
	Body   []Match
	Retry  bool
}

// Match is a JSON pointer and the string required there.
type Match struct{ Pointer, Value string }
