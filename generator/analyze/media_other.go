package analyze

import (
	"slices"

	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/naming"
)

// streamed describes the method for an answer that comes piece by piece.
func streamed(media string, status int) *model.Media {
	return &model.Media{Live: true, Answer: &model.Answer{
		Kind: model.Binary, Media: media, Status: status, Type: pointer(runtimeType("Stream")),
	}}
}

// otherMediaTypes adds what operations take and give beside the preferred media types. It comes
// after everything else has its name, so that no name depends on a media type.
func (b *builder) otherMediaTypes(ops []*opSource) {
	outer := b.nested
	defer func() { b.nested = outer }()
	for _, op := range ops {
		b.nested = &op.nested
		request, response := op.request, op.response
		stream := len(op.model.Media)
		for _, m := range op.model.Media {
			m.Handler = b.names.Give(m.Method+"Handler", "Interface")
		}
		for _, o := range op.sends {
			b.otherRequest(op, o)
		}
		for _, o := range op.answers {
			b.otherAnswer(op, o)
		}
		op.request, op.response = request, response
		for _, m := range op.model.Media {
			m.Endpoint = b.endpoints[b.group(op)].Give(naming.Unexported(m.Method), "Endpoint")
		}
		for _, f := range op.model.Former {
			for _, m := range op.model.Media[stream:] {
				f.Media = append(f.Media, b.formerMethod(op.model, f, m.Method, b.methods[b.group(op)]))
			}
		}
	}
}

// otherRequest adds one media type of the request. Encodings of what the preferred one has are read
// into the same type. Others, such as a form with files, are for methods of their own.
func (b *builder) otherRequest(op *opSource, o otherMedia) {
	first, l := op.model.Body, o.schema()
	same := sameSchema(op.bodySchema, l.ref)
	body := &model.Body{Kind: mediaKind(o.media), Media: o.media, Required: first.Required}
	sh, resolved := b.resolved(l)
	alike := func(kind model.BodyKind) {
		body.Kind, body.Type, body.Schema = kind, first.Type, first.Schema
		op.model.Bodies = append(op.model.Bodies, body)
	}
	switch {
	case foreign(o, same):
		b.unspoken(o)
	case b.alias(o, l, same):
		alike(model.JSON)
	case same && first.Kind == body.Kind && body.Kind != model.Form && body.Kind != model.Multipart:
		alike(first.Kind) // of one type in Go, though not of one meaning
		b.method(op, o, &model.Media{Body: len(op.model.Bodies)})
	case same && (body.Kind == model.Form || body.Kind == model.Multipart) &&
		(first.Kind == model.JSON || first.Kind == model.Multipart) &&
		sh.kind == objectShape && len(sh.props) > 0 && !slices.ContainsFunc(sh.props, b.isUpload):
		alike(body.Kind)
		b.encoding(body, o.content[o.media], o.at(), resolved)
	default:
		op.model.Bodies = append(op.model.Bodies, body)
		m := &model.Media{Body: len(op.model.Bodies)}
		b.method(op, o, m)
		op.request = m.Method + "Request"
		b.fillBody(op, body, o.content[o.media], o.at())
		body.Own = true
		m.Handler = b.names.Give(m.Method+"Handler", "Interface")
		b.unread(op, body)
	}
}

// isUpload reports whether a property of a form holds files.
func (b *builder) isUpload(p property) bool {
	_, ok := b.isFile(p.loc)
	return ok
}

// otherAnswer adds a method for one media type of an answer.
func (b *builder) otherAnswer(op *opSource, o otherMedia) {
	if foreign(o, sameSchema(schemaOf(o.content, o.main, o.ptr).ref, o.schema().ref)) {
		b.unspoken(o)
		return
	}
	known := func(m *model.Media) bool { return m.Answer != nil && m.Answer.Media == o.media }
	if slices.ContainsFunc(op.model.Media, known) { // of another status
		return
	}
	m := &model.Media{Answer: &model.Answer{Media: o.media, Status: o.status}}
	b.method(op, o, m)
	if o.streams() {
		*m = model.Media{Method: m.Method, Answer: streamed(o.media, o.status).Answer, Live: true}
	} else {
		b.fillAnswer(m.Answer, o.schema(), m.Method+"Response")
	}
	m.Handler = b.names.Give(m.Method+"Handler", "Interface")
}

// method names the method for another media type.
func (b *builder) method(op *opSource, o otherMedia, m *model.Media) {
	m.Method = b.methods[b.group(op)].Give(op.model.Method+suffixOf(o.media), "Media")
	op.model.Media = append(op.model.Media, m)
}

// unspoken warns of a media type that no generated code writes or reads.
func (b *builder) unspoken(o otherMedia) {
	b.diags.Warnf(b.doc.Pos(o.at()...), "media-types",
		"%s is another encoding of %s, which generated code neither writes nor reads", o.media, o.main)
}
