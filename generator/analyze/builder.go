// Package analyze makes the model from a document: types from schemas, methods from operations,
// rates from limits. It chooses every Go identifier that derives from the spec, once; emitters only
// print.
package analyze

import (
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/naming"
	"github.com/limitgen/limitgen/generator/source"
)

// Options are the inputs beyond the document.
type Options struct {
	Package  string
	Source   string        // file name for headers
	Reserved []string      // unexported identifiers of every package
	Read     source.Reader // of other files that the document refers to; nil means none
	Overlay  []source.File // files that change the document, in their order
	Strict   bool          // treat an operation that no label rule matches as an error
	Day      time.Time     // for which announced quotas are resolved; zero is before all of them
	BasePath string        // replaces the path of the first server; "" keeps it
}

// build makes the model.
func (a *Analysis) build(opts Options) {
	b := &builder{
		Analysis:    a,
		doc:         a.Doc,
		table:       a.Table,
		files:       naming.NewTable(),
		scopeArgs:   naming.NewTable(inConstructor...),
		scopeFields: naming.NewTable(),
		names:       naming.NewTable(opts.Reserved...),
		components:  make(map[string]*component),
		written:     make(map[*model.Decl]bool),
		inline:      make(map[*openapi3.Schema]*model.Type),
		methods:     make(map[*model.Group]*naming.Table),
		endpoints:   make(map[*model.Group]*naming.Table),
		singles:     make(map[*openapi3.Schema]bool),
		shapes:      make(map[*openapi3.Schema]shape),
		letters:     make(map[*openapi3.SchemaRef]string),
		merged:      make(map[string]*openapi3.Schema),
		made:        make(map[*openapi3.Schema][]loc),
		sent:        make(map[*openapi3.Schema]bool),
		answered:    make(map[*openapi3.Schema]bool),
		unchecked:   make(map[string][]diag.Position),
		schemas:     newSchemas(),
		day:         opts.Day,
		api: &model.API{
			Package: opts.Package, Name: opts.Package, Source: opts.Source, File: a.Doc.File,
		},
	}
	b.info()
	b.api.BaseURL, b.api.BasePath = a.Servers.First.URL, a.Servers.First.Path
	b.limits()
	b.client()
	b.server()
	b.nameComponents()
	b.ownNames()
	ops := b.nameOperations()
	b.formerNames(ops)
	b.unimplemented()
	b.uses()
	for _, op := range ops {
		b.variantUses(op)
	}
	b.sameAddress()
	for _, c := range b.order {
		b.fill(c)
	}
	for _, op := range ops {
		b.operation(op)
	}
	for _, op := range ops {
		b.typedErrors(op)
	}
	b.settleEarly(ops)
	b.errorForm(ops)
	b.groups()
	b.token()
	b.oauth()
	b.otherMediaTypes(ops)
	for _, op := range ops {
		b.absent(op)
	}
	all := append(slices.Clip(ops), b.webhooks(ops)...)
	b.collectTypes(all)
	b.responseHeaders(all)
	b.servers(ops)
	b.formerTypes(ops)
	breakCycles(b.api.Types)
	b.tellUnchecked()
	b.tellOverlaps()
	b.api.Schemas = b.schemas.table
	b.beside()
	b.tellApart()
	a.API, a.Found = b.api, append(a.Found, b.diags...)
}

type builder struct {
	*Analysis
	day         time.Time
	doc         *source.Document
	table       *limit.Table
	api         *model.API
	diags       diag.List
	names       *naming.Table
	files       *naming.Table // of groups
	scopeArgs   *naming.Table
	scopeFields *naming.Table
	components  map[string]*component
	order       []*component
	written     map[*model.Decl]bool // declarations of components
	inline      map[*openapi3.Schema]*model.Type
	singles     map[*openapi3.Schema]bool      // see single
	shapes      map[*openapi3.Schema]shape     // see shape
	letters     map[*openapi3.SchemaRef]string // see same
	merged      map[string]*openapi3.Schema    // see both
	made        map[*openapi3.Schema][]loc     // members of the allOfs that both made
	sent        map[*openapi3.Schema]bool      // schemas used in requests
	answered    map[*openapi3.Schema]bool      // schemas used in answers
	nested      *[]*model.Decl                 // declarations of the current owner's inline types
	schemas     *schemaTable

	unchecked              map[string][]diag.Position // keywords that servers do not check
	uncheckedOrder         []string
	unsureKnown, unsureAny bool // see unsure
	overlaps               int  // see overlapping
	firstOverlap           diag.Position
	overlapOf              [2]string

	xclient   xClient
	byTag     map[string]*model.Group
	methods   map[*model.Group]*naming.Table // of clients and handlers
	endpoints map[*model.Group]*naming.Table
}

// component is a schema of #/components/schemas: its name in the spec and its declaration.
type component struct {
	loc    loc
	decl   *model.Decl
	nested []*model.Decl
	begun  bool
}

// loc is a schema and its JSON pointer.
type loc struct {
	ref *openapi3.SchemaRef
	ptr []string
}

func (l loc) schema() *openapi3.Schema {
	if l.ref == nil {
		return nil
	}
	return l.ref.Value
}

// at returns the location of a part of the schema; the part behind a $ref is in the component.
func (l loc) at(ref *openapi3.SchemaRef, tokens ...string) loc {
	ptr := l.ptr
	if l.ref != nil && l.ref.Ref != "" {
		ptr = refPointer(l.ref.Ref)
	}
	return loc{ref, join(ptr, tokens...)}
}

func join(ptr []string, tokens ...string) []string {
	return append(slices.Clip(ptr), tokens...)
}

// refPointer splits a local reference into its tokens.
func refPointer(ref string) []string { return source.Pointer(ref) }

// tokensOf splits a JSON pointer as expressions write it: "" is the whole value.
func tokensOf(pointer string) []string {
	if pointer == "" {
		return nil
	}
	tokens := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, t := range tokens {
		tokens[i] = source.Unescape(t)
	}
	return tokens
}

// keys returns the keys of m in the order of the document, followed by any that are not below ptr,
// sorted, so that nothing depends on map order.
func keys[V any](b *builder, m map[string]V, ptr ...string) []string {
	return keysOf(b.doc, m, ptr...)
}

func keysOf[V any](doc *source.Document, m map[string]V, ptr ...string) []string {
	out := make([]string, 0, len(m))
	seen := make(map[string]bool, len(m))
	for _, k := range doc.Keys(ptr...) {
		if _, ok := m[k]; ok && !seen[k] {
			seen[k] = true
			out = append(out, k)
		}
	}
	rest := make([]string, 0)
	for k := range m {
		if !seen[k] {
			rest = append(rest, k)
		}
	}
	slices.Sort(rest)
	return append(out, rest...)
}

func (b *builder) info() {
	if info := b.doc.T.Info; info != nil {
		b.api.Title, b.api.Version, b.api.Description = info.Title, info.Version, info.Description
	}
	b.credentials()
}

func (b *builder) credentials() {
	if b.doc.T.Components == nil {
		return
	}
	schemes := b.doc.T.Components.SecuritySchemes
	for _, name := range keys(b, schemes, "components", "securitySchemes") {
		ref := schemes[name]
		if ref == nil || ref.Value == nil {
			continue
		}
		s := ref.Value
		c := &model.Credential{Scheme: name, In: model.InHeader, Name: "Authorization"}
		switch s.Type {
		case "apiKey":
			if !knownPlace(s.In) || s.Name == "" {
				b.diags.Errorf(b.doc.Pos("components", "securitySchemes", name), "security-scheme",
					"an API key needs a name and must be in header, query or cookie")
				continue
			}
			c.In, c.Name = model.Place(s.In), s.Name
		case "http":
			c.Prefix = naming.Exported(s.Scheme) + " "
		case "oauth2", "openIdConnect":
			c.Prefix = "Bearer "
			if flow := clientFlow(s); flow != "" {
				b.api.OAuth = append(b.api.OAuth, &model.OAuth{Scheme: name, TokenURL: flow})
			}
		default: // mutualTLS is configured in the HTTP client
			continue
		}
		b.api.Credentials = append(b.api.Credentials, c)
	}
}

// clientFlow returns the token URL of the client credentials flow; "" if there is none.
func clientFlow(s *openapi3.SecurityScheme) string {
	if s.Flows == nil || s.Flows.ClientCredentials == nil {
		return ""
	}
	return s.Flows.ClientCredentials.TokenURL
}

// oauth chooses the names of the options for client credentials.
func (b *builder) oauth() {
	for _, o := range b.api.OAuth {
		name := "WithClientCredentials"
		if len(b.api.OAuth) > 1 {
			name = "With" + naming.Exported(o.Scheme) + "ClientCredentials"
		}
		o.Option = b.names.Give(name, "Option")
	}
}

// groups chooses the names inside each group.
func (b *builder) groups() {
	for _, g := range b.api.Groups {
		endpoints := naming.NewTable("h", "register")
		for _, op := range g.Operations {
			op.Endpoint = endpoints.Give(naming.Unexported(op.Method), "Endpoint")
		}
		b.endpoints[g] = endpoints
		methods := naming.NewTable()
		for _, op := range g.Operations {
			methods.Take(op.Method)
		}
		for _, op := range g.Operations {
			for _, m := range op.Media { // none but a stream has its name yet
				m.Method = methods.Give(op.Method+"Stream", "Seq")
			}
			if op.Page != nil {
				op.Page.Method = methods.Give(op.Method+"All", "Seq")
			}
			if op.Parts != nil {
				op.Parts.Method = methods.Give(op.Method+"InParts", "Seq")
			}
		}
		for _, op := range g.Operations {
			b.formerMethods(op, methods)
		}
		b.methods[g] = methods
	}
}

// collectTypes puts the declarations in reading order: types of operations are sorted in with the
// schemas of the document.
func (b *builder) collectTypes(ops []*opSource) {
	for _, c := range b.order {
		b.api.Types = append(b.api.Types, c.decl)
		b.api.Types = append(b.api.Types, c.nested...)
	}
	for _, op := range ops {
		b.api.Types = append(b.api.Types, op.nested...)
	}
}
