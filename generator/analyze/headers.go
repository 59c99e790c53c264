package analyze

import (
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/naming"
)

const ruleHeaders = "response-headers"

// connectionHeaders are about how a message is sent, and net/http's own.
var connectionHeaders = []string{"Connection", "Keep-Alive", "Proxy-Connection", "Trailer", "Transfer-Encoding"}

// responseHeaders declares a type for the headers of each operation's answers, and one for those of
// its errors. It comes after all else that is named, so that a header moves no other name.
func (b *builder) responseHeaders(ops []*opSource) {
	known := make(map[string]*model.Headers)
	for _, op := range ops {
		op.headers = nil
		outer := b.nested
		b.nested = &op.headers
		answers, errors := b.declaredHeaders(op)
		op.model.Headers = b.headersOf(op, answers, op.model.Method+"Headers", known)
		op.model.ErrorHeaders = b.headersOf(op, errors, op.model.Method+"ErrorHeaders", known)
		b.nested = outer
		b.api.Types = append(b.api.Types, op.headers...)
	}
}

// answer is a response and its place.
type answer struct {
	headers openapi3.Headers
	ptr     []string
}

// declaredHeaders returns an operation's responses: those that its method returns, and those that
// are errors to it.
func (b *builder) declaredHeaders(op *opSource) (answers, errors []answer) {
	if op.Op.Responses == nil {
		return nil, nil
	}
	codes := keys(b, op.Op.Responses.Map(), join(op.Pointer, "responses")...)
	success := slices.ContainsFunc(codes, func(c string) bool { _, ok := statusOf(c); return ok })
	for _, code := range codes {
		ref, ptr := b.Response(op.use, code)
		if ref == nil || ref.Value == nil {
			continue
		}
		if ref.Ref != "" {
			ptr = refPointer(ref.Ref)
		}
		a := answer{ref.Value.Headers, join(ptr, "headers")}
		_, ok := statusOf(code)
		alone := code == "default" && !success && !op.model.Redirects
		if ok || alone || op.model.Redirects && isRedirect(code) {
			answers = append(answers, a)
		} else {
			errors = append(errors, a)
		}
	}
	return answers, errors
}

// Response returns the response of a code, and its pointer: the variant's own if it has one.
func (a *Analysis) Response(u *Use, code string) (*openapi3.ResponseRef, []string) {
	if u.Variant != nil {
		for _, r := range u.Variant.Responses {
			if found, at := a.namedResponse(r); r.Code == code && found != nil {
				return found, at
			}
		}
	}
	return u.Op.Op.Responses.Value(code), join(u.Op.Pointer, "responses", code)
}

// headersOf declares the type of the headers that some responses have together; nil if they have
// none. A header is required if each of the responses requires it. A type with the fields of an
// earlier one is another name of that.
func (b *builder) headersOf(
	op *opSource, answers []answer, name string, known map[string]*model.Headers,
) *model.Headers {
	out := &model.Headers{}
	seen := make(map[string]int) // how many of the responses require a header, by its name
	fields := naming.NewTable("Read", "Set")
	for _, a := range answers {
		for _, header := range keys(b, a.headers, a.ptr...) {
			ref := a.headers[header]
			wire := http.CanonicalHeaderKey(header)
			switch {
			case ref == nil || ref.Value == nil || wire == "Content-Type": // OpenAPI: shall be ignored
				continue
			case !isHeaderName(header):
				b.diags.Warnf(b.doc.Pos(join(a.ptr, header)...), ruleHeaders,
					"%q cannot be the name of a header; it is left out", header)
				continue
			case slices.Contains(connectionHeaders, wire):
				b.diags.Warnf(b.doc.Pos(join(a.ptr, header)...), ruleHeaders,
					"%s is the connection's, which no handler sets and no client sees; it is left out", wire)
				continue
			}
			if ref.Value.Required {
				seen[wire]++
			}
			again := func(h *model.Header) bool { return http.CanonicalHeaderKey(h.Name) == wire }
			if slices.ContainsFunc(out.Fields, again) {
				continue
			}
			ptr := join(a.ptr, header)
			if ref.Ref != "" {
				ptr = refPointer(ref.Ref)
			}
			h := b.header(ref.Value, ptr, op.model.Method)
			h.Name, h.Field = header, fields.Give(naming.Exported(header), "Header")
			out.Fields = append(out.Fields, h)
		}
	}
	if len(out.Fields) == 0 {
		return nil
	}
	for _, h := range out.Fields {
		h.Required = seen[http.CanonicalHeaderKey(h.Name)] == len(answers)
		if (!h.Required || h.Null) && !h.Type.Nilable() {
			h.Type = pointer(h.Type)
		}
	}
	out.Type = b.names.Give(name, "Struct")
	if same := known[out.Fingerprint()]; same != nil {
		out.Same = same.Type
	} else {
		known[out.Fingerprint()] = out
	}
	return out
}

// header reads one header. One without a schema is a text.
func (b *builder) header(src *openapi3.Header, ptr []string, method string) *model.Header {
	h := &model.Header{
		Doc:     model.Doc{Description: src.Description, Deprecated: src.Deprecated},
		Explode: src.Explode != nil && *src.Explode,
		Type:    builtin("string"),
	}
	l := loc{src.Schema, join(ptr, "schema")}
	media := keys(b, src.Content, join(ptr, "content")...)
	if src.Schema == nil && len(media) > 0 && mediaKind(media[0]) == model.JSON {
		h.JSON, h.Type = true, builtin("any")
		if mt := src.Content[media[0]]; mt != nil {
			l = loc{mt.Schema, join(ptr, "content", media[0], "schema")}
		}
	}
	if l.schema() != nil {
		h.Type, h.Null = b.typeOf(l, method+naming.Exported(ptr[len(ptr)-1])+"Header"), b.nullable(l)
	}
	return h
}

// isHeaderName reports whether a text is a token, as the names of headers are.
func isHeaderName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r > 0x7e || r <= ' ' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}
