package rest

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
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

// refuseMisspelt refuses a JSON body with a member that differs only by case from one that chooses
// the variant or that a cost or a key reads. Generated servers compare names exactly; a handler
// that reads with encoding/json would take the member that the limits did not count. It takes both
// where the spec has both.
func (x *Exchange) refuseMisspelt(route *route) error {
	op := x.view.op
	if x.body().Kind != BodyJSON || len(x.view.body) == 0 {
		return nil
	}
	for i := range route.variants {
		v := &x.server.config.Operations[route.variants[i].op]
		if v.When != TestAlways {
			if err := x.view.misspelt(&v.WhenExpr, x.body().Beside); err != nil {
				return err
			}
		}
	}
	for i := range op.Rates {
		r := &op.Rates[i]
		if r.Count != nil {
			if err := x.view.misspelt(r.Count, x.body().Beside); err != nil {
				return err
			}
		}
		for j := range r.Key {
			if d := &r.Key[j]; d.Kind == DimExpr {
				if err := x.view.misspelt(&d.Expr, x.body().Beside); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// misspelt is refuseMisspelt for the objects on the way of an expression's pointer; known are the
// spec's other members.
func (v *view) misspelt(e *Expr, known []string) error {
	if e.In != InBody || e.Pointer == "" {
		return nil
	}
	value := scanPointer(v.body, "")
	for token := range strings.SplitSeq(e.Pointer[1:], "/") {
		if value.kind == jsonObject {
			plain := tokenName.Replace(token)
			for w := walk(value); w.next(); {
				if !sameName(w.name, token) && foldsTo(w.name, plain) && !slices.Contains(known, decodeName(w.name)) {
					return badRequest(strconv.Quote(clip(decodeName(w.name))) + " is not spelt so")
				}
			}
		}
		value = scanChild(value, token)
	}
	return nil
}

// foldsTo reports whether a member's name, raw as in the JSON, equals a name except for case.
func foldsTo(raw []byte, name string) bool {
	if bytes.IndexByte(raw, '\\') >= 0 {
		return strings.EqualFold(decodeName(raw), name)
	}
	return bytes.EqualFold(raw, []byte(name))
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
