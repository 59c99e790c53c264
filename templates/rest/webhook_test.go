package rest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestOptionsWithoutEffect: an option that would do nothing is an error, such as a check of
// signatures that would never be made.
func TestOptionsWithoutEffect(t *testing.T) {
	signature := WithSignature(func(*http.Request, []byte) error { return nil })
	name := WithWebhookName(func(*http.Request, []byte) string { return "" })
	signer := WithSigner(func(*http.Request, []byte) error { return nil })
	receives := func(f func(ServerConfig, []ServerOption) error, option ServerOption) func() error {
		return func() error { return f(ServerConfig{}, []ServerOption{option, WithoutAuth()}) }
	}
	server := func(c ServerConfig, o []ServerOption) error { _, err := NewServer(c, o); return err }
	hooks := func(c ServerConfig, o []ServerOption) error { _, err := NewWebhooks(c, o); return err }
	middleware := func(c ServerConfig, o []ServerOption) error { _, err := NewMiddleware(c, o); return err }
	calls := func(c ServerConfig, o []ServerOption) error { _, err := NewRPCServer(RPC{Server: c}, o); return err }
	config := ClientConfig{BaseURL: "http://a.test"}
	for _, c := range []struct {
		name    string
		make    func() error
		refused string // the option that the error names; "" where it has an effect
	}{
		{"server", receives(server, signature), ""},
		{"server", receives(server, name), "WithWebhookName"},
		{"webhooks", receives(hooks, signature), ""},
		{"webhooks", receives(hooks, name), ""},
		{"middleware", receives(middleware, signature), "WithSignature"},
		{"middleware", receives(middleware, name), "WithWebhookName"},
		{"calls", receives(calls, signature), "WithSignature"},
		{"calls", receives(calls, name), "WithWebhookName"},
		{"calls", receives(calls, WithKnownOnly().(ServerOption)), "WithKnownOnly"},
		{"middleware", receives(middleware, WithKnownOnly().(ServerOption)), ""},
		{"client", func() error { _, err := NewClient(config, []ClientOption{signer}); return err }, ""},
		{"transport", func() error { _, err := NewTransport(nil, config, []ClientOption{signer}); return err }, "WithSigner"},
	} {
		err := c.make()
		if (err != nil) != (c.refused != "") || err != nil && !strings.Contains(err.Error(), c.refused) {
			t.Errorf("%s: %v, want one that names %q", c.name, err, c.refused)
		}
	}
}

// hooksOf returns webhooks of the given operations, which are POST and answer 204.
func hooksOf(t *testing.T, operations []Operation, schemas []Schema, options ...ServerOption) *Webhooks {
	t.Helper()
	for i := range operations {
		operations[i].Method, operations[i].Path = http.MethodPost, "/"+operations[i].ID
	}
	h, err := NewWebhooks(ServerConfig{Operations: operations, Schemas: schemas}, append(options, WithErrorLog(nil)))
	if err != nil {
		t.Fatal(err)
	}
	for i := range operations {
		h.Handle(i, func(x *Exchange) error {
			var body any
			x.DecodeBody(&body)
			if _, err := x.Begin(); err != nil {
				return err
			}
			return x.Empty(204, nil)
		})
	}
	return h
}

// TestWebhooksAuthenticateFirst: nothing is read of a body whose sender is not known, and the hook
// is asked once, unless the webhook has other security than the first one.
func TestWebhooksAuthenticateFirst(t *testing.T) {
	operations := []Operation{{ID: "open", Body: jsonBody(1)}, {ID: "free", Body: jsonBody(2)}, {ID: "closed", Body: jsonBody(3), Security: [][]string{{"key"}}}}
	schemas := []Schema{{}}
	for i := range operations {
		schemas = append(schemas, Schema{Kinds: KindObject, Properties: []Property{{"type", true, len(operations) + 1 + i}}})
	}
	for _, o := range operations {
		schemas = append(schemas, Schema{Enum: []string{`"` + o.ID + `"`}})
	}
	var asked []string
	h := hooksOf(t, operations, schemas, WithAuth(func(ctx context.Context, r *http.Request, id string, schemes [][]string) (context.Context, error) {
		asked = append(asked, id)
		if r.Header.Get("X-Key") == "" || len(schemes) > 0 && r.Header.Get("X-Key") != "all" {
			return nil, errors.New("unknown")
		}
		return ctx, nil
	}))
	for _, c := range []struct {
		key, body string
		status    int
		asked     string
	}{
		{"", `{"type":"open"}`, 401, "open"},
		{"", `{"type":`, 401, "open"},
		{"some", `{"type":`, 400, "open"},
		{"some", `{"type":"open"}`, 204, "open"},
		{"some", `{"type":"free"}`, 204, "open"},
		{"some", `{"type":"closed"}`, 401, "open closed"},
		{"all", `{"type":"closed"}`, 204, "open closed"},
		{"some", `{"type":"open"}`, 204, "open"}, // with the exchange of an earlier one
	} {
		asked = nil
		sent := &countedReader{Reader: strings.NewReader(c.body)}
		r := httptest.NewRequest(http.MethodPost, "/", sent)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Key", c.key)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := strings.Join(asked, " "); w.Code != c.status || got != c.asked || (c.key == "") != (sent.reads == 0) {
			t.Errorf("%q sends %s: %d %s; asked for %s; %d reads", c.key, c.body, w.Code, w.Body, got, sent.reads)
		}
	}
}

type countedReader struct {
	*strings.Reader
	reads int
}

func (r *countedReader) Read(b []byte) (int, error) { r.reads++; return r.Reader.Read(b) }

// TestWebhooksShareEffort: many webhooks do not multiply the work that a body may cause, and those
// that a constant tells apart cost none.
func TestWebhooksShareEffort(t *testing.T) {
	const n = 100
	var told, alike []Operation
	schemas := []Schema{{}, {Kinds: KindArray, Items: 2}, {Kinds: KindInteger}}
	for i := range n {
		id := "hook" + strconv.Itoa(i)
		told = append(told, Operation{ID: id, Body: jsonBody(len(schemas))})
		alike = append(alike, Operation{ID: id, Body: jsonBody(len(schemas) + 2)})
		schemas = append(schemas, Schema{Kinds: KindObject, Properties: []Property{{"list", true, 1}, {"type", true, len(schemas) + 1}}},
			Schema{Enum: []string{`"` + id + `"`}},
			Schema{Kinds: KindObject, Properties: []Property{{"list", true, 1}, {"type", true, 2}}})
	}
	body := `{"list":[` + strings.Repeat("1,", 20000) + `1],"type":"hook98"}`
	if w := ask(hooksOf(t, told, schemas, WithoutAuth()), http.MethodPost, "/", body); w.Code != 204 {
		t.Errorf("told by their type: %d %s", w.Code, w.Body)
	}
	w := ask(hooksOf(t, alike, schemas, WithoutAuth()), http.MethodPost, "/", body)
	if w.Code != 400 || !strings.Contains(w.Body.String(), "too complicated") {
		t.Errorf("not told apart: %d %s", w.Code, w.Body)
	}
}

// TestWebhooksBuildMiddlewareOnce: a middleware that keeps a state keeps it from one request to the
// next, as around a server.
func TestWebhooksBuildMiddlewareOnce(t *testing.T) {
	built, calls := 0, 0
	h := hooksOf(t, []Operation{{ID: "one", Body: jsonBody(0)}}, []Schema{{}}, WithoutAuth(), WithMiddleware(func(next http.Handler) http.Handler {
		built++
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { calls++; next.ServeHTTP(w, r) })
	}))
	for range 3 {
		if w := ask(h, http.MethodPost, "/", "{}"); w.Code != 204 {
			t.Error(w.Code, w.Body)
		}
	}
	if built != 1 || calls != 3 {
		t.Errorf("built %d times for %d calls", built, calls)
	}
}

// TestSignWhileSending: the body is signed again for a retry while the transport still reads it for
// the request before, which was answered early.
func TestSignWhileSending(t *testing.T) {
	text := strings.Repeat("body ", 1<<12)
	var reading sync.WaitGroup
	var sent string
	tries := 0
	transport := roundTrip(func(req *http.Request) (*http.Response, error) {
		if tries++; tries == 1 {
			begun := make(chan struct{})
			reading.Go(func() {
				var b [1]byte
				for n := 0; ; n++ {
					if _, err := req.Body.Read(b[:]); err != nil {
						return
					}
					if n == 0 {
						close(begun)
					}
					time.Sleep(time.Millisecond)
				}
			})
			<-begun
			return &http.Response{StatusCode: 503, Header: http.Header{"Retry-After": {"0"}}, Body: http.NoBody, Request: req}, nil
		}
		data, err := io.ReadAll(req.Body)
		sent = string(data)
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: http.NoBody, Request: req}, err
	})
	signed := 0
	c, err := NewClient(ClientConfig{BaseURL: "http://a.test", Operations: []Operation{{ID: "put", Method: "PUT", Path: "/", Idempotent: true, Body: Body{Kind: BodyBinary}}}},
		[]ClientOption{WithHTTPClient(&http.Client{Transport: transport}), WithSigner(func(_ *http.Request, body []byte) error {
			if signed++; string(body) != text {
				t.Errorf("signed %d bytes of %d", len(body), len(text))
			}
			return nil
		})})
	if err != nil {
		t.Fatal(err)
	}
	r := c.NewCall(0)
	r.Binary(strings.NewReader(text))
	if err := DoEmpty(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	reading.Wait()
	if signed != 2 || sent != text {
		t.Errorf("signed %d times, sent %d bytes", signed, len(sent))
	}
}

// TestSenderTellsWhere: the events of a sender name the address that it sent to.
func TestSenderTellsWhere(t *testing.T) {
	var told []string
	observer := Observer{Done: func(_ context.Context, e CallEvent) { told = append(told, e.Scheme+"://"+e.Host) }}
	transport := roundTrip(func(req *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: http.NoBody, Request: req}, nil
	})
	c, err := NewSender(ClientConfig{Operations: []Operation{{ID: "told", Method: "POST"}}},
		[]ClientOption{WithHTTPClient(&http.Client{Transport: transport}), WithObserver(observer)})
	if err != nil {
		t.Fatal(err)
	}
	r := c.NewCall(0)
	r.To("https://hooks.test:8443/a")
	if err := DoEmpty(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if len(told) != 1 || told[0] != "https://hooks.test:8443" {
		t.Errorf("%q", told)
	}
}
