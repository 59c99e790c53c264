package analyze

import (
	"encoding/json"
	"maps"
	"mime"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/naming"
)

// mediaName returns a media type in lower case and its parameters, which are nil where it is not
// valid.
func mediaName(media string) (name string, params map[string]string) {
	name, params, err := mime.ParseMediaType(media)
	if err != nil {
		return strings.ToLower(media), nil
	}
	return name, params
}

// mediaKind returns the encoding of bodies of a media type.
func mediaKind(media string) model.BodyKind {
	t, _ := mediaName(media)
	switch {
	case t == "application/json", t == "text/json", strings.HasSuffix(t, "+json"):
		return model.JSON
	case t == "application/x-www-form-urlencoded":
		return model.Form
	case t == "multipart/form-data":
		return model.Multipart
	case t == "text/event-stream":
		return model.Binary
	case strings.HasPrefix(t, "text/"):
		return model.Text
	}
	return model.Binary
}

// isLive reports whether a media type is a stream whose parts are useful before its end.
func isLive(media string) bool {
	t, _ := mediaName(media)
	return t == "text/event-stream" || strings.Contains(t, "ndjson") || strings.Contains(t, "jsonl") ||
		strings.Contains(t, "json-seq") || t == "application/stream+json"
}

// apart separates the streamed media type from the others, if an answer is offered in both.
func apart(content openapi3.Content) (whole openapi3.Content, stream string) {
	whole = make(openapi3.Content, len(content))
	for _, media := range slices.Sorted(maps.Keys(content)) {
		if isLive(media) && stream == "" {
			stream = media
			continue
		}
		whole[media] = content[media]
	}
	if len(whole) == 0 || stream == "" {
		return content, ""
	}
	return whole, stream
}

// preferred returns the media type that an operation's own method speaks: JSON, else a form, else
// text, else anything as bytes. Others follow in the order of the document.
func (b *builder) preferred(content openapi3.Content, ptr []string) (best string, others []string) {
	order := []model.BodyKind{model.JSON, model.Multipart, model.Form, model.Text, model.Binary}
	names := keys(b, content, ptr...)
	for _, media := range names {
		if best == "" || slices.Index(order, mediaKind(media)) < slices.Index(order, mediaKind(best)) {
			best = media
		}
	}
	return best, slices.DeleteFunc(names, func(media string) bool { return media == best })
}

// otherMedia is a media type of a request or an answer beside the preferred one.
type otherMedia struct {
	media   string
	main    string // the preferred one
	content openapi3.Content
	ptr     []string // of what has the content
	status  int      // of an answer
}

// streams reports whether a parameter of the media type says that it is a stream.
func (o otherMedia) streams() bool {
	_, params := mediaName(o.media)
	return params["stream"] != ""
}

func (o otherMedia) schema() loc  { return schemaOf(o.content, o.media, o.ptr) }
func (o otherMedia) at() []string { return join(o.ptr, "content", o.media) }

// schemaOf returns the schema of one of several media types.
func schemaOf(content openapi3.Content, media string, ptr []string) loc {
	l := loc{nil, join(ptr, "content", media, "schema")}
	if mt := content[media]; mt != nil {
		l.ref = mt.Schema
	}
	return l
}

// sameSchema reports whether two media types have the same schema, by reference or to the letter.
func sameSchema(one, other *openapi3.SchemaRef) bool {
	if one == nil || other == nil {
		return one == other
	}
	return one == other || sameLetters(lettersOf(one), lettersOf(other))
}

// same is sameSchema for those that are compared with many others.
func (b *builder) same(one, other *openapi3.SchemaRef) bool {
	if one == nil || other == nil {
		return one == other
	}
	letters := func(ref *openapi3.SchemaRef) string {
		text, known := b.letters[ref]
		if !known {
			text = lettersOf(ref)
			b.letters[ref] = text
		}
		return text
	}
	return one == other || sameLetters(letters(one), letters(other))
}

func sameLetters(one, other string) bool { return one != "" && one == other }

// lettersOf is the reference of a schema, or its text; "" if it has none.
func lettersOf(ref *openapi3.SchemaRef) string {
	if ref.Ref != "" {
		return ref.Ref
	}
	text, err := json.Marshal(ref)
	if err != nil {
		return ""
	}
	return string(text)
}

// baseOf splits a media type into its subtype without a suffix, the suffix, and whether it has
// parameters that tell it from another.
func baseOf(media string) (base, suffix string, told bool) {
	t, params := mediaName(media)
	if _, base, _ = strings.Cut(t, "/"); base == "" {
		base = t
	}
	base, suffix, _ = strings.Cut(base, "+")
	delete(params, "charset")
	return base, suffix, len(params) > 0
}

// alias reports whether another media type is the same as the main one, which is JSON: JSON too, of
// the same schema l. A text with the schema of an object is JSON, as some servers declare it.
func (b *builder) alias(o otherMedia, l loc, same bool) bool {
	base, _, told := baseOf(o.media)
	if !same || mediaKind(o.main) != model.JSON || told || strings.HasSuffix(base, "patch") {
		return false
	}
	switch mediaKind(o.media) {
	case model.JSON:
		return true
	case model.Text:
		sh, _ := b.resolved(l)
		return base == "plain" && (sh.kind == objectShape || sh.kind == arrayShape)
	}
	return false
}

// foreign reports whether a media type is another encoding of what the preferred one has in JSON or
// as a form, which generated code neither writes nor reads.
func foreign(o otherMedia, same bool) bool {
	kind := mediaKind(o.main)
	if !same || kind != model.JSON && kind != model.Form && kind != model.Multipart {
		return false
	}
	base, suffix, _ := baseOf(o.media)
	other := mediaKind(o.media)
	if other != model.Binary && other != model.Text || strings.HasSuffix(base, "patch") {
		return false
	}
	t, _, _ := strings.Cut(o.media, "/")
	for _, name := range []string{"xml", "yaml", "protobuf", "msgpack", "cbor"} {
		if suffix == name || base == name || base == "x-"+name || strings.HasSuffix(base, "."+name) {
			return true
		}
	}
	return t == "multipart" || strings.Contains(base, "*")
}

// wellKnown are media types whose names say little.
var wellKnown = map[string]string{
	"octet-stream": "Bytes", "*": "Bytes", "plain": "Text", "x-www-form-urlencoded": "Form",
	"form-data": "Form", "vnd.ms-excel": "XLS",
	"vnd.openxmlformats-officedocument.spreadsheetml.sheet":         "XLSX",
	"vnd.openxmlformats-officedocument.wordprocessingml.document":   "DOCX",
	"vnd.openxmlformats-officedocument.presentationml.presentation": "PPTX",
}

// suffixOf returns what a method for a media type has at the end of its name.
func suffixOf(media string) string {
	t, params := mediaName(media)
	if params == nil {
		return naming.Exported(media)
	}
	base, suffix, told := baseOf(media)
	out := wellKnown[base]
	switch kind, _, _ := strings.Cut(t, "/"); {
	case base == "*" && kind != "*" && kind != "application":
		out = naming.Exported(kind)
	case out == "" && told && (base == "json" || suffix == "json"):
	case out == "":
		base = strings.TrimPrefix(strings.TrimPrefix(base, "vnd."), "x-")
		out = naming.Exported(strings.NewReplacer(".", " ", "-", " ").Replace(base))
		if base == "json" && suffix != "" {
			out = naming.Exported(suffix)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(params)) {
		if name != "charset" {
			out += naming.Exported(name + " " + params[name])
		}
	}
	return out
}

// accept returns the Accept header of a call; "" where JSON is all there is.
func accept(members []*model.Member) string {
	var out []string
	plain := true
	for _, m := range members {
		if m.Media == "" || slices.Contains(out, m.Media) {
			continue
		}
		out = append(out, m.Media)
		plain = plain && m.Kind == model.JSON &&
			(m.Media == "application/json" || strings.Contains(m.Media, "*"))
	}
	if plain || slices.Contains(out, "*/*") {
		return ""
	}
	return strings.Join(append(out, "*/*;q=0.5"), ", ")
}

// mediaOf returns the media types of an operation's answers.
func mediaOf(members []*model.Member) []string {
	var out []string
	for _, m := range members {
		for _, media := range append([]string{m.Media}, m.Also...) {
			if media != "" && !slices.Contains(out, media) {
				out = append(out, media)
			}
		}
	}
	return out
}
