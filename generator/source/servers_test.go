package source

import (
	"fmt"
	"strings"
	"testing"
)

func servers(t *testing.T, basePath, list string) (*Servers, string) {
	t.Helper()
	doc, diags := Load("api.yaml", []byte("openapi: 3.0.3\ninfo: {title: T, version: '1'}\nservers: "+
		list+
		"\npaths:\n  /a: {get: {responses: {'200': {description: ok}}}}\n"), nil)
	if doc == nil {
		t.Fatal(diags)
	}
	out, found := doc.Servers(basePath)
	var text []string
	for _, d := range found {
		if d.Pos.Line != 3 {
			t.Errorf("%v has no place", d)
		}
		text = append(text, fmt.Sprintf("%s: %s", d.Severity, d.Message))
	}
	return out, strings.Join(text, "\n")
}

func TestServer(t *testing.T) {
	for _, c := range []struct{ url, base, path, says string }{
		{"https://a.example/v1", "https://a.example/v1", "/v1", ""},
		{"https://a.example/v1/", "https://a.example/v1", "/v1", ""},
		{"https://a.example", "https://a.example", "", ""},
		{"HTTPS://a.example:8443/", "https://a.example:8443", "", ""},
		{"/", "", "", ""},
		{"/v1/x", "", "/v1/x", ""},
		{"//a.example/v1", "", "/v1", ""},
		{"https://a.example/my api/ü", "https://a.example/my%20api/%C3%BC", "/my%20api/%C3%BC", ""},
		{"https://a.example/my%20api", "https://a.example/my%20api", "/my%20api", ""},
		{"https://a.example/x/../v1/.", "https://a.example/v1", "/v1", `warning: the server's path "/x/../v1/." is read as "/v1"`},
		{"https://a.example//v1", "https://a.example/v1", "/v1", `is read as "/v1"`},
		{"https://a.example/%61", "https://a.example/a", "/a", `is read as "/a"`},
		{"https://a.example/..", "https://a.example", "", `is read as "/"`},
		{"v1", "", "/v1", `warning: the server's URL "v1" is relative`},
		{"../v1", "", "/v1", "is relative"},
		{"a.example/v1", "", "/v1", "begins with a host"},
		{"localhost:8080/v1", "", "/v1", "begins with a host"},
		{"wss://a.example/v1", "", "/v1", "only supports http and https"},
		{"https://a.example/v1?k=1#f", "https://a.example/v1", "/v1", `"?k=1#f" is left out`},
		{"https://{nope}.example/v1", "", "/v1", "{nope}, for which no default is given"},
		{"https://a.example/{nope}", "", "/{nope}", "warning: the path of the server holds {nope}"},
		{"https://a.example/a b/v{no pe}/", "", "/a%20b/v{no pe}", "holds {no pe}, for which no default is given"},
		{"https://a.example/a%2Fb", "", "", `error: the server's path "/a%2Fb" holds "/" within a segment`},
		{"https://a.example/a;b", "", "", `holds ";" within a segment`},
		{"https://a.example/%00", "", "", "within a segment"},
	} {
		s, says := servers(t, "", fmt.Sprintf("[{url: %q}]", c.url))
		if c.says == "" && says != "" || !strings.Contains(says, c.says) {
			t.Errorf("%s: it says %q", c.url, says)
		}
		if !strings.Contains(says, "error") && (s.First.URL != c.base || s.First.Path != c.path) {
			t.Errorf("%s: %+v, want %q and %q", c.url, s.First, c.base, c.path)
		}
	}
}

func TestServerVariables(t *testing.T) {
	for range 100 {
		s, _ := servers(t, "", `[{url: "https://{a}/{b}", variables: {a: {default: "{b}.example"}, b: {default: "{a}x"}}}]`)
		if s.First.URL != "" || s.First.Path != "/%7Ba%7Dx" {
			t.Fatalf("%+v", s.First)
		}
	}
}

func TestAnEmptyDefault(t *testing.T) {
	s, says := servers(t, "", `[{url: "https://a.example/{base}/v1", variables: {base: {default: ""}}}]`)
	if s.First.Path != "/v1" || strings.Contains(says, "error") {
		t.Errorf("%+v %s", s.First, says)
	}
}

func TestServersThatDisagree(t *testing.T) {
	list := `[{url: "https://a.example/v1"}, {url: "https://b.example/v1"}, {url: "https://a.example/v2"}]`
	s, says := servers(t, "", list)
	if s.First.Path != "/v1" || strings.Count(says, "\n") != 0 ||
		!strings.Contains(says, `path is "/v2" and the first one's (api.yaml:3:12) is "/v1", which is used`) {
		t.Errorf("%+v %q", s.First, says)
	}
	s, says = servers(t, "/v3", list)
	if s.First.Path != "/v3" || s.First.URL != "https://a.example/v3" || says != "" {
		t.Errorf("%+v %q", s.First, says)
	}
	if s, _ = servers(t, "/", `[{url: "/{version}"}]`); s.First.Path != "" {
		t.Errorf("%+v", s.First)
	}
}

// TestServersOfTheirOwn reads servers of a path and of an operation, each named once.
func TestServersOfTheirOwn(t *testing.T) {
	doc, _ := Load("api.yaml", []byte(`openapi: 3.0.3
info: {title: T, version: "1"}
servers: [{url: "https://a.example/v1"}]
paths:
  /a: {get: {responses: {"200": {description: ok}}}}
  /b:
    servers: [{url: "https://b.example/up"}]
    get: {responses: {"200": {description: ok}}}
    put: {servers: [{url: /v2}], responses: {"200": {description: ok}}}
    post: {servers: [], responses: {"200": {description: ok}}}
`), nil)
	s, diags := doc.Servers("/v9")
	if len(diags) != 2 || diags[0].Pos.Line != 7 || diags[1].Pos.Line != 9 || diags.HasErrors() {
		t.Error(diags)
	}
	want := []Server{{URL: "https://a.example/v9", Path: "/v9"}, {URL: "https://b.example/up", Path: "/up"}, {Path: "/v2"}, {URL: "https://b.example/up", Path: "/up"}}
	for i, ref := range doc.Operations() {
		got, own := s.Of(ref)
		if got.URL != want[i].URL || got.Path != want[i].Path || own != (i > 0) {
			t.Errorf("%s %s: %+v", ref.Method, ref.Path, got)
		}
	}
}

func TestServerTemplates(t *testing.T) {
	for _, c := range []struct{ list, basePath, template, says string }{
		{"[{url: 'https://{a}.example/{v}/', variables: {a: {default: x}, v: {default: v1}}}]", "",
			"https://{a}.example/{v}", ""},
		{"[{url: '{s}://a.example', variables: {s: {default: https}}}]", "", "{s}://a.example", ""},
		{"[{url: '/{v}', variables: {v: {default: v1}}}]", "", "/{v}", ""},
		{"[{url: 'HTTPS://{a}.example/{v}', variables: {a: {default: x}, v: {default: v1}}}]", "/b",
			"https://{a}.example/b", ""},
		{"[{url: 'https://a.example/{v}', variables: {v: {default: v1}}}]", "/b", "", ""},
		{"[{url: 'https://a.example/x/../{v}', variables: {v: {default: v1}}}]", "", "",
			"variables of the server \"https://a.example/x/../{v}\" keep their defaults"},
		{"[{url: 'https://a.example/{v}', variables: {v: {default: v1, enum: [v2]}}}]", "",
			"https://a.example/{v}", `the default of the server's variable v, "v1", is not in its enum`},
		{"[{url: 'https://a.example/{v}', variables: {v: {default: v1}, w: {default: x}}}]", "",
			"https://a.example/{v}", `has no variable w`},
		{"[{url: '{all}', variables: {all: {default: 'https://a.example/v1'}}}]", "", "", ""},
		{"[{url: 'https://{a}.example'}]", "", "", "no default is given"},
	} {
		s, says := servers(t, c.basePath, c.list)
		if c.says == "" && says != "" || !strings.Contains(says, c.says) ||
			s.First.Template != c.template {
			t.Errorf("%s: %q, and says %q", c.list, s.First.Template, says)
		}
	}
}

// TestFurtherServers holds that of servers after the first, which are constants and options of
// generated code, what is wrong with their variables is said, and what only matters in the path
// that is used is not.
func TestFurtherServers(t *testing.T) {
	for _, c := range []struct{ server, says string }{
		{`{url: "https://{region}.example/v1"}`, "warning: the server's URL holds {region}, for which no default is given under variables, so none of its variables is an option"},
		{`{url: "https://{r}.example/v1", variables: {r: {default: eu, enum: [us]}}}`, `warning: the default of the server's variable r, "eu", is not in its enum`},
		{`{url: "https://b.example/v1", variables: {r: {default: eu}}}`, `warning: the server's URL "https://b.example/v1" has no variable r`},
		{`{url: "https://b.example/v1?k=1"}`, `warning: a server's URL cannot have a query or fragment; "?k=1" is left out`},
		{`{url: "https://b.example/x/../v1"}`, ""},
		{`{url: "wss://b.example/v1"}`, ""},
		{`{url: "v1"}`, ""},
		{`{url: "https://{r}.example/v1", variables: {r: {default: eu, enum: [eu]}}}`, ""},
	} {
		if _, says := servers(t, "", `[{url: "https://a.example/v1"}, `+c.server+"]"); says != c.says {
			t.Errorf("%s: it says %q", c.server, says)
		}
	}
	_, says := servers(t, "", `[{url: "https://a.example/v1"}, {url: "https://b.example/{region}"}]`)
	if strings.Contains(says, "error") || !strings.Contains(says, "holds {region}") {
		t.Errorf("it says %q", says)
	}
}
