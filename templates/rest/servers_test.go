package rest

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestOperationsWithTheirOwnServers calls one operation of the API's server, one of another host
// and one of another path.
func TestOperationsWithTheirOwnServers(t *testing.T) {
	asked := make(chan string, 1)
	start := func(name string) string {
		s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked <- name + r.URL.Path }))
		t.Cleanup(s.Close)
		return s.URL
	}
	first, content, third := start("first"), start("content"), start("third")
	operations := []Operation{
		{ID: "meta", Method: "GET", Path: "/meta"},
		{ID: "put", Method: "GET", Path: "/put", Server: content + "/upload"},
		{ID: "old", Method: "GET", Path: "/old", Server: "/v1"},
		{ID: "root", Method: "GET", Path: "/root", Server: "/"},
	}
	for _, c := range []struct {
		base    string
		options []ClientOption
		want    [4]string
	}{
		{"", nil, [4]string{"first/v2/meta", "content/upload/put", "first/v1/old", "first/root"}},
		{first + "/v2/", nil, [4]string{"first/v2/meta", "content/upload/put", "first/v1/old", "first/root"}},
		{third + "/test", nil, [4]string{"third/test/meta", "third/upload/put", "third/v1/old", "third/root"}},
		{third, []ClientOption{WithServerURL(content+"/upload", content+"/staging")}, [4]string{"third/meta", "content/staging/put", "third/v1/old", "third/root"}},
	} {
		client, err := NewClient(ClientConfig{BaseURL: c.base, DefaultURL: first + "/v2", Operations: operations}, c.options)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range c.want {
			if err := DoEmpty(t.Context(), client.NewCall(i)); err != nil {
				t.Fatal(err)
			}
			if got := <-asked; got != want {
				t.Errorf("base %q: %s goes to %s, want %s", c.base, operations[i].ID, got, want)
			}
		}
	}
	for _, o := range []ClientOption{WithServerURL("https://nobody.test", first), WithServerURL(content+"/upload", "ftp://x"), WithServerURL(content, "")} {
		if _, err := NewClient(ClientConfig{DefaultURL: first, Operations: operations}, []ClientOption{o}); err == nil {
			t.Error("an option without effect is taken")
		}
	}
}

func TestAPathWithOpenVariablesHasToBeNamed(t *testing.T) {
	config := ServerConfig{DefaultPath: "/devices/{device}", Operations: []Operation{{ID: "a", Method: "GET", Path: "/a"}}}
	for _, options := range [][]ServerOption{nil, {WithBasePath("/devices/1")}} {
		_, err := NewServer(config, append(options, WithoutAuth()))
		if (err == nil) != (options != nil) {
			t.Errorf("%d options: %v", len(options), err)
		}
		if _, err := NewMiddleware(config, options); (err == nil) != (options != nil) {
			t.Errorf("middleware, %d options: %v", len(options), err)
		}
	}
}

func TestServingOperationsOfOtherServers(t *testing.T) {
	s, _ := testServer(t, func(c *ServerConfig) {
		c.DefaultPath = "/v2"
		for i := range c.Operations {
			if c.Operations[i].ID == "search" {
				c.Operations[i].Server = "https://content.test/upload"
			}
		}
	})
	for path, want := range map[string]int{
		"/upload/a/search?n=1": 200, "/v2/a/search?n=1": 404, "/a/search?n=1": 404, "/v2/a/fail/api": 409, "/upload/a/fail/api": 404,
	} {
		if w := ask(s, "GET", path, ""); (w.Code == 404) != (want == 404) {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
	if w := ask(s, "POST", "/upload/a/search", ""); w.Code != 405 {
		t.Error(w.Code)
	}
}

// TestServerVariablesThatBeginAlike: a value of a variable that begins with another one is matched
// whole, in whatever order they are listed.
func TestServerVariablesThatBeginAlike(t *testing.T) {
	for _, versions := range [][]string{{"v1", "v1beta"}, {"v1beta", "v1"}} {
		version := ServerVariable{Name: "version", Default: "v1", Enum: versions}
		transport, err := NewTransport(nil, ClientConfig{
			DefaultURL: "https://x.a.test/v1",
			Operations: []Operation{{ID: "meta", Method: "GET", Path: "/meta"}},
			Servers: []ServerURL{{URL: "https://{tenant}.a.test/{version}", Variables: []ServerVariable{{Name: "tenant", Default: "x"}, version}},
				{URL: "https://b.test/{version}", Variables: []ServerVariable{version}}},
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for path, want := range map[string]bool{"/v1/meta": true, "/v1beta/meta": true, "/v1bet/meta": false, "/v1betas/meta": false, "/meta": false} {
			if got := transport.match(httptest.NewRequest("GET", "https://y.a.test"+path, nil), new(match)); got != want {
				t.Errorf("%v: %s: %v", versions, path, got)
			}
		}
		for base, want := range map[string]bool{"/v1": true, "/v1beta/": true, "/v1bet": false, "/v1/beta": false} {
			if got := transport.core.isServer("https://b.test" + base); got != want {
				t.Errorf("%v: %s is a server: %v", versions, base, got)
			}
		}
	}
}
