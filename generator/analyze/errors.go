package analyze

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/source"
)

// errorForm finds the shape of the API's errors, so that a server can answer its own errors in the
// same shape: the first described error with the members that x-client points at.
func (b *builder) errorForm(ops []*opSource) {
	for _, x := range b.api.Exceeded {
		if x.Status == http.StatusTooManyRequests && x.Retry && len(x.Body) > 0 {
			b.api.ErrorExceeded = x.Body
			break
		}
	}
	if b.api.ErrorCode == "" && b.api.ErrorText == "" {
		return
	}
	for _, op := range ops {
		if op.Op.Responses == nil {
			continue
		}
		for _, code := range keys(b, op.Op.Responses.Map(), join(op.Pointer, "responses")...) {
			ref := op.Op.Responses.Value(code)
			if code != "default" && code[0] != '4' && code[0] != '5' || ref == nil || ref.Value == nil {
				continue
			}
			for _, media := range slices.Sorted(maps.Keys(ref.Value.Content)) {
				content := ref.Value.Content[media]
				if content != nil && isJSON(media) && b.takeErrorForm(media, loc{ref: content.Schema}) {
					return
				}
			}
		}
	}
}

func isJSON(media string) bool {
	media, _, _ = strings.Cut(strings.ToLower(media), ";")
	return media == "application/json" ||
		strings.HasSuffix(media, "+json") && media != "application/problem+json"
}

// takeErrorForm makes the form from a schema in which the pointers lead somewhere.
func (b *builder) takeErrorForm(media string, l loc) bool {
	room := mostLeast
	form := least(b, l, &room)
	for _, pointer := range []string{b.api.ErrorCode, b.api.ErrorText} {
		if pointer == "" {
			continue
		}
		var ok bool
		if form, ok = b.withMember(form, l, &room, strings.Split(strings.TrimPrefix(pointer, "/"), "/")); !ok {
			return false
		}
	}
	text, err := json.Marshal(form)
	if err != nil {
		return false
	}
	b.api.ErrorMedia, b.api.ErrorForm = media, string(text)
	return true
}

// mostLeast bounds the values that one error is made of: schemas may be recursive.
const mostLeast = 100

// least returns the smallest value of a schema: required members only.
func least(b *builder, l loc, room *int) any {
	s := l.schema()
	if *room--; s == nil || *room < 0 {
		return nil
	}
	switch {
	case s.Default != nil:
		return s.Default
	case len(s.Enum) > 0:
		return s.Enum[0]
	}
	sh := b.shape(l)
	switch sh.kind {
	case sameShape:
		return least(b, *sh.same, room)
	case stringShape:
		return ""
	case integerShape, numberShape:
		return 0
	case boolShape:
		return false
	case arrayShape:
		return []any{}
	case objectShape:
		out := make(map[string]any)
		for _, p := range sh.props {
			if p.required {
				out[p.name] = least(b, p.loc, room)
			}
		}
		return out
	}
	return nil
}

// withMember puts the member that the tokens of a pointer lead to into a value of a schema.
func (b *builder) withMember(value any, l loc, room *int, tokens []string) (any, bool) {
	if len(tokens) == 0 {
		return value, true
	}
	sh, _ := b.resolved(l)
	token := source.Unescape(tokens[0])
	switch sh.kind {
	case arrayShape:
		list, _ := value.([]any)
		if token != "0" || sh.items.schema() == nil {
			return value, false
		}
		if len(list) == 0 {
			list = []any{least(b, sh.items, room)}
		}
		inner, ok := b.withMember(list[0], sh.items, room, tokens[1:])
		return []any{inner}, ok
	case objectShape:
		object, ok := value.(map[string]any)
		if !ok {
			object = make(map[string]any)
		}
		for _, p := range sh.props {
			if p.name != token {
				continue
			}
			if object[token] == nil {
				object[token] = least(b, p.loc, room)
			}
			object[token], ok = b.withMember(object[token], p.loc, room, tokens[1:])
			return object, ok
		}
	}
	return value, false
}
