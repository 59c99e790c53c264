package analyze

import (
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v4"

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
	request  string // name of a request type, should one be declared
	response string
	id       string // as the author wrote it, or ""
	pos      diag.Position

	bodySchema *openapi3.SchemaRef // of the request body that is spoken
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

// params gathers the parameters: those of the path first, in the path's order.
func (b *builder) params(op *opSource) {
	type declared struct {
		p   *openapi3.Parameter
		ptr []string
	}
	var all []declared
	add := func(params openapi3.Parameters, ptr []string) {
		for i, ref := range params {
			if ref == nil || ref.Value == nil {
				continue
			}
			d := declared{ref.Value, join(ptr, itoa(i))}
			if ref.Ref != "" {
				d.ptr = refPointer(ref.Ref)
			}
			if !knownPlace(d.p.In) || d.p.Name == "" {
				b.diags.Errorf(b.doc.Pos(d.ptr...), "parameter", "a parameter needs a name and must be in path, query, header or cookie; this one is %q in %q", d.p.Name, d.p.In)
				continue
			}
			same := func(x declared) bool { return x.p.In == d.p.In && x.p.Name == d.p.Name }
			if j := slices.IndexFunc(all, same); j >= 0 {
				all[j] = d
				continue
			}
			all = append(all, d)
		}
	}
	add(op.Item.Parameters, join(op.Pointer[:len(op.Pointer)-1], "parameters"))
	add(op.Op.Parameters, join(op.Pointer, "parameters"))

	m := op.model
	args := naming.NewTable(inMethods...)
	for _, match := range parameterName.FindAllStringSubmatch(op.Path, -1) {
		name := match[1]
		if i := slices.IndexFunc(m.Params, func(q *model.Param) bool { return q.Name == name }); i >= 0 {
			again := *m.Params[i]
			again.Again, again.Required = true, false
			m.Params = append(m.Params, &again)
			continue
		}
		p := &model.Param{In: model.InPath, Name: name, Required: true, Type: builtin("string"), Style: "simple"}
		if i := slices.IndexFunc(all, func(d declared) bool { return d.p.In == "path" && d.p.Name == name }); i >= 0 {
			b.param(op, p, all[i].p, all[i].ptr)
		}
		if p.Type.Kind == model.Pointer {
			p.Type = p.Type.Elem
		}
		if v := op.variant; v != nil && v.When != nil && v.When.Is == limit.IsList && v.When.Expr.From == limit.FromPath && v.When.Expr.Name == name {
			p.Type = slice(builtin("string"))
			p.Schema = b.schemas.stringList()
			p.List = true
		}
		p.Single = op.variant != nil && p.EncodedComma && !p.List
		m.Params = append(m.Params, p)
		if slices.Contains(b.xclient.scope, name) {
			p.Scope, m.UsesScope = true, true
			b.scope(p)
			continue
		}
		p.Arg = b.argName(args, name)
		m.Args = append(m.Args, p)
	}
	fields := naming.NewTable()
	for _, d := range all {
		ignored := d.p.In == "header" && slices.ContainsFunc([]string{"Accept", "Content-Type", "Authorization"},
			func(h string) bool { return strings.EqualFold(h, d.p.Name) })
		if d.p.In == "path" || ignored {
			continue // OpenAPI: such header parameters shall be ignored
		}
		p := &model.Param{In: model.Place(d.p.In), Name: d.p.Name, Required: d.p.Required}
		b.param(op, p, d.p, d.ptr)
		p.Field = fields.Give(naming.Exported(d.p.Name), "Param")
		m.Params = append(m.Params, p)
		m.Fields = append(m.Fields, p)
	}
	if len(m.Fields) > 0 {
		m.ParamsType = b.names.Give(m.Method+"Params", "Struct")
	}
}

func knownPlace(in string) bool {
	return slices.Contains([]string{"path", "query", "header", "cookie"}, in)
}

// scope records a parameter that callers give once.
func (b *builder) scope(p *model.Param) {
	for _, s := range b.api.Scope {
		if s.Name == p.Name {
			p.Arg, p.Field = s.Arg, s.Field
			return
		}
	}
	p.Arg, p.Field = b.argName(b.scopeArgs, p.Name), b.scopeFields.Give(naming.Exported(p.Name), "Param")
	b.api.Scope = append(b.api.Scope, p)
}

// param reads one parameter.
func (b *builder) param(op *opSource, p *model.Param, src *openapi3.Parameter, ptr []string) {
	p.Doc = model.Doc{Description: src.Description, Deprecated: src.Deprecated}
	p.Style, p.Empty = src.Style, src.AllowEmptyValue && p.In == model.InQuery
	l := loc{src.Schema, join(ptr, "schema")}
	if src.Schema == nil {
		for _, media := range keys(b, src.Content, join(ptr, "content")...) {
			p.Style = "json"
			l = loc{src.Content[media].Schema, join(ptr, "content", media, "schema")}
			break
		}
	}
	switch {
	case src.Explode != nil:
		p.Explode = *src.Explode
	default:
		p.Explode = (p.Style == "" || p.Style == "form") && (p.In == model.InQuery || p.In == model.InCookie)
	}
	p.Type = b.typeOf(l, op.model.Method+naming.Exported(p.Name))
	if (!p.Required || b.nullable(l)) && !p.Type.Nilable() {
		p.Type = pointer(p.Type)
	}
	p.Schema = b.schemaIndex(l)
	b.paramDefault(p, l)
	p.List = p.Style != "json" && (b.schemas.allows(p.Schema, "array", maxDepth) || isSlice(p.Type))
	if b.single(l) {
		b.diags.Errorf(b.doc.Pos(join(l.ptr, "x-list")...), ruleClient, "single is for lists in JSON; in a parameter, a list of one item is written as the item anyway")
	}
	b.paramList(p, join(ptr, "x-list"))
}

// paramDefault reads the value that a handler gets where a parameter is absent.
func (b *builder) paramDefault(p *model.Param, l loc) {
	if !p.Required {
		p.Default = b.defaultOf(l, "parameter", p.Name)
	}
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
	if kind := kindOfValue(value); sh.kind != anyShape && sh.kind != unionShape && kind != sh.kind && (sh.kind != numberShape || kind != integerShape) ||
		len(sh.enum) > 0 && !sh.open && !subset([]choice{{value: value}}, sh.enum) {
		b.diags.Warnf(b.doc.Pos(at.at(nil, "default").ptr...), "default", "the default is not a value of the %s %q, so it is not given to handlers", what, name)
		return ""
	}
	return appendJSON(nil, value)[0]
}

// propertyDefault is defaultOf for an optional property that requests may leave out. Where null is
// a value too, a handler could not tell the two apart, and null must not become the default.
func (b *builder) propertyDefault(p property, use use) string {
	if !use.sent || p.required || p.readOnly {
		return ""
	}
	value := b.defaultOf(p.loc, "property", p.name)
	if value != "" && b.nullable(p.loc) {
		b.diags.Warnf(b.doc.Pos(p.loc.ptr...), "default", "the property %q may be null, which its field cannot tell from its absence; its default is not given to handlers", p.name)
		return ""
	}
	return value
}

// paramList reads the x-list value of a parameter: how its list is spelt beyond what OpenAPI can
// say.
func (b *builder) paramList(p *model.Param, ptr []string) {
	b.each(ptr, func(key string, v *yaml.Node, pos diag.Position) {
		switch {
		case key != "encoded-comma":
			b.unknown(pos, key, "x-list takes encoded-comma")
		case v.Tag != "!!bool":
			b.diags.Errorf(pos, ruleClient, "encoded-comma must be true or false")
		case v.Value == "true" && p.In != model.InPath && p.In != model.InQuery:
			b.diags.Errorf(pos, ruleClient, "encoded-comma is for lists in the path or query; nothing is percent-encoded in a %s", p.In)
		case v.Value == "true" && p.Style != "" && p.Style != "simple" && p.Style != "form":
			b.diags.Errorf(pos, ruleClient, "encoded-comma is for lists that commas separate, and the style of %q is %s", p.Name, p.Style)
		case v.Value == "true" && p.List && p.Explode && p.In == model.InQuery:
			b.diags.Errorf(pos, ruleClient, "encoded-comma is for lists that commas separate, and each item of %q is a name and value of its own; say explode: false", p.Name)
		default:
			p.EncodedComma = v.Value == "true"
		}
	})
}

// isSlice reports whether a parameter is several values to callers, which text as bytes is not.
func isSlice(t *model.Type) bool {
	for t.Kind == model.Pointer {
		t = t.Elem
	}
	t = underlying(t)
	return t.Kind == model.Slice && (t.Elem.Kind != model.Builtin || t.Elem.Name != "byte" && t.Elem.Name != "uint8")
}

// statusOf reads a response key: "200", "2XX", "default".
func statusOf(code string) (status int, ok bool) {
	if strings.EqualFold(code, "2XX") {
		return http.StatusOK, true
	}
	n, err := strconv.Atoi(code)
	return n, err == nil && n >= 200 && n < 300
}
