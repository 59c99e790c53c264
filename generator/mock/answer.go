package mock

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/limitgen/limitgen/generator/analyze"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/sample"
	"github.com/limitgen/limitgen/templates/rest"
)

// answer is what a mock says where an operation succeeds.
type answer struct {
	status int
	kind   model.BodyKind
	media  string
	also   []string // other media types of the same answer
	body   []byte
	header http.Header // that the spec requires
}

// answerOf makes the first successful answer of an operation or variant: the spec's example, or a
// value of its schema. ok is false where no value was found; the body is then empty.
func answerOf(op *model.Operation, spec *analyze.Analysis, use *analyze.Use) (a answer, ok bool) {
	r := op.Result.Answer
	if op.Result.Struct != "" {
		r = op.Result.Members[0].Answer
	}
	a = answer{status: r.Status, kind: r.Kind, media: r.Media, also: r.Also}
	if r.Type == nil {
		a.kind = model.Empty
	}
	ref := response(spec, use, a.status)
	if ref == nil {
		return a, a.kind == model.Empty
	}
	a.header = headers(ref, op.Headers)
	if op.Redirects && a.header.Get("Location") == "" {
		a.header.Set("Location", "https://example.com/")
	}
	if a.kind == model.Empty {
		return a, true
	}
	value, ok := content(ref.Content[a.media])
	if !ok {
		return a, false
	}
	a.body, ok = encoded(value, a.kind, a.media)
	return a, ok
}

// response returns what the spec says of a status.
func response(spec *analyze.Analysis, use *analyze.Use, status int) *openapi3.Response {
	all := use.Op.Op.Responses
	if all == nil {
		return nil
	}
	for _, code := range []string{strconv.Itoa(status), strconv.Itoa(status/100) + "XX", "default"} {
		for _, name := range slices.Sorted(maps.Keys(all.Map())) {
			if !strings.EqualFold(name, code) {
				continue
			}
			if ref, _ := spec.Response(use, name); ref.Value != nil {
				return ref.Value
			}
		}
	}
	return nil
}

// content returns an example of a media type, or a value that its schema accepts.
func content(mt *openapi3.MediaType) (any, bool) {
	if mt == nil {
		return "some bytes", true
	}
	if mt.Example != nil {
		return mt.Example, true
	}
	for _, name := range slices.Sorted(maps.Keys(mt.Examples)) {
		if e := mt.Examples[name].Value; e != nil && e.Value != nil {
			return e.Value, true
		}
	}
	return (&sample.Maker{Examples: true}).Value(mt.Schema)
}

// encoded is a value as the body of an answer.
func encoded(value any, kind model.BodyKind, media string) ([]byte, bool) {
	text, isText := value.(string)
	if isText && kind != model.JSON {
		return []byte(text), true
	}
	if kind == model.Text {
		return []byte("some text"), true
	}
	data, err := json.Marshal(value)
	if base, _, _ := mime.ParseMediaType(media); base == "text/event-stream" {
		data = slices.Concat([]byte("data: "), data, []byte("\n\n"))
	} else if strings.Contains(base, "jsonl") || strings.Contains(base, "ndjson") {
		data = append(data, '\n')
	}
	return data, err == nil
}

// headers are those that an answer must have, with examples or values of their schemas, spelt as
// generated servers do; known says which of them are JSON.
func headers(ref *openapi3.Response, known *model.Headers) http.Header {
	out := make(http.Header)
	for _, name := range slices.Sorted(maps.Keys(ref.Headers)) {
		h := ref.Headers[name]
		if h.Value == nil || !h.Value.Required || strings.EqualFold(name, "Content-Type") {
			continue
		}
		of := &openapi3.MediaType{
			Schema: h.Value.Schema, Example: h.Value.Example, Examples: h.Value.Examples,
		}
		for _, media := range slices.Sorted(maps.Keys(h.Value.Content)) {
			of = h.Value.Content[media]
		}
		value, ok := content(of)
		if ok && spellHeader(out, name, value, h.Value, known) == nil {
			continue
		}
		if of.Schema != nil { // whose example has no spelling in a header
			value, _ = new(sample.Maker).Value(of.Schema)
			_ = spellHeader(out, name, value, h.Value, known)
		}
	}
	return out
}

func spellHeader(
	out http.Header, name string, value any, h *openapi3.Header, known *model.Headers,
) error {
	var w rest.HeaderWriter
	asJSON := known != nil && slices.ContainsFunc(known.Fields, func(f *model.Header) bool {
		return f.JSON && strings.EqualFold(f.Name, name)
	})
	switch {
	case asJSON:
		w.PutJSON(name, value)
	case h.Explode != nil && *h.Explode:
		w.PutExploded(name, value)
	default:
		w.Put(name, value)
	}
	return w.Set(out)
}

// write answers a request. Headers that tell of the limits are set already, and stay.
func (a *answer) write(x *rest.Exchange, header http.Header) error {
	for name, values := range a.header {
		if header.Get(name) == "" {
			header[name] = values
		}
	}
	switch a.kind {
	case model.Empty, "":
		return x.Empty(a.status, nil)
	case model.JSON:
		return x.Type(append([]string{a.media}, a.also...)...).JSONOrNull(a.status,
			json.RawMessage(a.body), nil)
	case model.Text:
		return x.Type(a.media).Text(a.status, string(a.body), nil)
	}
	media := a.media
	if media == "" || strings.Contains(media, "*") {
		media = "application/octet-stream"
	}
	return x.Stream(a.status, &rest.Stream{
		ContentType: media, Length: int64(len(a.body)), Body: io.NopCloser(bytes.NewReader(a.body)),
	}, nil)
}
