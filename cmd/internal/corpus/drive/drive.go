// Package drive calls every operation of a generated client against the generated server, over
// HTTP, and compares what each side gets with what the other gave. It is copied beside generated
// code, so it imports the standard library alone.
package drive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"runtime/debug"
	"strings"
	"time"
)

// A Call is one operation with one of its answers. Values are JSON.
type Call struct {
	Operation string
	Group     string // field of the client
	Method    string
	Status    int
	Args      []Arg // after the context
	Whole     bool  // the last value of Args is a body of which nothing may be lost
	Member    string
	Result    json.RawMessage `json:",omitempty"` // what the handler gives; null for nothing
	Lossless  bool            // nothing of Result may be lost
	Error     json.RawMessage `json:",omitempty"` // body of an answer that is an error
	Media     string          // of Error
	Typed     bool            // the spec gives the error's type
	Serves    string          // the handler's method, if it has another name
	Headers   string          // type of the headers that the answer has
	Fields    map[string]json.RawMessage
	Skipped   string // why it is not called
}

// An Arg is a value, or the fields of a struct by name.
type Arg struct {
	Value  json.RawMessage            `json:",omitempty"`
	Fields map[string]json.RawMessage `json:",omitempty"`
}

// A Fault is a call that did not come back as it was sent.
type Fault struct {
	Operation, Method, Why string
	Status                 int
}

// Run is one API that is driven: a server's handlers on one side, a client's groups on the other.
type Run struct {
	Fail    func(status int, media string, body []byte) error // makes the API's error
	Typed   []func(error) any                                 // the values of errors by type; nil if the error is of another
	Headers map[string]func() Headers                         // by type
	Sets    func(context.Context) http.Header                 // the headers of a handler's answer
	Hears   func(context.Context, *http.Response) context.Context

	call   Call
	served bool
	got    []any // what the handler was given
	why    error // what the handler found
	said   error // what the server logged

	echoes bool            // handlers keep the body and do not answer
	echo   json.RawMessage // that body
}

// Headers are the headers of an answer.
type Headers interface {
	Read(from http.Header) error
	Set(in http.Header) error
}

// headers are those of the call's answer; nil if it has none.
func (r *Run) headers() (Headers, error) {
	if r.call.Headers == "" {
		return nil, nil
	}
	out := r.Headers[r.call.Headers]()
	return out, fill(reflect.ValueOf(out).Elem(), r.call.Fields)
}

// Log is told what the server answers with 500.
func (r *Run) Log(_ context.Context, err error) { r.said = err }

// Serve is called by every handler: result points to what it returns.
func (r *Run) Serve(ctx context.Context, method string, result any, args ...any) error {
	if method != r.call.Method && method != r.call.Serves {
		r.why = fmt.Errorf("the server called %s", method)
	}
	args = args[max(0, len(args)-len(r.call.Args)):] // the scope comes first, which a client was made with
	r.got, r.served = nil, true
	if r.echoes {
		return r.reply(args)
	}
	for _, a := range args {
		r.got = append(r.got, Plain(reflect.ValueOf(a)))
	}
	if r.call.Whole && len(args) > 0 {
		r.lossless(args, r.call.Args)
	}
	if h, err := r.headers(); err != nil {
		r.why = err
	} else if h != nil {
		if err := h.Set(r.Sets(ctx)); err != nil {
			r.why = fmt.Errorf("headers: %w", err)
		}
	}
	if len(r.call.Error) > 0 {
		return r.Fail(r.call.Status, r.call.Media, r.call.Error)
	}
	if result == nil {
		return nil
	}
	v, err := r.result(reflect.TypeOf(result).Elem())
	if err != nil {
		r.why = fmt.Errorf("no result: %w", err)
		return err
	}
	if v.IsValid() {
		reflect.ValueOf(result).Elem().Set(v)
	}
	return nil
}

// lossless compares a body with the JSON that it was made of.
func (r *Run) lossless(got []any, args []Arg) {
	for i, a := range args {
		if len(a.Fields) > 0 || i >= len(got) {
			continue
		}
		text, err := json.Marshal(got[i])
		if err != nil || len(a.Value) == 0 || i != r.bodyAt() {
			continue
		}
		if diff := Differ(Decode(a.Value), Decode(text), "", true); diff != "" && r.why == nil {
			r.why = errors.New("request: " + diff)
		}
	}
}

// bodyAt is the index of the body among the arguments: the last that is a value.
func (r *Run) bodyAt() int {
	at := -1
	for i, a := range r.call.Args {
		if len(a.Fields) == 0 && len(a.Value) > 0 {
			at = i
		}
	}
	return at
}

func (r *Run) result(t reflect.Type) (reflect.Value, error) {
	if r.call.Member == "" {
		if len(r.call.Result) == 0 {
			return reflect.Value{}, nil
		}
		return Make(t, r.call.Result)
	}
	out := reflect.New(t).Elem()
	at := out
	if t.Kind() == reflect.Pointer {
		out.Set(reflect.New(t.Elem()))
		at = out.Elem()
	}
	at.FieldByName("StatusCode").SetInt(int64(r.call.Status))
	field := at.FieldByName(r.call.Member)
	if !field.IsValid() || len(r.call.Result) == 0 {
		return out, nil
	}
	v, err := Make(field.Type(), r.call.Result)
	if err == nil {
		field.Set(v)
	}
	return out, err
}

// All drives the calls; groups are the client's by field.
func (r *Run) All(groups map[string]any, calls []Call, failed func(error) (status int, body []byte)) []Fault {
	var out []Fault
	for _, c := range calls {
		err := r.one(groups, c, failed)
		if err != nil && r.said != nil {
			err = fmt.Errorf("%w; the server: %w", err, r.said)
		}
		if err != nil {
			out = append(out, Fault{Operation: c.Operation, Method: c.Method, Status: c.Status, Why: err.Error()})
		}
	}
	return out
}

func (r *Run) one(groups map[string]any, c Call, failed func(error) (int, []byte)) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v %s", p, debug.Stack())
		}
	}()
	if c.Skipped != "" {
		return errors.New(c.Skipped)
	}
	r.call, r.got, r.served, r.why, r.said = c, nil, false, nil, nil
	method := reflect.ValueOf(groups[c.Group]).MethodByName(c.Method)
	if !method.IsValid() {
		return errors.New("the client has no such method")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	in, sent, err := arguments(method.Type(), c)
	if err != nil {
		return err
	}
	var res http.Response
	if c.Headers != "" {
		ctx = r.Hears(ctx, &res)
	}
	out := method.Call(append([]reflect.Value{reflect.ValueOf(ctx)}, in...))
	failure, _ := out[len(out)-1].Interface().(error)
	switch {
	case r.why != nil:
		return r.why
	case !r.served:
		return errors.New("not served: " + fmt.Sprint(failure))
	}
	if diff := Differ(any(sent), any(r.got), "", true); diff != "" {
		return errors.New("arguments: " + diff)
	}
	if c.Headers != "" {
		if err := r.heard(res.Header); err != nil {
			return err
		}
	}
	if len(c.Error) > 0 {
		status, body := failed(failure)
		if status != c.Status {
			return errors.New("answered as " + fmt.Sprint(status, ": ", failure))
		}
		return r.refused(failure, body)
	}
	if failure != nil {
		return fmt.Errorf("answer: %w", failure)
	}
	if len(out) < 2 {
		return nil
	}
	return r.answer(out[0])
}

// refused compares an error's body with what the handler gave, as text and as the spec's type.
func (r *Run) refused(err error, body []byte) error {
	if r.call.Media == "" {
		return nil
	}
	if string(body) != string(r.call.Error) {
		return fmt.Errorf("the error's body is %.200s, not %.200s", body, r.call.Error)
	}
	if !r.call.Typed {
		return nil
	}
	for _, as := range r.Typed {
		if v := as(err); v != nil {
			text, err := json.Marshal(v)
			if diff := Differ(Decode(body), Decode(text), "", false); diff != "" || err != nil {
				return fmt.Errorf("the error's value: %s %w", diff, err)
			}
			return nil
		}
	}
	return fmt.Errorf("the error has no value of the spec's type: %w", err)
}

// heard compares the headers of an answer with those that the handler set.
func (r *Run) heard(from http.Header) error {
	want, err := r.headers()
	if err != nil {
		return err
	}
	got := r.Headers[r.call.Headers]()
	if err := got.Read(from); err != nil {
		return fmt.Errorf("headers: %w", err)
	}
	if diff := Differ(Plain(reflect.ValueOf(want)), Plain(reflect.ValueOf(got)), "", true); diff != "" { // a server sets some itself
		return errors.New("headers: " + diff)
	}
	return nil
}

// arguments are those of a method after the context, and what the other side should get.
func arguments(t reflect.Type, c Call) (in []reflect.Value, sent []any, err error) {
	fixed := t.NumIn()
	if t.IsVariadic() {
		fixed--
	}
	if fixed != len(c.Args)+1 {
		return nil, nil, fmt.Errorf("the method takes %d arguments, not %d", fixed-1, len(c.Args))
	}
	for i, a := range c.Args {
		v, err := a.make(t.In(i + 1))
		if err != nil {
			return nil, nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
		in = append(in, v)
		again, _ := a.make(t.In(i + 1)) // what is read is gone
		sent = append(sent, Plain(again))
	}
	return in, sent, nil
}

// answer compares what the client returned with what the handler gave.
func (r *Run) answer(got reflect.Value) error {
	want, err := r.result(got.Type())
	if err != nil {
		return fmt.Errorf("result: %w", err)
	}
	if !want.IsValid() {
		return nil
	}
	if r.call.Lossless {
		at := got
		if r.call.Member != "" {
			at = reflect.Indirect(got).FieldByName(r.call.Member)
		}
		text, err := json.Marshal(at.Interface())
		if err != nil {
			return fmt.Errorf("answer: %w", err)
		}
		if diff := Differ(Decode(r.call.Result), Decode(text), "", false); diff != "" {
			return errors.New("answer: " + diff)
		}
		return nil
	}
	if diff := Differ(Plain(want), Plain(got), "", false); diff != "" {
		return errors.New("answer: " + diff)
	}
	return nil
}

func (a Arg) make(t reflect.Type) (reflect.Value, error) {
	if a.Fields == nil && len(a.Value) > 0 {
		return Make(t, a.Value)
	}
	out := reflect.New(t).Elem()
	at := out
	if t.Kind() == reflect.Pointer {
		out.Set(reflect.New(t.Elem()))
		at = out.Elem()
	}
	if len(a.Value) > 0 {
		if err := json.Unmarshal(a.Value, at.Addr().Interface()); err != nil {
			return out, err
		}
	}
	return out, fill(at, a.Fields)
}

// fill sets the fields of a struct.
func fill(at reflect.Value, fields map[string]json.RawMessage) error {
	for name, raw := range fields {
		field := at.FieldByName(name)
		if !field.IsValid() {
			return fmt.Errorf("there is no field %s", name)
		}
		v, err := Make(field.Type(), raw)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		field.Set(v)
	}
	return nil
}

// Decode reads JSON, with numbers as they are spelt.
func Decode(text []byte) any {
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return "unreadable: " + err.Error()
	}
	return v
}
