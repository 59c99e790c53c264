package runtime

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// readBody reads the body as the operation, or the first variant that accepts its media type,
// describes it. A binary body is left for the handler to read.
func (x *exchange) readBody(route *route, chosen *variant) error {
	media := x.r.Header.Get("Content-Type")
	var op *operation
	known := false
	for i := range route.variants {
		v := &route.variants[i]
		if chosen != nil && v.op != chosen.op {
			continue
		}
		candidate := &x.server.operations[v.op]
		known = known || candidate.body.kind != bodyNone
		if candidate.body.kind != bodyNone && acceptsMedia(candidate, media) {
			op = candidate
			break
		}
	}
	if !known || x.r.Body == nil || x.r.Body == http.NoBody {
		return nil
	}
	if op == nil {
		op = x.server.assumed(route, chosen)
		x.assumed = op != nil
	}
	if op == nil || compressed(x.r.Header) {
		return &APIError{StatusCode: http.StatusUnsupportedMediaType}
	}
	bound := x.server.maxBody
	if op.body.kind == bodyMultipart || op.body.kind == bodyBinary {
		bound = x.server.maxUpload
	}
	if x.r.ContentLength > bound {
		return &APIError{StatusCode: http.StatusRequestEntityTooLarge}
	}
	x.r.Body = http.MaxBytesReader(x.w, x.r.Body, bound)
	switch op.body.kind {
	case bodyBinary:
		return nil
	case bodyMultipart:
		return x.readMultipart(op)
	}
	data, err := io.ReadAll(x.r.Body)
	if err != nil {
		return readError(err)
	}
	if len(data) == 0 {
		return nil
	}
	x.raw = data
	switch op.body.kind {
	case bodyForm:
		form, err := url.ParseQuery(string(data))
		if err != nil {
			return badRequest("the form cannot be read")
		}
		x.view.body, err = x.server.formObject(op.body.schema, form, nil)
		return err
	case bodyText:
		if !utf8.Valid(data) {
			return badRequest("the text is not UTF-8")
		}
	default:
		if err := checkText(data); err != nil {
			return err
		}
		x.view.body = data
	}
	return nil
}

// readMultipart keeps small forms in memory and puts the rest into files, which finish removes.
func (x *exchange) readMultipart(op *operation) error {
	reader, err := x.r.MultipartReader()
	if err != nil {
		return readError(err)
	}
	if x.form, err = reader.ReadForm(x.server.maxBody); err != nil {
		return readError(err)
	}
	fields := url.Values(x.form.Value)
	object, err := x.server.formObject(op.body.schema, fields, &op.body)
	x.raw, x.view.body = object, object
	return err
}

// compressed reports whether a body is compressed, which would have another size than its bound
// says.
func compressed(header http.Header) bool {
	encoding := header.Get("Content-Encoding")
	return encoding != "" && !strings.EqualFold(encoding, "identity")
}

func readError(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) || errors.Is(err, multipart.ErrMessageTooLarge) {
		return &APIError{StatusCode: http.StatusRequestEntityTooLarge}
	}
	return badRequest("the body cannot be read")
}

// assumed is the operation that reads a body of a foreign media type as JSON, where the API's
// clients send any.
func (s *Server) assumed(route *route, chosen *variant) *operation {
	for i := range route.variants {
		v := &route.variants[i]
		if op := &s.operations[v.op]; s.assumeJSON && op.body.kind == bodyJSON && (chosen == nil || v.op == chosen.op) {
			return op
		}
	}
	return nil
}

// takesMedia is acceptsMedia, save for a body that was read as JSON under another name.
func (x *exchange) takesMedia(op *operation, header string) bool {
	return x.assumed && op.body.kind == bodyJSON || acceptsMedia(op, header)
}

// acceptsMedia reports whether a content type is one that the operation's body may have.
// A request without one is taken at the spec's word.
func acceptsMedia(op *operation, header string) bool {
	if header == "" {
		return op.body.kind != bodyMultipart
	}
	got, _, err := mime.ParseMediaType(header)
	if err != nil {
		return false
	}
	want, _, err := mime.ParseMediaType(op.body.media)
	if err != nil {
		want = ""
	}
	switch op.body.kind {
	case bodyNone:
		return true
	case bodyJSON:
		return got == want || got == "application/json" || strings.HasSuffix(got, "+json")
	case bodyForm:
		return got == "application/x-www-form-urlencoded"
	case bodyMultipart:
		return got == "multipart/form-data"
	}
	prefix, ranged := strings.CutSuffix(want, "*")
	return got == want || want == "" || want == "*/*" || ranged && strings.HasPrefix(got, prefix)
}

// body decodes the body into target. A body that is not required may be absent.
func (x *exchange) body(target any) {
	op := x.view.op
	if x.err != nil {
		return
	}
	if x.raw == nil {
		if op.body.required {
			x.err = badRequest("the body is missing")
		}
		return
	}
	if err := x.check(op.body.schema, scanPointer(x.view.body, ""), "body"); err != nil {
		x.err = err
		return
	}
	if err := json.Unmarshal(x.view.body, target); err != nil {
		x.err = badRequest("body: " + decodeError(err))
	}
}

// decodeError says what is wrong without Go's names of types.
func decodeError(err error) string {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return "a " + clip(kind.Value) + " cannot stand at " + clip(kind.Field)
	}
	return "the value does not fit"
}

// text gives a text body.
func (x *exchange) text(target *string) {
	if x.raw == nil {
		x.missing()
	}
	*target = string(x.raw)
}

// reader gives a binary body, which ends with an error where it is larger than allowed.
func (x *exchange) reader(target *io.Reader) {
	*target = x.r.Body
	if x.r.Body != nil && x.r.Body != http.NoBody {
		return
	}
	*target = http.NoBody
	x.missing()
}

// missing refuses a text or a file that is not there. One that is empty has a media type, which is
// all that tells it.
func (x *exchange) missing() {
	if x.view.op.body.required && x.err == nil && x.r.Header.Get("Content-Type") == "" {
		x.err = badRequest("the body is missing")
	}
}

// file gives the file, or files, of a multipart field: target is a **File, *File or *[]File.
func (x *exchange) file(name string, target any) {
	if x.err != nil || x.form == nil {
		return // a form that is missing as a whole has been refused where it is required
	}
	parts := x.form.File[name]
	if x.err = x.view.op.body.checkFile(name, len(parts)); x.err != nil || len(parts) == 0 {
		return
	}
	files := make([]File, 0, len(parts))
	for _, part := range parts {
		content, err := part.Open()
		if err != nil {
			x.err = err
			return
		}
		x.open = append(x.open, content)
		files = append(files, File{Name: part.Filename, ContentType: part.Header.Get("Content-Type"), Size: part.Size, Content: content})
	}
	switch t := target.(type) {
	case **File:
		*t = &files[0]
	case *File:
		*t = files[0]
	case *[]File:
		*t = files
	}
}

// checkFile refuses a file that is missing, or more or fewer of them than the spec allows.
func (b *body) checkFile(name string, n int) error {
	for i := range b.files {
		f := &b.files[i]
		switch {
		case f.name != name:
		case n == 0 && f.required:
			return badRequest("body: the file " + strconv.Quote(name) + " is required")
		case n > 1 && !f.many:
			return badRequest("body: " + strconv.Quote(name) + ": more than one file")
		case n > 0 && n < f.least:
			return badRequest("body: " + strconv.Quote(name) + ": too few files")
		case f.most > 0 && n > f.most:
			return badRequest("body: " + strconv.Quote(name) + ": too many files")
		}
	}
	return nil
}

// isFile reports whether a field of a form holds files.
func (b *body) isFile(name string) bool {
	return b != nil && slices.ContainsFunc(b.files, func(f formFile) bool { return f.name == name })
}
