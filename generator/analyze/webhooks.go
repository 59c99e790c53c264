package analyze

import (
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/naming"
	"github.com/limitgen/limitgen/generator/source"
)

// sentRequest is a request that the API sends.
type sentRequest struct {
	source.OpRef

	name string // in the spec
	to   string // the expression for a callback's URL
	only bool   // it is the only method of its path item
	of   *source.OpRef
}

// sentRequests returns the webhooks of the document, then the callbacks of its operations.
func sentRequests(doc *source.Document) []sentRequest {
	var out []sentRequest
	for _, name := range keysOf(doc, doc.T.Webhooks, "webhooks") {
		out = append(out, sentBy(doc, name, "", doc.T.Webhooks[name], []string{"webhooks", name}, nil)...)
	}
	for _, op := range doc.Operations() {
		callbacks := map[string]*openapi3.CallbackRef(op.Op.Callbacks)
		for _, name := range keysOf(doc, callbacks, join(op.Pointer, "callbacks")...) {
			ref, ptr := callbacks[name], join(op.Pointer, "callbacks", name)
			if ref == nil || ref.Value == nil {
				continue
			}
			if ref.Ref != "" {
				ptr = refPointer(ref.Ref)
			}
			items := ref.Value.Map()
			for _, to := range keysOf(doc, items, ptr...) {
				out = append(out, sentBy(doc, name, to, items[to], join(ptr, to), &op)...)
			}
		}
	}
	return out
}

// sentBy returns the requests of one path item.
func sentBy(doc *source.Document, name, to string, item *openapi3.PathItem, ptr []string,
	of *source.OpRef) []sentRequest {
	if item == nil {
		return nil
	}
	if ref := doc.Node(join(ptr, "$ref")...); ref != nil {
		if tokens := source.Pointer(ref.Value); tokens != nil {
			ptr = tokens
		}
	}
	var out []sentRequest
	operations := item.Operations()
	for _, method := range keysOf(doc, lowered(operations), ptr...) {
		verb := strings.ToUpper(method)
		ref := source.OpRef{Method: verb, Op: operations[verb], Item: item, Pointer: join(ptr, method)}
		out = append(out, sentRequest{ref, name, to, len(operations) == 1, of})
	}
	return out
}

func lowered(operations map[string]*openapi3.Operation) map[string]*openapi3.Operation {
	out := make(map[string]*openapi3.Operation, len(operations))
	for method, op := range operations {
		out[strings.ToLower(method)] = op
	}
	return out
}

// webhooks adds the requests that the API sends. They come after everything else has its name.
func (b *builder) webhooks(ops []*opSource) []*opSource {
	if len(b.requests) == 0 {
		return nil
	}
	n := &b.api.Names.Webhook
	n.Handlers, _ = b.ownPair("_WebhookHandlers", "")
	n.Unimplemented, _ = b.ownPair("_UnimplementedWebhooks", "")
	n.New, _ = b.ownPair("New_Webhooks", "")
	n.Sender, n.NewSender = b.ownPair("_WebhookSender", "New_WebhookSender")
	n.Endpoints = b.names.Give("webhookEndpoints", "Impl")
	methods, endpoints := naming.NewTable(), naming.NewTable("h", "register")
	var out []*opSource
	for i, s := range b.requests {
		owner := b.ownerOf(s, ops)
		op := b.webhook(s, b.Sent[i].Uses[0], owner, methods)
		op.model.Endpoint = endpoints.Give(naming.Unexported(op.model.Method), "Endpoint")
		w := &model.Webhook{Operation: op.model, Name: s.name, To: s.to}
		if owner != nil {
			w.Of = owner.model.Method
			b.callbackURL(w, owner)
		}
		b.api.Webhooks = append(b.api.Webhooks, w)
		out = append(out, op)
	}
	b.tellAlike(out)
	return out
}

// ownerOf returns the operation whose callback a request is, or its first variant; nil for a
// webhook.
func (b *builder) ownerOf(s sentRequest, ops []*opSource) *opSource {
	if s.of == nil {
		return nil
	}
	i := slices.IndexFunc(ops, func(op *opSource) bool { return slices.Equal(op.Pointer, s.of.Pointer) })
	if i < 0 {
		return nil
	}
	return ops[i]
}

// webhook reads one request that the API sends.
func (b *builder) webhook(
	s sentRequest, use *Use, owner *opSource, methods *naming.Table,
) *opSource {
	id := s.name
	if !s.only {
		id += "." + strings.ToLower(s.Method)
	}
	if owner != nil {
		id = owner.model.ID + "." + id
	}
	if s.Op.OperationID != "" {
		id = s.Op.OperationID
	}
	m := &model.Operation{
		ID: id, HTTPMethod: s.Method, Pos: b.doc.Pos(s.Pointer...), Idempotent: true,
		Method: methods.Give(naming.Short(naming.Exported(id), longestDerived-len("Response")),
			"Webhook"),
		Doc: model.Doc{
			Summary: s.Op.Summary, Description: s.Op.Description, Deprecated: s.Op.Deprecated,
		},
	}
	m.Path, m.Counter = "/"+m.Method, s.Method+" "+id
	m.Const = b.names.Give("Webhook"+m.Method, "Index")
	op := &opSource{
		OpRef: s.OpRef, model: m, pos: m.Pos, use: use,
		request: m.Method + "Request", response: m.Method + "Response",
	}
	outer := b.nested
	b.nested = &op.nested
	defer func() { b.nested = outer }()
	if s.Op.Security != nil { // the document's own is for calls of the API
		b.security(op)
	}
	b.params(op)
	for _, p := range slices.Concat(s.Item.Parameters, s.Op.Parameters) {
		if p != nil && p.Value != nil && p.Value.In == "path" {
			b.diags.Warnf(m.Pos, "left-out",
				"%s has a parameter %q in its path, which is that of its receiver", id, p.Value.Name)
		}
	}
	b.body(op)
	b.result(op)
	for _, o := range slices.Concat(op.sends, op.answers) {
		b.diags.Warnf(b.doc.Pos(o.at()...), "media-types",
			"webhooks are sent and received in %s only, not in %s", o.main, o.media)
	}
	op.sends = nil
	b.rates(op)
	b.typedErrors(op)
	return op
}

// tellAlike warns of webhooks that an address for all of them cannot tell apart.
func (b *builder) tellAlike(ops []*opSource) {
	bodies := make([]loc, len(ops))
	for i, op := range ops {
		bodies[i] = loc{op.bodySchema, join(op.Pointer, "requestBody")}
		for j, other := range ops[:i] {
			if op.Method != other.Method || !b.mayBeBoth(op, other, bodies[i], bodies[j]) {
				continue
			}
			b.diags.Warnf(op.model.Pos, "left-out",
				"webhooks %q and %q accept the same bodies: an address for all webhooks refuses what fits "+
					"both, unless rest.WithWebhookName tells them apart; require a property of each, such as a constant type",
				other.model.ID, op.model.ID)
			break
		}
	}
}

// mayBeBoth reports whether a body of one webhook may be one of another, too: no constant and no
// required property distinguishes them. Bodies that are not JSON are not looked into.
func (b *builder) mayBeBoth(one, other *opSource, first, second loc) bool {
	x, y := one.model.Body, other.model.Body
	if x == nil || y == nil {
		return x == nil && y == nil
	}
	if x.Kind != model.JSON || y.Kind != model.JSON {
		return strings.EqualFold(x.Media, y.Media)
	}
	return b.same(first.ref, second.ref) || first.ref == nil || second.ref == nil ||
		b.overlap(first, second, 0)
}

// callbackURL makes a function of an expression whose values are all of the request's body, or all
// of its query, if each is a text where Go has one.
func (b *builder) callbackURL(w *model.Webhook, owner *opSource) {
	u := &model.CallbackURL{}
	rest := w.To
	if strings.HasPrefix(rest, "$") { // a whole expression needs no braces
		rest = "{" + rest + "}"
	}
	for rest != "" {
		text, after, found := strings.Cut(rest, "{")
		if text != "" {
			u.Parts = append(u.Parts, model.URLPart{Text: text})
		}
		if !found {
			break
		}
		expr, tail, closed := strings.Cut(after, "}")
		t, steps := b.requestValue(owner.model, expr)
		if !closed || len(steps) == 0 || !isText(steps[len(steps)-1].Type) ||
			u.Type != nil && u.Type.Name != t.Name {
			b.diags.Warnf(w.Pos, "left-out", "no function returns the URL %s of %s: each value has to be a text of "+
				"the request's body, or each a text of its query", w.To, w.ID)
			return
		}
		u.Type, u.Parts, rest = t, append(u.Parts, model.URLPart{Steps: steps}), tail
	}
	if u.Type == nil { // the URL is a text
		return
	}
	u.Func = b.names.Give(w.Method+"URL", "Func")
	w.URL = u
}

// requestValue returns the way to the value of a runtime expression from an argument of a method;
// nil if Go has none.
func (b *builder) requestValue(
	m *model.Operation, expr string,
) (of *model.Type, steps []model.Step) {
	switch pointer, body := strings.CutPrefix(expr, "$request.body#"); {
	case body && m.Body != nil && m.Body.Kind == model.JSON:
		return m.Body.Type, b.stepsTo(m.Body.Type, pointer)
	case strings.HasPrefix(expr, "$request.query."):
		name := strings.TrimPrefix(expr, "$request.query.")
		for _, p := range m.Fields {
			if p.In == model.InQuery && p.Name == name {
				return &model.Type{Kind: model.Named, Name: m.ParamsType},
					[]model.Step{{Field: p.Field, Pointer: p.Type.Kind == model.Pointer, Type: p.Type}}
			}
		}
	}
	return nil, nil
}

// stepsTo is steps without an error where there are none.
func (b *builder) stepsTo(t *model.Type, pointer string) []model.Step {
	before := len(b.diags)
	out := b.steps(t, pointer, b.doc.Pos())
	b.diags = b.diags[:before]
	return out
}

func isText(t *model.Type) bool {
	if t.Kind == model.Pointer {
		t = t.Elem
	}
	return t.Kind == model.Builtin && t.Name == "string"
}
