package analyze

import (
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/naming"
	"github.com/limitgen/limitgen/generator/source"
)

// opSource is an operation or a variant of one, on its way into the model.
type opSource struct {
	source.OpRef
	model    *model.Operation
	use      *Use
	variant  *limit.Variant // of the use
	nested   []*model.Decl
	headers  []*model.Decl // of headers of answers
	request  string        // name of a request type, should one be declared
	response string
	id       string // as the author wrote it, or ""
	pos      diag.Position

	bodySchema *openapi3.SchemaRef // of the request body that is spoken
	sends      []otherMedia        // further media types of the request
	answers    []otherMedia        // and of the answers
}

var parameterName = regexp.MustCompile(`\{([^{}]*)\}`)

// nameOperations gives every operation and variant its names, in the order of the document.
func (b *builder) nameOperations() []*opSource {
	b.byTag = make(map[string]*model.Group)
	var ops []*opSource
	written := make(map[string]*opSource)
	for _, u := range b.Uses() {
		op := &opSource{OpRef: u.Op.OpRef, use: u, variant: u.Variant}
		b.nameOperation(op, written)
		ops = append(ops, op)
	}
	return ops
}

// nameOperation chooses the identifiers of one operation.
func (b *builder) nameOperation(op *opSource, written map[string]*opSource) {
	id := op.Op.OperationID
	op.pos = b.doc.Pos(join(op.Pointer, "operationId")...)
	if op.variant != nil {
		id, op.pos = op.variant.Name, op.variant.Pos
	}
	op.id = id
	server, own := b.Servers.Of(op.OpRef)
	m := &model.Operation{ID: id, HTTPMethod: op.Method, Path: op.Path, BasePath: server.Path}
	if own {
		m.Server = cmp.Or(server.URL, server.Path, "/")
	}
	op.model = m
	b.rpc(op)
	m.Counter = op.Method + " " + parameterName.ReplaceAllString(op.Path, "{}")
	if id == "" {
		m.ID = derivedID(op.Method, op.Path)
	}
	if m.Operation = op.Op.OperationID; m.Operation == "" {
		m.Operation = derivedID(op.Method, op.Path)
	}
	b.cite(op)
	m.Method = naming.Exported(m.ID)
	if id == "" {
		m.Method = naming.Short(m.Method, longestDerived-len("Response"))
	}
	base := m.Method
	if first := written[m.Method]; first != nil {
		// Published files have an operationId twice; the second operation is another all the same.
		twice := id != "" && op.variant == nil && first.variant == nil && first.Op.OperationID == id
		if id != "" && first.id != "" && !twice {
			b.diags.Errorf(op.pos, "name-collision", "operations %q and %q (%s) are the same name in Go; rename one", id, first.model.ID, first.pos)
		}
		for n := 2; written[m.Method] != nil; n++ {
			m.Method = base + itoa(n)
			if twice {
				m.ID = id + itoa(n)
				m.Operation = m.ID
			}
		}
		if twice {
			b.diags.Warnf(op.pos, "name-collision", "operationId %q is used a second time (first at %s); this operation is %q in Go", id, first.pos, m.Method)
		}
	}
	written[m.Method] = op
	m.Const = b.names.Give("op"+m.Method, "Operation")
	op.request, op.response = m.Method+"Request", m.Method+"Response"

	group := b.group(op)
	group.Operations = append(group.Operations, m)
	b.api.Operations = append(b.api.Operations, m)
}

// derivedID names an operation that the author left unnamed: get /pets/{id} is getPetsByID.
func derivedID(method, path string) string {
	id := strings.ToLower(method)
	for _, segment := range strings.Split(path, "/") {
		for _, word := range naming.Words(parameterName.ReplaceAllString(segment, "By $1 ")) {
			id += naming.Exported(word)
		}
	}
	return id
}

// group returns the group of an operation's first tag.
func (b *builder) group(op *opSource) *model.Group {
	tag := ""
	if len(op.Op.Tags) > 0 {
		tag = op.Op.Tags[0]
	}
	if g := b.byTag[tag]; g != nil {
		return g
	}
	name := naming.Exported(tag)
	if tag == "" {
		name = "API"
	}
	fields := naming.NewTable("Snapshot", "LimitMetrics", "Reload", "SetOverrides") // methods of the client
	for _, g := range b.api.Groups {
		fields.Take(g.Field)
	}
	g := &model.Group{Tag: tag, Field: fields.Give(name, "Group")}
	name = g.Field
	g.Client = b.names.Give(name+"Client", "Interface")
	g.Handler = b.names.Give(name+"Handler", "Interface")
	g.Impl = b.names.Give(naming.Unexported(name)+"Client", "Impl")
	g.Endpoints = b.names.Give(naming.Unexported(name)+"Endpoints", "Impl")
	g.File = b.files.Give(fileName(name), "_api")
	for _, t := range b.doc.T.Tags {
		if t != nil && t.Name == tag {
			g.Doc.Description = t.Description
		}
	}
	b.byTag[tag] = g
	b.api.Groups = append(b.api.Groups, g)
	return g
}

// fileName returns a group's part of a file name. It never ends in a word that the go command reads
// as a test or a build constraint.
func fileName(name string) string {
	words := naming.Words(name)
	for i, w := range words {
		words[i] = strings.ToLower(w)
	}
	for i, w := range words {
		words[i] = strings.Map(func(r rune) rune {
			if r < 128 {
				return r
			}
			return -1
		}, w)
	}
	words = slices.DeleteFunc(words, func(w string) bool { return w == "" })
	if len(words) == 0 || words[len(words)-1] != "api" {
		words = append(words, "api")
	}
	return strings.Join(words, "_")
}

// operation fills in what the operation takes, gives and costs.
func (b *builder) operation(op *opSource) {
	outer := b.nested
	b.nested = &op.nested
	defer func() { b.nested = outer }()
	m, o := op.model, op.Op
	m.Doc = model.Doc{Summary: o.Summary, Description: o.Description, Deprecated: o.Deprecated}
	if v := op.variant; v != nil && v.Summary != "" {
		m.Doc = model.Doc{Summary: v.Summary, Deprecated: o.Deprecated}
	}
	switch m.HTTPMethod {
	case "GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE":
		m.Idempotent = true
	}
	b.security(op)
	b.params(op)
	b.body(op)
	b.result(op)
	b.rates(op)
	b.operationClient(op)
}

func (b *builder) security(op *opSource) {
	requirements := b.doc.T.Security
	if op.Op.Security != nil {
		requirements = *op.Op.Security
	}
	for _, r := range requirements {
		names := make([]string, 0, len(r))
		for name := range r {
			names = append(names, name)
		}
		slices.Sort(names)
		op.model.Security = append(op.model.Security, names)
	}
}

func knownPlace(in string) bool {
	return slices.Contains([]string{"path", "query", "header", "cookie"}, in)
}

// defaultOf is the value, as JSON, that a handler gets where what a schema describes is absent; ""
// for none. A value that does not fit the schema is none.
func (b *builder) defaultOf(l loc, what, name string) string {
	var value any
	at := l
	for _, m := range b.conjuncts(l, 0, make(map[*openapi3.Schema]bool)) {
		if m.schema().Default != nil {
			value, at = m.schema().Default, m
		}
	}
	if value == nil {
		return ""
	}
	sh, _ := b.resolved(l)
	value = choiceOf(value, &openapi3.Schema{Type: at.schema().Type})
	if kind := kindOfValue(value); sh.kind != anyShape && sh.kind != unionShape && kind != sh.kind &&
		(sh.kind != numberShape || kind != integerShape) ||
		len(sh.enum) > 0 && !sh.open && !subset([]choice{{value: value}}, sh.enum) {
		b.diags.Warnf(b.doc.Pos(at.at(nil, "default").ptr...), "default",
			"the default is not a value of the %s %q, so it is not given to handlers", what, name)
		return ""
	}
	return appendJSON(nil, value)[0]
}

// propertyDefault is defaultOf for an optional property that requests may leave out.
func (b *builder) propertyDefault(p property, use use) string {
	if !use.sent || p.required || p.readOnly {
		return ""
	}
	return b.defaultOf(p.loc, "property", p.name)
}

// statusOf reads a response key: "200", "2XX", "default".
func statusOf(code string) (status int, ok bool) {
	if strings.EqualFold(code, "2XX") {
		return http.StatusOK, true
	}
	n, err := strconv.Atoi(code)
	return n, err == nil && n >= 200 && n < 300
}
