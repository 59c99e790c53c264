package rest

import (
	"encoding/json"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

type clientColor string

type clientPoint struct {
	R int  `json:"R"`
	G *int `json:"G,omitempty"`
}

type clientDate struct{ time.Time }

func (d clientDate) MarshalJSON() ([]byte, error) { return json.Marshal(d.Format(time.DateOnly)) }

// clientSentParam makes a request with one parameter and returns its target and the header that a
// test looks at.
func clientSentParam(t *testing.T, p Param, value any) (string, error) {
	t.Helper()
	path := "/p"
	if p.In == InPath {
		path = "/p/{" + p.Name + "}/end"
	}
	c := clientCore(t, nil)
	r := &Call{core: c, op: &Operation{Method: "GET", Path: path, Params: []Param{p}}, set: make([]bool, 1)}
	if p.In == InPath {
		r.paths = make([]string, 1)
	}
	r.param(p.In, p.Name, value)
	if err := r.finish(); err != nil {
		return "", err
	}
	req, err := r.request(t.Context(), nil)
	if err != nil {
		return "", err
	}
	switch p.In {
	case InHeader:
		return req.Header.Get(p.Name), nil
	case InCookie:
		return req.Header.Get("Cookie"), nil
	}
	return strings.TrimPrefix(req.URL.RequestURI(), "/v1"), nil
}

func TestClientParameterStyles(t *testing.T) {
	list, object := []string{"a,b", "c"}, clientPoint{R: 100, G: Ptr(200)}
	in := func(where Place, s Style, explode bool) Param {
		return Param{In: where, Name: "x", Style: s, Explode: explode}
	}
	tests := []struct {
		param Param
		value any
		want  string
	}{
		{in(InPath, StyleDefault, false), "é /?#[]@!$&'()*+,;=%", "/p/%C3%A9%20%2F%3F%23%5B%5D%40%21%24%26%27%28%29%2A%2B%2C%3B%3D%25/end"},
		{in(InPath, StyleDefault, false), "a-b.c_d~e", "/p/a-b.c_d~e/end"},
		{in(InPath, StyleDefault, false), list, "/p/a%2Cb,c/end"},
		{in(InPath, StyleDefault, true), list, "/p/a%2Cb,c/end"},
		{in(InPath, StyleDefault, false), object, "/p/R,100,G,200/end"},
		{in(InPath, StyleDefault, true), object, "/p/R=100,G=200/end"},
		{in(InPath, StyleLabel, false), "v", "/p/.v/end"},
		{in(InPath, StyleLabel, false), list, "/p/.a%2Cb,c/end"},
		{in(InPath, StyleLabel, true), list, "/p/.a%2Cb.c/end"},
		{in(InPath, StyleLabel, true), object, "/p/.R=100.G=200/end"},
		{in(InPath, StyleMatrix, false), "v", "/p/;x=v/end"},
		{in(InPath, StyleMatrix, false), list, "/p/;x=a%2Cb,c/end"},
		{in(InPath, StyleMatrix, true), list, "/p/;x=a%2Cb;x=c/end"},
		{in(InPath, StyleMatrix, false), object, "/p/;x=R,100,G,200/end"},
		{in(InPath, StyleMatrix, true), object, "/p/;R=100;G=200/end"},
		{in(InPath, StyleJSON, false), list, "/p/%5B%22a%2Cb%22%2C%22c%22%5D/end"},
		{in(InQuery, StyleDefault, true), "a b&c", "/p?x=a%20b%26c"},
		{in(InQuery, StyleDefault, true), list, "/p?x=a%2Cb&x=c"},
		{in(InQuery, StyleDefault, false), list, "/p?x=a%2Cb,c"},
		{in(InQuery, StyleSpace, false), list, "/p?x=a%2Cb%20c"},
		{in(InQuery, StylePipe, false), list, "/p?x=a%2Cb%7Cc"},
		{in(InQuery, StyleDefault, true), object, "/p?R=100&G=200"},
		{in(InQuery, StyleDefault, false), object, "/p?x=R,100,G,200"},
		{in(InQuery, StyleDeep, true), object, "/p?x%5BR%5D=100&x%5BG%5D=200"},
		{in(InQuery, StyleDeep, true), map[string]any{"a": map[string]any{"b": []int{7, 8}}}, "/p?x%5Ba%5D%5Bb%5D%5B0%5D=7&x%5Ba%5D%5Bb%5D%5B1%5D=8"},
		{in(InQuery, StyleJSON, false), map[string]string{"k": "<"}, "/p?x=%7B%22k%22%3A%22%3C%22%7D"},
		{in(InHeader, StyleDefault, false), []string{"a", "b c"}, "a,b c"},
		{in(InHeader, StyleDefault, true), object, "R=100,G=200"},
		{in(InHeader, StyleJSON, false), list, `["a,b","c"]`},
		{in(InCookie, StyleDefault, true), "a;b", "x=a%3Bb"},
		{in(InCookie, StyleDefault, false), list, "x=a%2Cb,c"},
		{in(InCookie, StyleDefault, true), list, "x=a%2Cb; x=c"},
	}
	for _, test := range tests {
		got, err := clientSentParam(t, test.param, test.value)
		if err != nil || got != test.want {
			t.Errorf("%+v of %v: got %q, %v, want %q", test.param, test.value, got, err, test.want)
		}
	}
}

func TestClientParameterValues(t *testing.T) {
	at := time.Date(2026, 11, 24, 1, 2, 3, 0, time.UTC)
	var none *string
	var noList []string
	var noMap map[string]int
	tests := []struct {
		value any
		want  string
	}{
		{"", "/p?x="}, {Ptr("s"), "/p?x=s"}, {clientColor("red"), "/p?x=red"}, {Ptr(clientColor("red")), "/p?x=red"},
		{1, "/p?x=1"}, {int64(math.MaxInt64), "/p?x=9223372036854775807"}, {uint8(7), "/p?x=7"}, {int32(-1), "/p?x=-1"},
		{true, "/p?x=true"}, {1.5, "/p?x=1.5"}, {1e6, "/p?x=1000000"}, {at, "/p?x=2026-11-24T01%3A02%3A03Z"},
		{&at, "/p?x=2026-11-24T01%3A02%3A03Z"}, {clientDate{at}, "/p?x=2026-11-24"}, {json.RawMessage(`"raw"`), "/p?x=raw"},
		{[]int{1, 2}, "/p?x=1&x=2"}, {[]clientColor{"a"}, "/p?x=a"}, {[]*string{Ptr("a"), nil}, "/p?x=a"},
		{[]time.Time{at}, "/p?x=2026-11-24T01%3A02%3A03Z"},
		{nil, "/p"}, {none, "/p"}, {noList, "/p"}, {noMap, "/p"}, {[]string{}, "/p"}, {json.RawMessage("null"), "/p"},
	}
	for _, test := range tests {
		got, err := clientSentParam(t, Param{In: InQuery, Name: "x", Explode: true}, test.value)
		if err != nil || got != test.want {
			t.Errorf("%#v: got %q, %v, want %q", test.value, got, err, test.want)
		}
	}
}

func TestClientParameterErrors(t *testing.T) {
	path := Param{In: InPath, Name: "x"}
	tests := []struct {
		param Param
		value any
	}{
		{path, ""}, {path, "."}, {path, ".."}, {path, []string{".."}},
		{Param{In: InPath, Name: "x", Style: StyleLabel}, ""},
		{path, [][]string{{"a"}}},
		{Param{In: InHeader, Name: "X"}, "a\r\nB: c"},
		{Param{In: InQuery, Name: "x"}, math.NaN()},
		{Param{In: InQuery, Name: "x", Required: true}, nil},
		{Param{In: InQuery, Name: "x", Required: true}, []string{}},
	}
	for _, test := range tests {
		if got, err := clientSentParam(t, test.param, test.value); err == nil {
			t.Errorf("%v: got %q and no error", test.value, got)
		}
	}
}

// The first error is the one that counts, and nothing is sent.
func TestClientDefersErrors(t *testing.T) {
	limiter := &clientLimiter{}
	c := clientCore(t, func(http.ResponseWriter, *http.Request) { t.Error("sent") }, WithLimiter(limiter))
	r := c.NewCall(callRequired)
	r.QueryParam("q", math.Inf(1))
	r.HeaderParam("nope", 1)
	r.JSON(func() {})
	if err := DoEmpty(t.Context(), r); err == nil || !strings.HasPrefix(err.Error(), "required: parameter q:") {
		t.Errorf("got %v", err)
	}
	r = c.NewCall(callRequired)
	r.QueryParam("q", 1)
	r.JSON((*string)(nil))
	if err := DoEmpty(t.Context(), r); err == nil || !strings.Contains(err.Error(), "body is required") {
		t.Errorf("got %v", err)
	}
	if got := limiter.taken(); got != nil {
		t.Errorf("limiter was asked: %v", got)
	}
}

func TestClientScope(t *testing.T) {
	var target string
	c := clientCore(t, func(_ http.ResponseWriter, r *http.Request) { target = r.URL.RequestURI() })
	send := func(r *Call) {
		r.QueryParam("q", 1)
		r.JSON(1)
		if err := DoEmpty(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	r := c.NewCall(callRequired)
	send(r)
	if target != "/v1/o/a%20b/x?q=1" {
		t.Errorf("target %s", target)
	}
	if err := DoEmpty(t.Context(), r); err == nil {
		t.Error("a call was sent twice")
	}
	r = c.NewCall(callRequired)
	r.Path("org", "own")
	send(r)
	if target != "/v1/o/own/x?q=1" {
		t.Errorf("target %s", target)
	}
}

// A template can hold several parameters in a segment, the same one twice, and a query.
func TestClientTemplates(t *testing.T) {
	c := clientCore(t, nil)
	for path, want := range map[string]string{
		"/{a}...{b}/{a}": "/1...2/1",
		"/x?action=go":   "/x?action=go&q=3",
		"/{a}?b=1":       "/1?b=1&q=3",
	} {
		op := &Operation{Method: "GET", Path: path, Params: []Param{{In: InPath, Name: "a"}, {In: InPath, Name: "b"}, {In: InQuery, Name: "q"}}}
		r := &Call{core: c, op: op, set: make([]bool, 3), paths: make([]string, 2)}
		r.Path("a", 1)
		r.Path("b", 2)
		if strings.Contains(path, "?") {
			r.QueryParam("q", 3)
		}
		path, query := r.target(nil)
		got := string(path)
		if query != "" {
			got += "?" + query
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

// A real server sees the path exactly as it was escaped.
func TestClientPathOnTheWire(t *testing.T) {
	var uri, agent, accept string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		uri, agent, accept = r.RequestURI, r.UserAgent(), r.Header.Get("Accept")
		_, _ = io.WriteString(w, "{}")
	}))
	defer server.Close()
	c, err := NewClient(ClientConfig{DefaultURL: server.URL + "/base", Operations: clientOperations(), Limits: clientLimits}, []ClientOption{WithUserAgent("me/1")})
	if err != nil {
		t.Fatal(err)
	}
	r := c.NewCall(callGet)
	r.Path("name", "a/b%2F,é;")
	if _, err := DoJSON[struct{}](t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if uri != "/base/things/a%2Fb%252F%2C%C3%A9%3B" || agent != "me/1" || accept != acceptJSON {
		t.Errorf("got %q, %q, %q", uri, agent, accept)
	}
}
