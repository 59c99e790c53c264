package drive

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"runtime/debug"
	"strings"
)

// A Trial sends other bodies in place of that of a call.
type Trial struct {
	Call   Call
	Bodies []json.RawMessage
}

// Work is what is done with one API, and Found what came of it. Tried is of each trial.
type (
	Work struct {
		Calls  []Call
		Trials []Trial
	}
	Found struct {
		Err    string // why nothing was tried
		Faults []Fault
		Tried  []Tried
	}
	Tried struct {
		Outcomes []Outcome
		Why      string // there are none
	}
)

// An Outcome is what a server made of a body.
type Outcome struct {
	Served bool
	Status int             // of the answer, if it was not served
	Said   string          // in the answer
	Echo   json.RawMessage `json:",omitempty"` // the body as the handler's type writes it
}

// A Seizer is the transport of a client whose requests are kept and not sent.
type Seizer struct{ request *http.Request }

var errSeized = errors.New("seized")

func (s *Seizer) RoundTrip(req *http.Request) (*http.Response, error) {
	s.request = req
	if req.Body != nil {
		_, _ = io.Copy(io.Discard, req.Body)
		_ = req.Body.Close()
	}
	return nil, errSeized
}

// Try sends the bodies of a trial to a server. The groups are those of a client whose transport is
// the Seizer: it writes all of the request but the body.
func (r *Run) Try(groups map[string]any, t Trial, seizer *Seizer, server http.Handler) (out Tried) {
	defer func() {
		if p := recover(); p != nil {
			out.Why = fmt.Sprintf("panic: %v %s", p, debug.Stack())
		}
	}()
	seizer.request = nil
	if err := r.ask(groups, t.Call); seizer.request == nil {
		return Tried{Why: fmt.Sprint("the client sends nothing: ", err)}
	}
	for _, body := range t.Bodies {
		r.call, r.got, r.served, r.why, r.said = t.Call, nil, false, nil, nil
		r.echo, r.echoes = nil, true
		req := seizer.request.Clone(context.Background())
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		w := httptest.NewRecorder()
		server.ServeHTTP(w, req)
		r.echoes = false
		o := Outcome{Served: r.served, Echo: r.echo}
		if !r.served {
			o.Status, o.Said = w.Code, strings.TrimSpace(w.Body.String())
		}
		if r.said != nil {
			o.Said += " " + r.said.Error()
		}
		out.Outcomes = append(out.Outcomes, o)
	}
	return out
}

// ask calls a method of a client.
func (r *Run) ask(groups map[string]any, c Call) error {
	method := reflect.ValueOf(groups[c.Group]).MethodByName(c.Method)
	if !method.IsValid() {
		return errors.New("the client has no such method")
	}
	in, _, err := arguments(method.Type(), c)
	if err != nil {
		return err
	}
	out := method.Call(append([]reflect.Value{reflect.ValueOf(context.Background())}, in...))
	failure, _ := out[len(out)-1].Interface().(error)
	return failure
}

// reply keeps the body that a handler was given, instead of answering.
func (r *Run) reply(args []any) error {
	if at := r.bodyAt(); at >= 0 && at < len(args) {
		text, err := json.Marshal(args[at])
		if err != nil {
			r.said = err
		}
		r.echo = text
	}
	return r.Fail(http.StatusTeapot, "", nil)
}
