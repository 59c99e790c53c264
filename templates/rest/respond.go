package rest

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
)

var errNull = errors.New("the handler gave no value, and the answer's schema does not admit null")

// JSON answers with a JSON value, or returns the error. Nil is an error: callers rely on the schema
// of the answer.
func (x *Exchange) JSON(status int, v any, err error) error {
	if err != nil {
		return err
	}
	text, err := writeJSON(v, true)
	defer text.free()
	if err == nil && string(text.out) == "null" {
		err = errNull
	}
	if err != nil {
		return err
	}
	x.write(status, x.typeOr(mediaJSON), text.out)
	return nil
}

// JSONOrNull is JSON for answers whose schema admits null.
func (x *Exchange) JSONOrNull(status int, v any, err error) error {
	if err = x.JSON(status, v, err); errors.Is(err, errNull) {
		x.write(status, x.typeOr(mediaJSON), []byte("null"))
		return nil
	}
	return err
}

// Text answers with a text.
func (x *Exchange) Text(status int, text string, err error) error {
	if err != nil {
		return err
	}
	media := x.typeOr("text/plain")
	if !strings.Contains(media, ";") {
		media += "; charset=utf-8"
	}
	x.write(status, media, []byte(text))
	return nil
}

// Empty answers without a body.
func (x *Exchange) Empty(status int, err error) error {
	if err != nil {
		return err
	}
	x.write(status, "", nil)
	return nil
}

// Stream copies a body to the caller and closes it. Once it has begun, a failure can only break the
// connection.
func (x *Exchange) Stream(status int, s *Stream, err error) error {
	if err != nil {
		return err
	}
	if s == nil || s.Body == nil {
		return errors.New("the handler gave no stream")
	}
	defer func() {
		if err := s.Body.Close(); err != nil {
			x.log(err)
		}
	}()
	header := x.w.Header()
	for name, values := range s.Header {
		header[http.CanonicalHeaderKey(name)] = values
	}
	if s.ContentType != "" {
		header.Set("Content-Type", s.ContentType)
	} else if header.Get("Content-Type") == "" {
		header.Set("Content-Type", x.typeOr(mediaBytes))
	}
	if s.Length > 0 {
		header.Set("Content-Length", strconv.FormatInt(s.Length, 10))
	}
	x.start(status)
	if x.r.Method == http.MethodHead {
		return nil
	}
	var w io.Writer = x.w
	if live(header.Get("Content-Type")) {
		w = flushing{x.w, http.NewResponseController(x.w)}
	}
	if _, err := io.Copy(w, s.Body); err != nil {
		x.log(err)
		panic(http.ErrAbortHandler) // a partial file must not look complete
	}
	return nil
}

// start begins the answer after its headers are set.
func (x *Exchange) start(status int) {
	x.sent, x.status = true, status
	x.w.WriteHeader(status)
}

func (x *Exchange) write(status int, media string, data []byte) {
	if x.sent {
		return
	}
	header := x.w.Header()
	if media != "" || len(data) > 0 {
		switch media {
		case "":
		case mediaJSON:
			header["Content-Type"], header["X-Content-Type-Options"] = jsonLines, sniffLines
		default:
			header["Content-Type"], header["X-Content-Type-Options"] = []string{media}, sniffLines
		}
		if hasLength(status) {
			header["Content-Length"] = lengthLines(len(data))
		}
	} else if hasLength(status) && (x.r.Method != http.MethodHead || header["Content-Length"] == nil) {
		header["Content-Length"] = []string{"0"}
	}
	x.start(status)
	if x.r.Method == http.MethodHead || len(data) == 0 {
		return
	}
	if _, err := x.w.Write(data); err != nil {
		x.log(err)
	}
}

// Values of headers that all answers share. They have no spare capacity, so that Header.Add copies.
var jsonLines, sniffLines = []string{mediaJSON}, []string{"nosniff"}

// lengths caches the values of Content-Length of short answers.
var lengths [1024]atomic.Pointer[[1]string]

func lengthLines(n int) []string {
	if n >= len(lengths) {
		return []string{strconv.Itoa(n)}
	}
	lines := lengths[n].Load()
	if lines == nil {
		lines = &[1]string{strconv.Itoa(n)}
		lengths[n].Store(lines)
	}
	return lines[:]
}

// hasLength reports whether answers of a status have a Content-Length.
func hasLength(status int) bool {
	return status != http.StatusNoContent && status != http.StatusNotModified && status >= 200
}

// fail answers an error. Only an *APIError is shown; other errors are answered without details. The
// body has the form in the API's spec, or is a problem: see errorBody.
func (x *Exchange) fail(err error) {
	if errors.Is(err, errSent) {
		return
	}
	if x.failure == nil {
		x.failure = err
	}
	if x.sent {
		x.log(err)
		return
	}
	var known *APIError
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &known) && known.StatusCode >= 300 && known.StatusCode <= 599:
	case errors.As(err, &large): // of a body that the handler reads
		known, x.chosen = &APIError{StatusCode: http.StatusRequestEntityTooLarge}, false
	default:
		x.log(err)
		known, x.chosen = &APIError{StatusCode: http.StatusInternalServerError}, false
	}
	header := x.w.Header()
	for name, values := range known.Header {
		if name = http.CanonicalHeaderKey(name); !ofConnection(name) {
			header[name] = values
		}
	}
	if known.RetryAfter > 0 {
		header.Set("Retry-After", strconv.FormatInt(problemTime(known.RetryAfter), 10))
	}
	if known.StatusCode == http.StatusUnauthorized && header.Get("WWW-Authenticate") == "" {
		if challenges := x.challenges(); len(challenges) > 0 {
			header["Www-Authenticate"] = challenges
		}
	}
	media, data := x.errorBody(known)
	x.write(known.StatusCode, media, data)
}

// ofConnection reports whether a header describes the message that it came with. A handler may
// forward an error from its own client, whose answer was framed differently.
func ofConnection(name string) bool {
	switch name {
	case "Connection", "Content-Encoding", "Content-Length", "Keep-Alive", "Trailer", "Transfer-Encoding", "Upgrade":
		return true
	}
	return false
}
