package runtime

// The types of this file describe an API's operations as data. Generated tables fill them in;
// client and server read them, so that both count and encode alike.

// place is a part of a request.
type place uint8

const (
	inPath place = iota
	inQuery
	inHeader
	inCookie
	inBody
)

// style is how a parameter that is not a plain value is spelt.
type style uint8

const (
	styleDefault style = iota // simple in paths and headers, form in queries and cookies
	styleLabel
	styleMatrix
	styleSpace // spaceDelimited
	stylePipe  // pipeDelimited
	styleDeep  // deepObject
	styleJSON  // content: application/json
)

// param is one parameter of an operation.
type param struct {
	in       place
	name     string
	style    style
	explode  bool
	required bool
	schema   int // index of its schema in the package's table

	encodedComma bool // "%2C" separates the items of a list as "," does
	single       bool // one value, where a server takes two for a list and another operation
	list         bool // handlers get its items apart
	number       bool // equal numbers are one value, however they are spelt
}

// expr is an OpenAPI runtime expression on the request: a named value, or a JSON pointer into the
// body.
type expr struct {
	in      place
	name    string // of a parameter or header
	pointer string // in a body; "" is the whole
}

// dimension is one part of a partition key.
type dimension struct {
	kind dimensionKind
	expr expr // when kind is dimExpr
}

type dimensionKind uint8

const (
	dimExpr dimensionKind = iota
	dimOperation
	dimCredential
	dimClientIP
	dimIdentity // of whom authentication found; a client is itself
)

// rate is one limit in use by an operation.
type rate struct {
	limit int // index in the package's table of limits
	key   []dimension
	cost  int64 // static cost, when count is nil
	count *expr
	times int64
	max   int64 // largest cost of one request; 0 for none of its own

	value  bool  // what count names is the number to count, not a list
	absent int64 // that number where a request has none
	early  bool  // a server decides before authentication
}

// test is what a variant asks of an expression.
type test uint8

const (
	testAlways test = iota
	testPresent
	testAbsent
	testArray
	testObject
	testList
)

// bodyKind says how a request or response body is spelt.
type bodyKind uint8

const (
	bodyNone bodyKind = iota
	bodyJSON
	bodyForm      // application/x-www-form-urlencoded
	bodyMultipart // multipart/form-data
	bodyText
	bodyBinary
)

// body describes a request body.
type body struct {
	kind     bodyKind
	media    string // the media type as the spec writes it
	required bool
	schema   int
	files    []formFile
}

// formFile is a field of a multipart form that holds a file, or several. No schema knows of it.
type formFile struct {
	name        string
	many        bool
	required    bool
	least, most int // of several; 0 for no bound
}

// operation is one operation, or one variant of it, as data.
type operation struct {
	id         string
	method     string
	path       string // template as the spec writes it
	server     string // the operation's own: a base URL, or a path below another host's; "" for the API's
	counter    string // method and path with the parameters' names left out: the dimension "operation"
	params     []param
	body       body
	rates      []rate
	security   [][]string // alternatives, each a list of scheme names; nil is none
	idempotent bool
	when       test // for variants
	whenExpr   expr
}

// credential says where a security scheme's value stands in a request.
type credential struct {
	scheme string // the scheme's name in the spec
	in     place
	name   string // of the header, query parameter or cookie
	prefix string // "Bearer ", "Basic " or ""
}

// exceeded is one way in which the API says "too many requests".
type exceeded struct {
	status int
	body   []match
	retry  bool
}

// match is a JSON pointer and the string that must stand there.
type match struct{ pointer, value string }
