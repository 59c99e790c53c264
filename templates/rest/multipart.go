package rest

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/textproto"
	"strings"
	"unicode"
	"unicode/utf8"
)

const mediaBytes = "application/octet-stream"

// FilePart is a file of a multipart form.
type FilePart struct {
	Name string
	File *File
}

// Multipart sets the body to a form of fields, an object or nil, and files; nil files are left out.
// Files are streamed. The length is announced when every file's size is known, which many upload
// servers want.
func (r *Call) Multipart(fields any, files ...FilePart) {
	form := &multipartForm{replay: true}
	form.writer = multipart.NewWriter(&form.pending)
	err := form.addFields(r.body, fields)
	for _, f := range files {
		if err == nil && f.File != nil {
			err = form.addFile(f.Name, f.File, r.body.fileMedia(f.Name))
		}
	}
	if err == nil {
		err = form.writer.Close()
	}
	if err != nil {
		r.fail(fmt.Errorf("request body: %w", err))
		return
	}
	form.cut()
	r.payload = &payload{
		contentType: form.writer.FormDataContentType(),
		length:      form.length,
		replay:      form.replay,
		form:        true,
		content:     form.open,
		json:        form.fields,
	}
}

// multipartForm is a form as a sequence of sources: the texts between files, and the files. The
// texts are made once, so that a replay has the same boundary.
type multipartForm struct {
	writer  *multipart.Writer
	fields  []byte       // the fields as JSON, for costs and keys
	pending bytes.Buffer // text that no source holds yet
	sources []source
	length  int64 // -1 if a file's size is unknown
	replay  bool
}

func (m *multipartForm) addFields(body *Body, v any) error {
	if absent(v) {
		return nil
	}
	text, fields, err := body.formFields(v)
	if err != nil {
		return err
	}
	m.fields = text
	escaped := strings.NewReplacer("\\", "\\\\", `"`, `\"`)
	for _, f := range fields {
		if strings.ContainsFunc(f.name, unicode.IsControl) {
			return fmt.Errorf("the name %q has no spelling in a form", f.name)
		}
		header := make(textproto.MIMEHeader)
		header.Set("Content-Disposition", `form-data; name="`+escaped.Replace(f.name)+`"`)
		if f.media != "" {
			header.Set("Content-Type", f.media)
		}
		part, err := m.writer.CreatePart(header)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(part, f.value); err != nil {
			return err
		}
	}
	return nil
}

// fileMedia returns the media type of a file without one: the first that the spec names.
func (b *Body) fileMedia(name string) string {
	for i := range b.Files {
		media, _, _ := strings.Cut(b.Files[i].Media, ",")
		if media = strings.TrimSpace(media); b.Files[i].Name == name && !strings.Contains(media, "*") {
			return media
		}
	}
	return ""
}

func (m *multipartForm) addFile(name string, f *File, usual string) error {
	if absent(f.Content) {
		return errors.New("file " + name + " has no content")
	}
	media := cmp.Or(f.ContentType, usual, mediaBytes)
	if !headerSafe(media) {
		return errors.New("file " + name + ": a control character is not allowed in a media type")
	}
	if strings.ContainsFunc(f.Name, unicode.IsControl) || !utf8.ValidString(f.Name) {
		return fmt.Errorf("file %s: its name %q has no spelling in a form", name, f.Name)
	}
	header := make(textproto.MIMEHeader)
	// A part without a file's name is a text to most servers.
	header.Set("Content-Disposition", multipart.FileContentDisposition(name, cmp.Or(f.Name, name)))
	header.Set("Content-Type", media)
	if _, err := m.writer.CreatePart(header); err != nil {
		return err
	}
	m.cut()
	size := int64(-1)
	if f.Size > 0 { // a size that was left at 0 is unknown rather than the size of an empty file
		size = f.Size
	}
	content := measure(f.Content, size)
	switch {
	case size >= 0 && content.length != size:
		return sizeError(name, size, content.length)
	case size >= 0 && content.seeker == nil:
		content.reader = &sizedReader{content.reader, name, size, size}
	}
	m.add(content)
	return nil
}

// cut turns the text so far into a source.
func (m *multipartForm) cut() {
	m.add(measure(bytes.NewReader(bytes.Clone(m.pending.Bytes())), -1))
	m.pending.Reset()
}

func (m *multipartForm) add(s source) {
	m.sources = append(m.sources, s)
	if s.seeker == nil {
		m.replay = false
	}
	if s.length < 0 || m.length < 0 {
		m.length = -1
	} else {
		m.length += s.length
	}
}

func (m *multipartForm) open() (io.Reader, error) {
	readers := make([]io.Reader, len(m.sources))
	for i := range m.sources {
		var err error
		if readers[i], err = m.sources[i].open(); err != nil {
			return nil, err
		}
	}
	return io.MultiReader(readers...), nil
}
