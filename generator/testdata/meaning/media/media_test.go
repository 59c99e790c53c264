package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/meaning/ratelimit"
	"example.com/meaning/rest"
)

// A program can change quotas while it runs.
var _ interface {
	Reload(ctx context.Context, file string, told func(error)) error
	SetOverrides(amounts map[string]ratelimit.Amount) error
} = (*Client)(nil)

// plain has the methods of the spec's preferred media types, and no others.
type plain struct{ Unimplemented }

func (plain) CreateNote(ctx context.Context, body Note) (*Said, error) {
	return &Said{Text: rest.RequestMediaType(ctx) + ": " + strings.Join(body.Names, "+")}, nil
}

func (plain) Send(_ context.Context, body File) (*Said, error) {
	return &Said{Text: "json " + body.Title}, nil
}

func (plain) PatchThing(ctx context.Context, id string, body any) (*Said, error) {
	return &Said{Text: rest.RequestMediaType(ctx)}, nil
}

func (plain) GetReport(_ context.Context, id string, params GetReportParams) (*Said, error) {
	return &Said{Text: id}, nil
}

func (plain) GetStrict(context.Context) (*Said, error) { return &Said{Text: "strict"}, nil }
func (plain) GetVendor(context.Context) (*Said, error) { return &Said{Text: "vendor"}, nil }
func (plain) GetPage(context.Context) (string, error)  { return "<p>", nil }

// full has all of them.
type full struct{ plain }

var _ interface {
	SpendTwoHandler
	SpendTextHandler
	SendFormHandler
	SendBytesHandler
	SendImageHandler
	PatchThingApplyPatchHandler
	GetReportCSVHandler
	GetReportPDFHandler
	GetReportReportsV2Handler
	GetReportStreamWatchHandler
	GetStrictCSVHandler
	AddLineTextHandler
} = full{}

func (full) AddLineText(_ context.Context, body string) (*Said, error) {
	return &Said{Text: "line " + body}, nil
}

func (full) Spend(context.Context, SpendRequest) error       { return nil }
func (full) SpendTwo(context.Context, SpendTwoRequest) error { return nil }
func (full) SpendText(context.Context, string) error         { return nil }

func (full) SendForm(_ context.Context, body SendFormRequest) (*Said, error) {
	content, err := io.ReadAll(body.Content.Content)
	return &Said{Text: "form " + body.Title + " " + string(content)}, err
}

func (full) SendBytes(_ context.Context, body io.Reader) (*Said, error) {
	content, err := io.ReadAll(body)
	return &Said{Text: "bytes " + string(content)}, err
}

func (full) SendImage(ctx context.Context, body io.Reader) (*Said, error) {
	content, err := io.ReadAll(body)
	return &Said{Text: rest.RequestMediaType(ctx) + " " + string(content)}, err
}

func (full) PatchThingApplyPatch(_ context.Context, id string, body io.Reader) (*Said, error) {
	content, err := io.ReadAll(body)
	return &Said{Text: "yaml " + string(content)}, err
}

func (full) GetReportCSV(_ context.Context, id string, params GetReportParams) (string, error) {
	return "a,b", nil
}

func (full) GetReportPDF(context.Context, string, GetReportParams) (*rest.Stream, error) {
	return &rest.Stream{Body: io.NopCloser(strings.NewReader("%PDF"))}, nil
}

func (full) GetReportReportsV2(context.Context, string, GetReportParams) ([]int64, error) {
	return []int64{1, 2}, nil
}

func (full) GetReportStreamWatch(context.Context, string, GetReportParams) (*rest.Stream, error) {
	return &rest.Stream{Body: io.NopCloser(strings.NewReader(`{"text":"one"}` + "\n" + `{"text":"two"}`))}, nil
}

func (full) GetStrictCSV(context.Context) (string, error) { return "c,d", nil }

// serve returns a server, and a client of it that notes the headers of the last request.
func serve(t *testing.T, h APIHandler) (url string, client *Client, seen *http.Header) {
	t.Helper()
	server, err := NewServer(Handlers{API: h}, rest.WithoutLimits())
	if err != nil {
		t.Fatal(err)
	}
	seen = new(http.Header)
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*seen = r.Header.Clone()
		server.ServeHTTP(w, r)
	}))
	t.Cleanup(api.Close)
	client, err = NewClient(api.URL, rest.WithoutLimits())
	if err != nil {
		t.Fatal(err)
	}
	return api.URL, client, seen
}

func ask(t *testing.T, method, url, contentType, accept, body string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(text)
}

const form = "--x\r\nContent-Disposition: form-data; name=\"names\"\r\n\r\na\r\n--x\r\n" +
	"Content-Disposition: form-data; name=\"names\"\r\n\r\nb\r\n--x--\r\n"

func TestRequestEncodings(t *testing.T) {
	url, _, _ := serve(t, plain{})
	for _, c := range []struct{ media, body, want string }{
		{"application/json", `{"names":["a","b"]}`, "application/json: a+b"},
		{"application/json; charset=utf-8", `{"names":["a","b"]}`, "application/json: a+b"},
		{"", `{"names":["a","b"]}`, "application/json: a+b"},
		{"application/x-www-form-urlencoded", "names=a&names=b", "application/x-www-form-urlencoded: a+b"},
		{"multipart/form-data; boundary=x", form, "multipart/form-data: a+b"},
		{"application/vnd.notes+json", `{"names":["a","b"]}`, "application/vnd.notes+json: a+b"},
		{"application/vnd.other+json", `{"names":["a","b"]}`, "application/json: a+b"},
		{"text/plain", `{"names":["a","b"]}`, "text/plain: a+b"},
	} {
		if res, text := ask(t, "POST", url+"/notes", c.media, "", c.body); text != `{"text":"`+c.want+`"}` {
			t.Error(c.media, res.Status, text)
		}
	}
	for _, media := range []string{"application/xml", "image/png"} {
		res, text := ask(t, "POST", url+"/notes", media, "", "<x/>")
		if res.StatusCode != 415 || !strings.Contains(text, "application/x-www-form-urlencoded") ||
			!strings.HasPrefix(res.Header.Get("Accept"), "application/json, ") {
			t.Error(media, res.Status, res.Header, text)
		}
	}
	for media, body := range map[string]string{"application/json": `{"size":1}`, "application/x-www-form-urlencoded": "size=1"} {
		if res, text := ask(t, "POST", url+"/notes", media, "", body); res.StatusCode != 400 || !strings.Contains(text, "names") {
			t.Error(media, res.Status, text)
		}
	}
}

// TestCosts counts the items of a list in every encoding, in a server and in a transport.
func TestCosts(t *testing.T) {
	for _, c := range []struct{ media, body string }{
		{"application/json", `{"names":["a","b"]}`}, {"application/x-www-form-urlencoded", "names=a&names=b"},
		{"multipart/form-data; boundary=x", form}, {"text/plain", `{"names":["a","b"]}`},
	} {
		server, err := NewServer(Handlers{API: plain{}})
		if err != nil {
			t.Fatal(err)
		}
		for want := 200; ; want = 429 { // three names an hour
			r := httptest.NewRequest("POST", "/notes", strings.NewReader(c.body))
			r.Header.Set("Content-Type", c.media)
			w := httptest.NewRecorder()
			if server.ServeHTTP(w, r); w.Code != want {
				t.Error(c.media, w.Code, w.Body)
			}
			if want == 429 {
				break
			}
		}
		transport, err := NewTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
		}), rest.WithFailFast())
		if err != nil {
			t.Fatal(err)
		}
		for i := range 2 {
			r, _ := http.NewRequest("POST", "http://127.0.0.1:1/notes", bytes.NewReader([]byte(c.body)))
			r.Header.Set("Content-Type", c.media)
			if _, err := transport.RoundTrip(r); (err != nil) != (i == 1) {
				t.Error(c.media, i, err)
			}
		}
	}
}

// TestOwnSchemas checks each body by the schema of its media type, and counts by it.
func TestOwnSchemas(t *testing.T) {
	for _, c := range []struct {
		media, body, left string
		status            int
	}{
		{"text/plain", "hi", "", 200},
		{"text/plain", "hello", "", 400},
		{"application/json", "{}", `"units";r=17`, 200},
		{"application/vnd.two+json", "{}", `"units";r=15`, 200},
		{"application/json", `{"units":9}`, "", 400},
		{"application/vnd.two+json", `{"units":9}`, `"units";r=11`, 200},
		{"application/json", `{"list":["a","b","c"]}`, "", 400},
		{"application/vnd.two+json", `{"list":["a","b","c"]}`, `"names";r=0`, 200},
	} {
		server, err := NewServer(Handlers{API: full{}}, rest.WithRateLimitHeaders(true))
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("POST", "/units", strings.NewReader(c.body))
		r.Header.Set("Content-Type", c.media)
		w := httptest.NewRecorder()
		if server.ServeHTTP(w, r); w.Code != c.status || !strings.Contains(w.Header().Get("RateLimit"), c.left) {
			t.Error(c, w.Code, w.Header(), w.Body)
		}
	}
}

func TestRequestMethods(t *testing.T) {
	ctx := context.Background()
	_, client, seen := serve(t, full{})
	said := func(got *Said, err error) string {
		t.Helper()
		if err != nil {
			return err.Error()
		}
		return got.Text
	}
	check := func(got, want, media string) {
		t.Helper()
		if got != want || !strings.HasPrefix(seen.Get("Content-Type"), media) {
			t.Errorf("%q, %q is expected; %s", got, want, seen.Get("Content-Type"))
		}
	}
	check(said(client.API.Send(ctx, File{Title: "t"})), "json t", "application/json")
	file := SendFormRequest{Title: "t", Content: &rest.File{Name: "f", Content: strings.NewReader("in a file")}}
	check(said(client.API.SendForm(ctx, file)), "form t in a file", "multipart/form-data; boundary=")
	check(said(client.API.SendBytes(ctx, strings.NewReader("raw"))), "bytes raw", "application/octet-stream")
	png := rest.WithHeader(ctx, "Content-Type", "image/png")
	check(said(client.API.SendImage(png, strings.NewReader("raw"))), "image/png raw", "image/png")
	if _, err := client.API.SendImage(ctx, strings.NewReader("raw")); err == nil || !strings.Contains(err.Error(), "Content-Type") {
		t.Error(err)
	}
	check(said(client.API.PatchThing(ctx, "7", []any{})), "application/json-patch+json", "application/json-patch+json")
	check(said(client.API.PatchThingMergePatch(ctx, "7", 1)), "application/merge-patch+json", "application/merge-patch+json")
	check(said(client.API.PatchThingApplyPatch(ctx, "7", strings.NewReader("a: 1"))), "yaml a: 1", "application/apply-patch+yaml")
	check(said(client.API.AddLineText(ctx, "abc")), "line abc", "text/plain")
	if got := said(client.API.AddLineText(ctx, "abcd")); !strings.Contains(got, "400") {
		t.Errorf("a line that is too long: %s", got)
	}

	_, client, _ = serve(t, plain{})
	for _, err := range []error{second(client.API.SendForm(ctx, file)), second(client.API.SendBytes(ctx, strings.NewReader("raw")))} {
		var refused *rest.APIError
		if !errors.As(err, &refused) || refused.StatusCode != 415 || refused.Header.Get("Accept") != "application/json" {
			t.Error(err, refused)
		}
	}
}

func second(_ *Said, err error) error { return err }

func TestAnswers(t *testing.T) {
	ctx := context.Background()
	url, client, seen := serve(t, full{})
	if csv, err := client.API.GetReportCSV(ctx, "7", GetReportParams{}); err != nil || csv != "a,b" || seen.Get("Accept") != "text/csv" {
		t.Error(csv, err, seen)
	}
	pdf, err := client.API.GetReportPDF(ctx, "7", GetReportParams{})
	if err != nil || pdf.ContentType != "application/pdf" {
		t.Fatal(pdf, err)
	}
	if text, err := io.ReadAll(pdf.Body); err != nil || string(text) != "%PDF" {
		t.Error(string(text), err)
	}
	if list, err := client.API.GetReportReportsV2(ctx, "7", GetReportParams{}); err != nil || len(list) != 2 {
		t.Error(list, err)
	}
	watch, err := client.API.GetReportStreamWatch(ctx, "7", GetReportParams{})
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for v, err := range rest.JSONEvents[Said](watch) {
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, v.Text)
	}
	if strings.Join(texts, " ") != "one two" {
		t.Error(texts)
	}
	for _, c := range []struct{ accept, media string }{
		{"", "application/json"},
		{"*/*", "application/json"},
		{"image/png", "application/json"}, // nothing fits, and the spec has no answer for that
		{"text/*", "text/csv; charset=utf-8"},
		{"text/csv;q=0.1", "text/csv; charset=utf-8"},
		{"application/json;q=0.2, text/csv;q=0.3, application/pdf;q=0.4", "application/pdf"},
		{"application/json;q=0.2, text/csv;q=0.3, application/pdf;q=0", "text/csv; charset=utf-8"},
		{"*/*;q=0.1, application/json;q=0", "text/csv; charset=utf-8"},
		{"application/*;q=0.9, application/json;q=0.5, text/csv;q=0.8", "application/pdf"},
		{"application/json;stream=watch", "application/json;stream=watch"},
		{"application/json, application/json;stream=watch;q=0.9", "application/json"},
		{"application/vnd.reports.v2+json, */*;q=0.5", "application/vnd.reports.v2+json"},
		{"nonsense, ;;;, text/csv;q=x", "application/json"},
	} {
		res, text := ask(t, "GET", url+"/reports/7", "", c.accept, "")
		if res.StatusCode != 200 || res.Header.Get("Content-Type") != c.media || res.Header.Get("Vary") != "Accept" {
			t.Error(c.accept, res.Status, res.Header, text)
		}
	}
	for accept, status := range map[string]int{"": 200, "text/csv": 200, "image/png": 406, "application/json;q=0": 406} {
		if res, text := ask(t, "GET", url+"/strict", "", accept, ""); res.StatusCode != status {
			t.Error(accept, res.Status, text)
		}
	}
	res, _ := ask(t, "POST", url+"/notes", "application/json", "application/vnd.notes+json", `{"names":["a"]}`)
	if res.Header.Get("Content-Type") != "application/vnd.notes+json" {
		t.Error(res.Header)
	}
	if _, err := client.API.GetVendor(ctx); err != nil || !strings.HasPrefix(seen.Get("Accept"), "application/hal+json") {
		t.Error(err, seen)
	}
	if res, _ := ask(t, "GET", url+"/vendor", "", "", ""); res.Header.Get("Content-Type") != "application/hal+json" {
		t.Error(res.Header)
	}
	if res, _ := ask(t, "GET", url+"/page", "", "", ""); res.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Error(res.Header)
	}
	url, _, _ = serve(t, plain{})
	if res, _ := ask(t, "GET", url+"/reports/7", "", "text/csv", ""); res.Header.Get("Content-Type") != "application/json" {
		t.Error("a handler without CSV answered", res.Header)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
