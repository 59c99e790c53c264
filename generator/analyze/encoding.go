package analyze

import (
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/limitgen/limitgen/generator/model"
)

// encoding reads how the fields of a form are encoded. l is the form's resolved schema.
func (b *builder) encoding(body *model.Body, media *openapi3.MediaType, ptr []string, l loc) {
	if media == nil {
		return
	}
	sh, _ := b.resolved(l)
	for _, name := range keys(b, media.Encoding, join(ptr, "encoding")...) {
		e, at := media.Encoding[name], join(ptr, "encoding", name)
		i := slices.IndexFunc(sh.props, func(p property) bool { return p.name == name })
		if e == nil || i < 0 {
			b.diags.Warnf(b.doc.Pos(at...), "left-out",
				"the form has no property %q that this encoding could be of", name)
			continue
		}
		if len(e.Headers) > 0 {
			b.diags.Warnf(b.doc.Pos(join(at, "headers")...), "left-out",
				"headers of a form's part are not sent, and not checked")
		}
		if k := slices.IndexFunc(body.Files, func(f *model.FileField) bool { return f.Name == name }); k >= 0 {
			body.Files[k].Media = e.ContentType
			continue
		}
		if f := b.formField(body, name, e, at, sh.props[i].loc); f != nil {
			body.Fields = append(body.Fields, f)
		}
	}
}

// formField returns the encoding of one field; nil for the default encoding.
func (b *builder) formField(
	body *model.Body, name string, e *openapi3.Encoding, at []string, l loc,
) *model.FormField {
	f := &model.FormField{Name: name}
	if body.Kind == model.Form && (e.Style != "" || e.Explode != nil) {
		f.Styled, f.Style = true, e.Style
		f.Explode = e.Style == "" || e.Style == "form" || e.Style == "deepObject"
		if e.Explode != nil {
			f.Explode = *e.Explode
		}
		b.unspelt("the field "+name, f.Style, l)
		return f
	}
	media, _, _ := strings.Cut(e.ContentType, ",")
	if media == "" || strings.Contains(media, "*") {
		return nil
	}
	sh, _ := b.resolved(l)
	if sh.kind == objectShape && mediaKind(media) != model.JSON {
		b.diags.Warnf(b.doc.Pos(join(at, "contentType")...), "left-out",
			"%q is an object, so its field holds JSON, also as %s", name, media)
	}
	f.Media = e.ContentType
	if strings.Contains(f.Media, ",") {
		f.Media = media
	}
	return f
}
