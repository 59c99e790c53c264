// Package model is the emitters' input: a small plain description of an API, in which every Go
// identifier that derives from the spec is chosen. It contains only types, and depends on neither
// OpenAPI nor the printers.
package model

import (
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
	Servers     []*ServerURL
	Variables   []*VariableOption // of the servers

	Names         Names
	Scope         []*Param // given once to the client's constructor
	Types         []*Decl  // in reading order
	Former        []*FormerName
	Groups        []*Group
	Webhooks      []*Webhook   // requests that the API sends
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

// Names are the names of a package's own declarations. They give way to the names of schemas.
type Names struct {
	Client, NewClient                         string
	Handlers, NewServer, Unimplemented, Scope string
	Limits, Plans, ReadOverrides, Descriptors string
	NewTransport, NewMiddleware, Limit        string
	RPC                                       string
	Webhook                                   WebhookNames
}

// WebhookNames are the names of what receives and sends webhooks.
type WebhookNames struct {
	Handlers, Unimplemented, New, Sender, NewSender, Endpoints string
}

// Document is a published document.
type Document struct {
	Name, Title, URL, Date, SHA256 string
}

// Origin cites published rows.
type Origin struct {
	Document string   // name of a Document, or ""
	Rows     []string // as they are numbered there
	Quote    string
	Printed  string // method and URL as printed, where they differ
	Erratum  string // why they differ
}

// Doc is the text of a comment.
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
