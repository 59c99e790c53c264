package rest

import (
	"bytes"
	"io"
	"net/http"
)

// readCounted reads a body that limits count by, as the server does, and restores it for the
// handler.
func (x *Exchange) readCounted(route *route, chosen *variant) error {
	body := x.r.Body
	if body == nil || body == http.NoBody {
		return nil
	}
	var kept bytes.Buffer
	x.r.Body = &rejoined{Reader: io.TeeReader(body, &kept), Closer: body}
	err := x.readBody(route, chosen)
	if err == nil {
		err = x.sound()
	}
	if x.form != nil {
		_ = x.form.RemoveAll() // the handler reads it itself
		x.form = nil
	}
	if err != nil {
		return err
	}
	x.r.Body = &rejoined{Reader: io.MultiReader(&kept, body), Closer: body}
	return nil
}

// statusWriter records the status of an answer, for an observer.
type statusWriter struct {
	http.ResponseWriter
	x *Exchange
}

// WriteHeader records the status.
func (w *statusWriter) WriteHeader(status int) {
	if w.x.status < 200 {
		w.x.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write records the implicit status.
func (w *statusWriter) Write(p []byte) (int, error) {
	if w.x.status < 200 {
		w.x.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// Flush sends what has been written.
func (w *statusWriter) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }

// Unwrap is for http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
