package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// readBody reads the body as the operation, or the first variant that accepts its media type,
// describes it. A binary body is left to the handler.
func (x *Exchange) readBody(route *route, chosen *variant) error {
	x.read = true
	media := x.r.Header.Get("Content-Type")
	var body *Body
	known := false
	for i := range route.variants {
		v := &route.variants[i]
		if chosen != nil && v.op != chosen.op {
			continue
		}
		op := &x.server.config.Operations[v.op]
		known = known || op.Body.Kind != BodyNone
		if at := op.takes(media); at >= 0 && v.reads(op, at) {
			body = op.body(at)
			break
		}
	}
	if !known || x.r.Body == nil || x.r.Body == http.NoBody {
		return x.emptyForm(body, media)
	}
	if body == nil {
		body = x.server.assumed(route, chosen)
		x.assumed = body != nil
	}
	if body == nil || compressed(x.r.Header) {
		return x.unsupported(route, chosen)
	}
	bound := x.server.maxBody
	if body.Kind == BodyMultipart || body.Kind == BodyBinary {
		bound = x.server.maxUpload
	}
	if x.r.ContentLength > bound {
		return &APIError{StatusCode: http.StatusRequestEntityTooLarge}
	}
	if read := body.Kind == BodyBinary || body.Kind == BodyMultipart; read || x.r.ContentLength < 0 {
		x.r.Body = http.MaxBytesReader(x.w, x.r.Body, bound) // of a body that is announced, readAll sees to that
	}
	switch body.Kind {
	case BodyBinary:
		return nil
	case BodyMultipart:
		return x.readMultipart(body)
	}
	data, err := x.readAll(bound)
	if err != nil {
		return readError(err)
	}
	if len(data) == 0 {
		return x.emptyForm(body, media)
	}
	x.raw = data
	switch body.Kind {
	case BodyForm:
		x.view.body, err = x.server.formBody(body, string(data), &x.effort)
		return err
	case BodyText:
		if !utf8.Valid(data) {
			return badRequest("the text is not UTF-8")
		}
	default:
		x.view.body, x.unread = data, true
	}
	return nil
}

// emptyForm treats an empty body as a form without fields if the media type says form.
func (x *Exchange) emptyForm(body *Body, media string) (err error) {
	if body == nil || body.Kind != BodyForm || media == "" {
		return nil
	}
	x.view.body, err = x.server.formBody(body, "", &x.effort)
	x.raw = x.view.body
	return err
}

// readAll reads the body into a buffer that is reused when the exchange is over.
func (x *Exchange) readAll(bound int64) ([]byte, error) {
	x.buffer = buffers.Get().(*[]byte)
	data := *x.buffer
	// The announced length is at most the bound; one more byte is needed to find the end.
	if n := x.r.ContentLength + 1; n > int64(cap(data)) && n <= bound+1 {
		data = make([]byte, 0, n)
	}
	for {
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
		n, err := x.r.Body.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if int64(len(data)) > bound {
			err = &http.MaxBytesError{Limit: bound}
		}
		if err != nil {
			*x.buffer = data
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return data, err
		}
	}
}

// sound refuses a body that was not parsed yet if it is not valid JSON or has a duplicate name.
func (x *Exchange) sound() error {
	if !x.unread {
		return nil
	}
	x.unread = false
	return checkText(x.view.body)
}

// readMultipart keeps small forms in memory and puts the rest into files, which finish removes.
func (x *Exchange) readMultipart(body *Body) error {
	reader, err := x.r.MultipartReader()
	if err != nil {
		return readError(err)
	}
	if x.form, err = reader.ReadForm(x.server.maxBody); err != nil {
		return readError(err)
	}
	fields := url.Values(x.form.Value)
	if err := x.server.namedFields(body, x.form, fields); err != nil {
		return err
	}
	object, err := x.server.formObject(body.Schema, fields, body, nil, &x.effort)
	x.raw, x.view.body = object, object
	return err
}

// namedFields adds fields that were sent with a file name, as browsers do for a part with a media
// type of its own, but are not files in the spec.
func (s *Server) namedFields(of *Body, form *multipart.Form, fields url.Values) error {
	for name, parts := range form.File {
		if of.isFile(name) || s.property(of.Schema, name) < 0 {
			continue
		}
		for _, part := range parts {
			content, err := part.Open()
			if err != nil {
				return err
			}
			text, err := io.ReadAll(io.LimitReader(content, s.maxBody+1))
			_ = content.Close()
			switch {
			case err != nil:
				return err
			case int64(len(text)) > s.maxBody:
				return &APIError{StatusCode: http.StatusRequestEntityTooLarge}
			}
			fields[name] = append(fields[name], string(text))
		}
	}
	return nil
}

// compressed reports whether a body is compressed, so that bounds on its size would not hold.
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

// DecodeBody decodes the body into target, and sets absent properties to their defaults. A body
// that is not required may be absent.
func (x *Exchange) DecodeBody(target any) {
	x.decodeBody(target)
	if body := x.body(); x.err == nil && (body.Kind == BodyForm || body.Kind == BodyMultipart) {
		x.server.spellings(body.Schema, reflect.ValueOf(target), &x.effort)
	}
	if x.err == nil && x.raw != nil {
		x.err = fillDefaults(reflect.ValueOf(target).Elem())
	}
}

func (x *Exchange) decodeBody(target any) {
	if x.err != nil {
		return
	}
	body := x.body()
	if x.raw == nil {
		if x.view.op.Body.Required {
			x.err = badRequest("the body is missing")
		}
		return
	}
	value := reflect.ValueOf(target).Elem()
	effort := x.effort
	if readJSON(x.view.body, value, x.server.bodyLayout(int(x.of.at), body.Schema, value.Type()), x.server, &x.effort) {
		x.unread = false
		return
	}
	if x.effort, x.err = effort, x.sound(); x.err != nil {
		return
	}
	if err := x.check(body.Schema, scanPointer(x.view.body, ""), "body"); err != nil {
		x.err = err
		return
	}
	if hasLongNumber(x.view.body) || bytes.Contains(x.view.body, nullText) {
		if f := unkept(scanPointer(x.view.body, ""), value.Type()); f != nil {
			x.err = badRequest("body" + f.pointer + ": " + f.what)
			return
		}
	}
	if err := unmarshal(x.view.body, target); err != nil {
		x.err = badRequest("body" + decodeError(err))
	}
}

var nullText = []byte("null")

// decodeError describes an error and its place without Go's names of types.
func decodeError(err error) string {
	var kind *json.UnmarshalTypeError
	if !errors.As(err, &kind) {
		return ": the value does not fit"
	}
	at := ""
	if kind.Field != "" {
		at = "/" + strings.ReplaceAll(clip(kind.Field), ".", "/")
	}
	what, _, _ := strings.Cut(kind.Value, " ") // "number 1.5"
	if what == "bool" {
		what = "boolean"
	}
	article := "a "
	if what == "array" || what == "object" {
		article = "an "
	}
	return at + ": " + article + what + " is not allowed here"
}

// DecodeText returns a text body in target.
func (x *Exchange) DecodeText(target *string) {
	if x.raw == nil {
		x.missing()
	}
	*target = string(x.raw)
	of := x.body()
	if x.err != nil || of.Schema == 0 || x.raw == nil && !of.Required {
		return
	}
	if value := scanPointer(x.server.scalar(of.Schema, *target, &x.effort), ""); value.kind == jsonInvalid {
		x.err = badRequest("body: not valid")
	} else {
		x.err = x.check(of.Schema, value, "body")
	}
}

// DecodeReader returns a binary body in target; it ends with an error if it is larger than allowed.
func (x *Exchange) DecodeReader(target *io.Reader) {
	*target = x.r.Body
	if x.r.Body != nil && x.r.Body != http.NoBody {
		return
	}
	*target = http.NoBody
	x.missing()
}

// missing refuses an absent text or file. Only its media type distinguishes an empty one.
func (x *Exchange) missing() {
	if x.view.op.Body.Required && x.err == nil && x.r.Header.Get("Content-Type") == "" {
		x.err = badRequest("the body is missing")
	}
}

// DecodeFile returns the file, or files, of a multipart field: target is a **File, *File or
// *[]File.
func (x *Exchange) DecodeFile(name string, target any) {
	if x.err != nil || x.form == nil {
		return // an absent form was refused earlier if it is required
	}
	parts := x.form.File[name]
	if x.err = x.body().checkFile(name, len(parts)); x.err != nil || len(parts) == 0 {
		return
	}
	files := make([]File, 0, len(parts))
	for _, part := range parts {
		if x.err = x.body().checkMedia(name, part.Header.Get("Content-Type")); x.err != nil {
			return
		}
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
func (b *Body) checkFile(name string, n int) error {
	for i := range b.Files {
		f := &b.Files[i]
		switch {
		case f.Name != name:
		case n == 0 && f.Required:
			return badRequest("body: the file " + strconv.Quote(name) + " is required")
		case n > 1 && !f.Many:
			return badRequest("body: " + strconv.Quote(name) + ": more than one file")
		case n > 0 && n < f.Least:
			return badRequest("body: " + strconv.Quote(name) + ": too few files")
		case f.Most > 0 && n > f.Most:
			return badRequest("body: " + strconv.Quote(name) + ": too many files")
		}
	}
	return nil
}

// checkMedia refuses a file of another media type than the spec names. A file without a specific
// type is accepted, since many senders know none.
func (b *Body) checkMedia(name, media string) error {
	got, _, err := mime.ParseMediaType(media)
	if err != nil || got == mediaBytes {
		return nil
	}
	for i := range b.Files {
		f := &b.Files[i]
		if f.Name != name || f.Media == "" {
			continue
		}
		for want := range strings.SplitSeq(f.Media, ",") {
			want, _, _ = mime.ParseMediaType(want)
			prefix, ranged := strings.CutSuffix(want, "*")
			if want == got || want == "*/*" || ranged && strings.HasPrefix(got, prefix) {
				return nil
			}
		}
		return badRequest("body: " + strconv.Quote(name) + ": a file of type " + f.Media + " is expected")
	}
	return nil
}

// isFile reports whether a field of a form holds files.
func (b *Body) isFile(name string) bool {
	return b != nil && slices.ContainsFunc(b.Files, func(f FormFile) bool { return f.Name == name })
}
