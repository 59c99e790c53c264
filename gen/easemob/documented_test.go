package easemob_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/gen/easemob"
	"github.com/limitgen/limitgen/gen/rest"
)

// documented is a request of the endpoint documentation and what it shows as its answers.
type documented struct {
	Call    string // the method of the server that it is for
	Method  string
	Path    string
	Media   *string // empty where curl adds that of a form by itself
	Body    json.RawMessage
	Form    string
	Answers []json.RawMessage
	// Refusals are answers of errors.
	Refusals []json.RawMessage
}

// documentation reads testdata/documented.jsonl: each example of the endpoint documentation as a
// line of facts.
func documentation(t *testing.T) []documented {
	t.Helper()
	file, err := os.Open("testdata/documented.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var out []documented
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var d documented
		decoder := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&d); err != nil {
			t.Fatalf("line %d: %v", len(out)+1, err)
		}
		out = append(out, d)
	}
	return out
}

// request is the example as curl sends it.
func (d documented) request(t *testing.T, base string) *http.Request {
	t.Helper()
	body, media := string(d.Body)+d.Form, ""
	if d.Media != nil {
		media = *d.Media
	}
	if d.Media != nil && media == "" {
		media = "application/x-www-form-urlencoded"
	}
	if media == "multipart/form-data" {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		part, err := w.CreateFormFile("file", "a.jpg")
		if err == nil {
			_, err = io.WriteString(part, fileText)
		}
		if err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		body, media = b.String(), w.FormDataContentType()
	}
	r, err := http.NewRequestWithContext(t.Context(), d.Method, base+d.Path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if media != "" {
		r.Header.Set("Content-Type", media)
	}
	r.Header.Set("Accept", "application/json")
	return r
}

// serve starts the generated server over handlers that record their calls.
func serve(t *testing.T, options ...rest.ServerOption) (*httptest.Server, *recorder) {
	t.Helper()
	rec := &recorder{}
	f := fake{rec}
	server, err := easemob.NewServer(easemob.Handlers{
		Users: f, Push: f, Messages: f, Attributes: f, Contacts: f, Groups: f, GroupMembers: f,
		Rooms: f, RoomMembers: f, GlobalMutes: f, Presence: f,
	}, append(options, rest.WithoutAuth(), rest.WithErrorLog(func(_ context.Context, err error) { t.Error(err) }))...)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	return web, rec
}

func TestTheServerTakesEveryDocumentedRequest(t *testing.T) {
	web, rec := serve(t)
	for i, d := range documentation(t) {
		t.Run(fmt.Sprint(i+1, " ", d.Call), func(t *testing.T) {
			res, err := http.DefaultClient.Do(d.request(t, web.URL))
			if err != nil {
				t.Fatal(err)
			}
			text, _ := io.ReadAll(res.Body)
			res.Body.Close()
			if res.StatusCode != http.StatusOK {
				t.Fatalf("%s %s: %s %s", d.Method, d.Path, res.Status, text)
			}
			call, args := rec.last()
			if call != d.Call {
				t.Errorf("%s %s is a call of %s, want %s", d.Method, d.Path, call, d.Call)
			}
			if d.Body != nil && !slices.ContainsFunc(args, func(arg any) bool { return missing(decoded(t, d.Body), decoded(t, []byte(fmt.Sprint(arg)))) == "" }) {
				t.Errorf("the handler got %v of %s", args, d.Body)
			}
		})
	}
}

func decoded(t *testing.T, text []byte) any {
	t.Helper()
	var v any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&v); err != nil {
		return string(text)
	}
	return v
}

// missing says what of a documented value is not in what was read of it; "" when nothing is.
func missing(want, got any) string {
	switch w := want.(type) {
	case map[string]any:
		if list, ok := got.([]any); ok && len(list) == 1 {
			got = list[0] // a list that was written as its only item
		}
		g, ok := got.(map[string]any)
		if !ok {
			return fmt.Sprintf(" is %v", got)
		}
		for name, v := range w {
			inner, ok := g[name]
			if !ok {
				return "/" + name + " is lost"
			}
			if m := missing(v, inner); m != "" {
				return "/" + name + m
			}
		}
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return fmt.Sprintf(" is %v", got)
		}
		for i := range w {
			if m := missing(w[i], g[i]); m != "" {
				return fmt.Sprint("/", i, m)
			}
		}
	default:
		if !reflect.DeepEqual(want, got) {
			return fmt.Sprintf(" is %v, not %v", got, want)
		}
	}
	return ""
}

// answering is a client of a server that answers every call with one text.
func answering(t *testing.T, status int, text []byte) *easemob.Client {
	t.Helper()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write(text)
	}))
	t.Cleanup(web.Close)
	client, err := easemob.NewClient(web.URL, "org", "app", rest.WithToken(rest.StaticToken("secret")))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// called calls a client's method with full arguments and gives what it answers.
func called(t *testing.T, client *easemob.Client, name string) (any, error) {
	t.Helper()
	groups := reflect.ValueOf(client).Elem()
	for i := range groups.NumField() {
		if !groups.Type().Field(i).IsExported() {
			continue
		}
		method := groups.Field(i).MethodByName(name)
		if !method.IsValid() {
			continue
		}
		in := []reflect.Value{reflect.ValueOf(t.Context())}
		for k := 1; k < method.Type().NumIn(); k++ {
			in = append(in, fill(method.Type().In(k), map[bool]string{true: "Time"}[name == "GetMessageHistory"]))
		}
		out := method.Call(in)
		err, _ := out[len(out)-1].Interface().(error)
		return out[0].Interface(), err
	}
	t.Fatalf("there is no call %s", name)
	return nil, nil
}

func TestTheClientReadsEveryDocumentedAnswer(t *testing.T) {
	answers := 0
	for i, d := range documentation(t) {
		for _, answer := range d.Answers {
			answers++
			t.Run(fmt.Sprint(i+1, " ", d.Call), func(t *testing.T) { readsAll(t, d.Call, answer) })
		}
	}
	for _, d := range documentation(t) {
		for _, refusal := range d.Refusals {
			_, err := called(t, answering(t, http.StatusForbidden, refusal), d.Call)
			want := decoded(t, refusal).(map[string]any)
			var e *rest.APIError
			if !errors.As(err, &e) || e.Code != want["error"] || e.Message != want["error_description"] {
				t.Errorf("%s: %v of %s", d.Call, err, refusal)
			}
		}
	}
	if answers < 100 {
		t.Errorf("%d answers", answers)
	}
}

// readsAll lets a client's call read an answer and looks for each of its members in what came out.
func readsAll(t *testing.T, call string, answer []byte) {
	t.Helper()
	got, err := called(t, answering(t, http.StatusOK, answer), call)
	if err != nil {
		t.Fatal(err)
	}
	if stream, ok := got.(*rest.Stream); ok {
		_ = stream.Body.Close()
		return
	}
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	if m := missing(decoded(t, answer), decoded(t, text)); m != "" {
		t.Errorf("%s\nof %s\nis read as %s", m, answer, text)
	}
}
