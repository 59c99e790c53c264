package analyze

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/limitgen/limitgen/generator/model"
)

// typedErrors finds which schema of the components the body of each error has. A schema without a
// name there has no Go type.
func (b *builder) typedErrors(op *opSource) {
	if op.Op.Responses == nil {
		return
	}
	codes := keys(b, op.Op.Responses.Map(), join(op.Pointer, "responses")...)
	for _, code := range codes {
		status, ok := errorStatus(code)
		ref, _ := b.Response(op.use, code)
		if !ok || ref == nil || ref.Value == nil || code == "default" && len(codes) == 1 {
			continue
		}
		for _, media := range slices.Sorted(maps.Keys(ref.Value.Content)) {
			content := ref.Value.Content[media]
			if content == nil || mediaKind(media) != model.JSON || content.Schema == nil ||
				b.componentAt(content.Schema.Ref) == nil {
				continue
			}
			if t := b.typeOf(loc{ref: content.Schema}, ""); t.Kind == model.Named && t.Decl != nil &&
				!t.Runtime {
				op.model.Errors = append(op.model.Errors, model.ErrorBody{
					Status: status, Type: t, Problem: b.isProblem(ref.Value.Content, t),
				})
				break
			}
		}
	}
	op.model.Errors = brief(op.model.Errors)
	b.errorMedia(op)
}

// isProblem reports whether a type is what an error is as application/problem+json.
func (b *builder) isProblem(of openapi3.Content, t *model.Type) bool {
	for media, content := range of {
		base, _, _ := strings.Cut(media, ";")
		if strings.EqualFold(strings.TrimSpace(base), "application/problem+json") && content != nil &&
			content.Schema != nil && b.componentAt(content.Schema.Ref) != nil {
			p := b.typeOf(loc{ref: content.Schema}, "")
			return p.Kind == model.Named && p.Decl == t.Decl
		}
	}
	return false
}

// errorMedia finds errors that the spec has in JSON of another media type than application/json,
// such as application/problem+json, and those of a wider status from which others differ.
func (b *builder) errorMedia(op *opSource) {
	const usual = "application/json"
	var all []model.ErrorMedia
	for code := range op.Op.Responses.Map() {
		status, ok := errorStatus(code)
		ref, _ := b.Response(op.use, code)
		if !ok || ref == nil || ref.Value == nil || code == "default" && op.Op.Responses.Len() == 1 {
			continue
		}
		first := ""
		for _, media := range slices.Sorted(maps.Keys(ref.Value.Content)) {
			if mediaKind(media) == model.JSON && (first == "" || media == usual) &&
				!strings.Contains(media, "*") {
				first = media
			}
		}
		if first == "" {
			first = usual
		}
		all = append(all, model.ErrorMedia{Status: status, Media: first})
	}
	slices.SortFunc(all, func(a, b model.ErrorMedia) int {
		return cmp.Or(b.Status-a.Status, strings.Compare(a.Media, b.Media))
	})
	for i, m := range all {
		wider := usual
		for _, w := range slices.Backward(all[i+1:]) { // the class last, which is before the rest
			if w.Status == 0 || m.Status > 10 && w.Status == m.Status/100 {
				wider = w.Media
			}
		}
		if m.Media != wider {
			op.model.ErrorMedia = append(op.model.ErrorMedia, m)
		}
	}
}

// brief sorts the bodies of an operation's errors, exact statuses first, and leaves out those that
// a later one says as well.
func brief(bodies []model.ErrorBody) []model.ErrorBody {
	slices.SortStableFunc(bodies, func(a, b model.ErrorBody) int { return b.Status - a.Status })
	wider := func(status int, from int) *model.ErrorBody {
		for i := from; i < len(bodies); i++ {
			if bodies[i].Status == 0 || bodies[i].Status == status/100 {
				return &bodies[i]
			}
		}
		return nil
	}
	var out []model.ErrorBody
	for i, b := range bodies {
		status := b.Status
		if status < 10 {
			status *= 100
		}
		if next := wider(status, i+1); b.Status == 0 || next == nil || next.Type.Decl != b.Type.Decl || next.Problem != b.Problem {
			out = append(out, b)
		}
	}
	return out
}

// errorStatus reads the key of an error's response: 404, 4 for 4XX, 0 for default.
func errorStatus(code string) (status int, ok bool) {
	if code == "default" {
		return 0, true
	}
	if len(code) == 3 && strings.EqualFold(code[1:], "XX") {
		code = code[:1]
	}
	n, err := strconv.Atoi(code)
	return n, err == nil && (n == 4 || n == 5 || n >= 400 && n <= 599)
}
