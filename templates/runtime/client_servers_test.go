package runtime

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
	operations := []operation{
		{id: "meta", method: "GET", path: "/meta"},
		{id: "put", method: "GET", path: "/put", server: content + "/upload"},
		{id: "old", method: "GET", path: "/old", server: "/v1"},
		{id: "root", method: "GET", path: "/root", server: "/"},
	}
	for _, c := range []struct {
		base    string
		options []Option
		want    [4]string
	}{
		{"", nil, [4]string{"first/v2/meta", "content/upload/put", "first/v1/old", "first/root"}},
		{first + "/v2/", nil, [4]string{"first/v2/meta", "content/upload/put", "first/v1/old", "first/root"}},
		{third + "/test", nil, [4]string{"third/test/meta", "third/upload/put", "third/v1/old", "third/root"}},
		{third, []Option{WithServerURL(content+"/upload", content+"/staging")}, [4]string{"third/meta", "content/staging/put", "third/v1/old", "third/root"}},
	} {
		client, err := newCore(clientConfig{baseURL: c.base, defaultURL: first + "/v2", operations: operations}, c.options)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range c.want {
			if err := doEmpty(t.Context(), client.call(i)); err != nil {
				t.Fatal(err)
			}
			if got := <-asked; got != want {
				t.Errorf("base %q: %s goes to %s, want %s", c.base, operations[i].id, got, want)
			}
		}
	}
	for _, o := range []Option{WithServerURL("https://nobody.test", first), WithServerURL(content+"/upload", "ftp://x"), WithServerURL(content, "")} {
		if _, err := newCore(clientConfig{defaultURL: first, operations: operations}, []Option{o}); err == nil {
			t.Error("an option without effect is taken")
		}
	}
}

func TestServingOperationsOfOtherServers(t *testing.T) {
	s, _ := testServer(t, func(c *serverConfig) {
		c.defaultPath = "/v2"
		for i := range c.operations {
			if c.operations[i].id == "search" {
				c.operations[i].server = "https://content.test/upload"
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
