package runtime

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
func clientSentParam(t *testing.T, p param, value any) (string, error) {
	t.Helper()
	path := "/p"
	if p.in == inPath {
		path = "/p/{" + p.name + "}/end"
	}
	c := clientCore(t, nil)
	r := &call{core: c, op: &operation{method: "GET", path: path, params: []param{p}}, set: make([]bool, 1)}
	if p.in == inPath {
		r.paths = make([]string, 1)
	}
	r.param(p.in, p.name, value)
	if err := r.finish(); err != nil {
		return "", err
	}
	req, err := r.request(t.Context(), nil)
	if err != nil {
		return "", err
	}
	switch p.in {
	case inHeader:
		return req.Header.Get(p.name), nil
	case inCookie:
		return req.Header.Get("Cookie"), nil
	}
	return strings.TrimPrefix(req.URL.RequestURI(), "/v1"), nil
}

func TestClientParameterStyles(t *testing.T) {
	list, object := []string{"a,b", "c"}, clientPoint{R: 100, G: Ptr(200)}
	in := func(where place, s style, explode bool) param {
		return param{in: where, name: "x", style: s, explode: explode}
	}
	tests := []struct {
		param param
		value any
		want  string
	}{
		{in(inPath, styleDefault, false), "é /?#[]@!$&'()*+,;=%", "/p/%C3%A9%20%2F%3F%23%5B%5D%40%21%24%26%27%28%29%2A%2B%2C%3B%3D%25/end"},
		{in(inPath, styleDefault, false), "a-b.c_d~e", "/p/a-b.c_d~e/end"},
		{in(inPath, styleDefault, false), list, "/p/a%2Cb,c/end"},
		{in(inPath, styleDefault, true), list, "/p/a%2Cb,c/end"},
		{in(inPath, styleDefault, false), object, "/p/R,100,G,200/end"},
		{in(inPath, styleDefault, true), object, "/p/R=100,G=200/end"},
		{in(inPath, styleLabel, false), "v", "/p/.v/end"},
		{in(inPath, styleLabel, false), list, "/p/.a%2Cb,c/end"},
		{in(inPath, styleLabel, true), list, "/p/.a%2Cb.c/end"},
		{in(inPath, styleLabel, true), object, "/p/.R=100.G=200/end"},
		{in(inPath, styleMatrix, false), "v", "/p/;x=v/end"},
		{in(inPath, styleMatrix, false), list, "/p/;x=a%2Cb,c/end"},
		{in(inPath, styleMatrix, true), list, "/p/;x=a%2Cb;x=c/end"},
		{in(inPath, styleMatrix, false), object, "/p/;x=R,100,G,200/end"},
		{in(inPath, styleMatrix, true), object, "/p/;R=100;G=200/end"},
		{in(inPath, styleJSON, false), list, "/p/%5B%22a%2Cb%22%2C%22c%22%5D/end"},
		{in(inQuery, styleDefault, true), "a b&c", "/p?x=a%20b%26c"},
		{in(inQuery, styleDefault, true), list, "/p?x=a%2Cb&x=c"},
		{in(inQuery, styleDefault, false), list, "/p?x=a%2Cb,c"},
		{in(inQuery, styleSpace, false), list, "/p?x=a%2Cb%20c"},
		{in(inQuery, stylePipe, false), list, "/p?x=a%2Cb%7Cc"},
		{in(inQuery, styleDefault, true), object, "/p?R=100&G=200"},
		{in(inQuery, styleDefault, false), object, "/p?x=R,100,G,200"},
		{in(inQuery, styleDeep, true), object, "/p?x%5BR%5D=100&x%5BG%5D=200"},
		{in(inQuery, styleDeep, true), map[string]any{"a": map[string]any{"b": []int{7, 8}}}, "/p?x%5Ba%5D%5Bb%5D%5B0%5D=7&x%5Ba%5D%5Bb%5D%5B1%5D=8"},
		{in(inQuery, styleJSON, false), map[string]string{"k": "<"}, "/p?x=%7B%22k%22%3A%22%3C%22%7D"},
		{in(inHeader, styleDefault, false), list, "a,b,c"},
		{in(inHeader, styleDefault, true), object, "R=100,G=200"},
		{in(inHeader, styleJSON, false), list, `["a,b","c"]`},
		{in(inCookie, styleDefault, true), "a;b", "x=a%3Bb"},
		{in(inCookie, styleDefault, false), list, "x=a%2Cb,c"},
		{in(inCookie, styleDefault, true), list, "x=a%2Cb; x=c"},
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
		got, err := clientSentParam(t, param{in: inQuery, name: "x", explode: true}, test.value)
		if err != nil || got != test.want {
			t.Errorf("%#v: got %q, %v, want %q", test.value, got, err, test.want)
		}
	}
}

func TestClientParameterErrors(t *testing.T) {
	path := param{in: inPath, name: "x"}
	tests := []struct {
		param param
		value any
	}{
		{path, ""}, {path, "."}, {path, ".."}, {path, []string{".."}},
		{param{in: inPath, name: "x", style: styleLabel}, ""},
		{path, [][]string{{"a"}}},
		{param{in: inHeader, name: "X"}, "a\r\nB: c"},
		{param{in: inQuery, name: "x"}, math.NaN()},
		{param{in: inQuery, name: "x", required: true}, nil},
		{param{in: inQuery, name: "x", required: true}, []string{}},
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
	r := c.call(callRequired)
	r.queryParam("q", math.Inf(1))
	r.headerParam("nope", 1)
	r.json(func() {})
	if err := doEmpty(t.Context(), r); err == nil || !strings.HasPrefix(err.Error(), "required: parameter q:") {
		t.Errorf("got %v", err)
	}
	r = c.call(callRequired)
	r.queryParam("q", 1)
	r.json((*string)(nil))
	if err := doEmpty(t.Context(), r); err == nil || !strings.Contains(err.Error(), "body is required") {
		t.Errorf("got %v", err)
	}
	if got := limiter.taken(); got != nil {
		t.Errorf("limiter was asked: %v", got)
	}
}

func TestClientScope(t *testing.T) {
	var target string
	c := clientCore(t, func(_ http.ResponseWriter, r *http.Request) { target = r.URL.RequestURI() })
	send := func(r *call) {
		r.queryParam("q", 1)
		r.json(1)
		if err := doEmpty(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	r := c.call(callRequired)
	send(r)
	if target != "/v1/o/a%20b/x?q=1" {
		t.Errorf("target %s", target)
	}
	if err := doEmpty(t.Context(), r); err == nil {
		t.Error("a call was sent twice")
	}
	r = c.call(callRequired)
	r.path("org", "own")
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
		op := &operation{method: "GET", path: path, params: []param{{in: inPath, name: "a"}, {in: inPath, name: "b"}, {in: inQuery, name: "q"}}}
		r := &call{core: c, op: op, set: make([]bool, 3), paths: make([]string, 2)}
		r.path("a", 1)
		r.path("b", 2)
		if strings.Contains(path, "?") {
			r.queryParam("q", 3)
		}
		got, query := r.target()
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
	c, err := newCore(clientConfig{defaultURL: server.URL + "/base", operations: clientOperations(), limits: clientLimits}, []Option{WithUserAgent("me/1")})
	if err != nil {
		t.Fatal(err)
	}
	r := c.call(callGet)
	r.path("name", "a/b%2F,é;")
	if _, err := doJSON[struct{}](t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if uri != "/base/things/a%2Fb%252F%2C%C3%A9%3B" || agent != "me/1" || accept != acceptJSON {
		t.Errorf("got %q, %q, %q", uri, agent, accept)
	}
}
