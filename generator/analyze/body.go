package analyze

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/naming"
)

// body reads the request body, the variant's own if it has one.
func (b *builder) body(op *opSource) {
	ref, ptr := op.Op.RequestBody, join(op.Pointer, "requestBody")
	if v := op.variant; v != nil && v.Request != "" {
		target := refPointer(v.Request)
		switch {
		case len(target) == 3 && target[1] == "requestBodies" &&
			b.doc.Components().RequestBodies[target[2]] != nil:
			ref, ptr = b.doc.Components().RequestBodies[target[2]], target
		case len(target) == 3 && target[1] == "schemas" && b.components[target[2]] != nil:
			schema := &openapi3.SchemaRef{Ref: v.Request, Value: b.components[target[2]].loc.schema()}
			content := openapi3.NewContentWithJSONSchemaRef(schema)
			ref = &openapi3.RequestBodyRef{Value: &openapi3.RequestBody{Required: true, Content: content}}
		default:
			b.diags.Errorf(v.RequestPos, "variant-request",
				"%q is not a request body or schema of this document", v.Request)
			return
		}
	}
	if ref == nil || ref.Value == nil {
		return
	}
	if ref.Ref != "" {
		ptr = refPointer(ref.Ref)
	}
	media, others := b.preferred(ref.Value.Content, join(ptr, "content"))
	if media == "" {
		return
	}
	l := schemaOf(ref.Value.Content, media, ptr)
	op.bodySchema = l.ref
	op.model.Body = &model.Body{Kind: mediaKind(media), Media: media, Required: ref.Value.Required}
	b.fillBody(op, op.model.Body, ref.Value.Content[media], join(ptr, "content", media))
	for _, other := range others {
		op.sends = append(op.sends, otherMedia{other, media, ref.Value.Content, ptr, 0})
	}
}

// fillBody fills in the type and the schema of a body, by its kind.
func (b *builder) fillBody(
	op *opSource, body *model.Body, media *openapi3.MediaType, ptr []string,
) {
	l := loc{nil, join(ptr, "schema")}
	if media != nil {
		l.ref = media.Schema
	}
	switch kind := body.Kind; kind {
	case model.JSON, model.Form:
		body.Type = b.elemOf(l, b.reserveHint(op.request))
		body.Schema = b.schemaIndex(l)
		if kind == model.Form && body.Type.Kind == model.Builtin {
			body.Type = mapOf(builtin("any"))
		}
		if !body.Required && !body.Type.Nilable() {
			body.Type = pointer(body.Type)
		}
		if kind == model.Form {
			b.encoding(body, media, ptr, l)
		}
	case model.Multipart:
		b.multipart(op, body, l)
		b.encoding(body, media, ptr, l)
	case model.Text:
		body.Type = builtin("string")
		if sh, _ := b.resolved(l); sh.kind == stringShape || sh.kind == integerShape || sh.kind == numberShape || sh.kind == boolShape {
			body.Schema = b.schemaIndex(l) // of anything else, a text is some serialization
		}
	default:
		body.Type = &model.Type{Kind: model.Reader}
	}
}

// reserveHint adds a suffix to a hint that is already taken, so that the name still describes its
// role.
func (b *builder) reserveHint(hint string) string {
	if b.names.Taken(hint) {
		return hint + "Body"
	}
	return hint
}

// multipart declares the fields of a form with files. A form that is not an object, or that does
// not say what it holds, is sent as bytes.
func (b *builder) multipart(op *opSource, body *model.Body, l loc) {
	at := l.ptr
	sh, l := b.resolved(l)
	files := false
	if sh.additional != nil {
		_, files = b.isFile(*sh.additional)
	}
	if sh.kind != objectShape || len(sh.props) == 0 && (sh.additional == nil || files) {
		b.diags.Warnf(b.doc.Pos(at...), "left-out",
			"the form's fields are not described, so it is sent and read as it is; "+
				"give the Content-Type with its boundary to each call by WithHeader")
		body.Kind = model.Binary
		body.Type = &model.Type{Kind: model.Reader}
		return
	}
	if files {
		b.diags.Warnf(b.doc.Pos(at...), "left-out",
			"files beside those that have a name are not sent, and not read")
		sh.additional = nil
	}
	d := &model.Decl{Name: b.names.Give(op.request, "Form")}
	*b.nested = append(*b.nested, d)
	var sent []string
	plain := sh
	plain.props = nil
	for _, p := range sh.props {
		many, ok := b.isFile(p.loc)
		if !ok {
			plain.props = append(plain.props, p)
			continue
		}
		sent = append(sent, p.name)
		file := &model.FileField{Name: p.name, Many: many, Optional: !p.required}
		if s := p.loc.schema(); many {
			file.Min = int64(s.MinItems)
			if s.MaxItems != nil {
				file.Max = int64(*s.MaxItems)
			}
		}
		body.Files = append(body.Files, file)
	}
	b.structOf(d, plain, use{sent: true})
	d.Nulls = "" // a part of a form cannot be null
	fields := naming.NewTable()
	for _, f := range d.Fields {
		fields.Take(f.Name)
	}
	for _, f := range body.Files {
		f.Field = fields.Give(naming.Exported(f.Name), "File")
		t := runtimeType("File")
		switch {
		case f.Many:
			t = slice(t)
		case f.Optional:
			t = pointer(t)
		}
		i := slices.IndexFunc(sh.props, func(p property) bool { return p.name == f.Name })
		d.Fields = append(d.Fields, &model.Field{
			Name: f.Field, Type: t, Doc: model.Doc{Description: b.description(sh.props[i].loc)},
		})
	}
	body.Type = named(d)
	body.Schema = b.schemaWithout(l, sent)
}

// isFile reports whether a form's property holds the bytes of a file, or a list of them.
func (b *builder) isFile(l loc) (many, ok bool) {
	sh := b.shape(l)
	if sh.kind == arrayShape && sh.items.schema() != nil {
		item := b.shape(sh.items)
		return true, item.kind == stringShape && item.format == "binary"
	}
	s := l.schema()
	return false, sh.kind == stringShape && (sh.format == "binary" ||
		s.ContentMediaType != "" && s.ContentEncoding == "")
}

// result reads what a successful call returns.
func (b *builder) result(op *opSource) {
	m := op.model
	var members []*model.Member
	var ranged *model.Member // of 2XX
	responses := op.Op.Responses
	b.variantResponses(op)
	if responses == nil {
		m.Result = emptyResult(http.StatusOK)
		return
	}
	codes := keys(b, responses.Map(), join(op.Pointer, "responses")...)
	if !slices.ContainsFunc(codes, func(c string) bool { _, ok := statusOf(c); return ok }) {
		if i := slices.IndexFunc(codes, isRedirect); i >= 0 {
			status, _ := strconv.Atoi(codes[i])
			m.Result, m.Redirects = emptyResult(status), true
			return
		}
		// If only a default answer is described, it is the success.
		codes = slices.DeleteFunc(codes, func(c string) bool { return c != "default" })
	}
	for _, code := range codes {
		status, ok := statusOf(code)
		if code == "default" && len(codes) == 1 {
			status, ok = http.StatusOK, true
		}
		if !ok {
			continue
		}
		ref, ptr := b.Response(op.use, code)
		m := b.member(op, status, ref, ptr, len(codes) > 1)
		if strings.EqualFold(code, "2XX") {
			ranged = m
			continue
		}
		members = append(members, m)
	}
	members = rangeLast(members, ranged)
	m.Accept, m.Answers = accept(members), mediaOf(members)
	m.Unaccepted = slices.Contains(codes, "406")
	switch len(members) {
	case 0:
		m.Result = emptyResult(http.StatusOK)
	case 1:
		m.Result = model.Result{Answer: members[0].Answer}
	default:
		m.Result = model.Result{Struct: b.names.Give(m.Method+"Result", "Struct"), Members: members}
		m.Result.Status = members[0].Status
	}
}

// emptyResult is an answer without a body.
func emptyResult(status int) model.Result {
	return model.Result{Answer: model.Answer{Kind: model.Empty, Status: status}}
}

// isRedirect reports whether a status is a redirect.
func isRedirect(code string) bool {
	switch code {
	case "301", "302", "303", "307", "308":
		return true
	}
	return false
}

// rangeLast appends the response of a range of codes (2XX), since those of single codes take
// precedence.
func rangeLast(members []*model.Member, ranged *model.Member) []*model.Member {
	if ranged == nil {
		return members
	}
	if len(members) > 0 {
		ranged.Range, ranged.Name = true, "Other"
		for ranged.Status = http.StatusOK; slices.ContainsFunc(members, func(m *model.Member) bool { return m.Status == ranged.Status }); {
			ranged.Status++
		}
	}
	return append(members, ranged)
}

// namedResponse returns the response that a variant names and its pointer; nil if it does not
// exist.
func (a *Analysis) namedResponse(r limit.Response) (*openapi3.ResponseRef, []string) {
	target := refPointer(r.Ref)
	if len(target) != 3 || target[0] != "components" || target[1] != "responses" {
		return nil, nil
	}
	return a.Doc.Components().Responses[target[2]], target
}

// variantResponses checks the responses that a variant names, including those that no client reads.
func (b *builder) variantResponses(op *opSource) {
	if op.variant == nil {
		return
	}
	for _, r := range op.variant.Responses {
		found, _ := b.namedResponse(r)
		switch {
		case r.Ref == "": // reported before
		case found == nil:
			b.diags.Errorf(r.Pos, "variant-response", "%q is not a response of this document", r.Ref)
		case op.Op.Responses.Value(r.Code) == nil:
			b.diags.Warnf(r.Pos, "variant-response", "the operation has no response %q for this one to replace, so it is not used", r.Code)
		}
	}
}

// member reads one successful answer.
func (b *builder) member(
	op *opSource, status int, ref *openapi3.ResponseRef, ptr []string, several bool,
) *model.Member {
	out := &model.Member{Answer: model.Answer{Status: status, Kind: model.Empty}}
	if ref == nil || ref.Value == nil || len(ref.Value.Content) == 0 ||
		status == http.StatusNoContent {
		return out
	}
	if ref.Ref != "" {
		ptr = refPointer(ref.Ref)
	}
	content, stream := apart(ref.Value.Content)
	media, others := b.preferred(content, join(ptr, "content"))
	if stream != "" &&
		!slices.ContainsFunc(op.model.Media, func(m *model.Media) bool { return m.Live }) {
		op.model.Media = append(op.model.Media, streamed(stream, status))
	}
	l := schemaOf(ref.Value.Content, media, ptr)
	out.Media = media
	for _, other := range others {
		o := otherMedia{other, media, ref.Value.Content, ptr, status}
		if b.alias(o, l, sameSchema(l.ref, o.schema().ref)) {
			out.Also = append(out.Also, other)
		} else {
			op.answers = append(op.answers, o)
		}
	}
	out.Name = strings.Join(strings.FieldsFunc(http.StatusText(status),
		func(r rune) bool { return strings.ContainsRune(" -'", r) }), "")
	if out.Name == "" {
		out.Name = "Status" + itoa(status)
	}
	hint := op.response
	if several {
		hint = op.model.Method + out.Name + "Response"
		if ptr[len(ptr)-1] == "2XX" {
			hint = op.model.Method + "OtherResponse"
		}
	}
	b.fillAnswer(&out.Answer, l, hint)
	return out
}

// fillAnswer fills in the type of an answer, by its media type.
func (b *builder) fillAnswer(out *model.Answer, l loc, hint string) {
	switch out.Kind = mediaKind(out.Media); out.Kind {
	case model.JSON:
		out.Type, out.Null = b.elemOf(l, hint), b.admitsNull(l)
		if out.Type.Kind == model.Pointer {
			out.Type = out.Type.Elem
		}
	case model.Text:
		out.Type = builtin("string")
	default:
		out.Kind = model.Binary
		out.Type = pointer(runtimeType("Stream"))
	}
}

// admitsNull reports whether a schema accepts null, as does a schema that accepts any value.
func (b *builder) admitsNull(l loc) bool {
	if b.nullable(l) {
		return true
	}
	sh, l := b.resolved(l)
	s := l.schema()
	return s == nil || sh.kind == anyShape && s.Type == nil
}
