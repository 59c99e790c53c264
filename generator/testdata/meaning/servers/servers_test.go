package api

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"example.com/meaning/rest"
)

type handlers struct{ Unimplemented }

func (handlers) GetMeta(context.Context) (string, error)    { return "meta", nil }
func (handlers) GetContent(context.Context) (string, error) { return "content", nil }

// serve returns a server, the options that lead clients to it, and the last path that it was asked
// for.
func serve(t *testing.T, opts ...rest.ServerOption) ([]rest.ClientOption, *string) {
	t.Helper()
	server, err := NewServer(Handlers{API: handlers{}}, opts...)
	if err != nil {
		t.Fatal(err)
	}
	path := new(string)
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*path = r.URL.Path
		server.ServeHTTP(w, r)
	}))
	t.Cleanup(api.Close)
	u, err := url.Parse(api.URL)
	if err != nil {
		t.Fatal(err)
	}
	return []rest.ClientOption{WithServerHost(u.Hostname()), WithServerPort(u.Port())}, path
}

func TestVariables(t *testing.T) {
	for _, c := range []struct {
		opts          []rest.Option
		meta, content string
	}{
		{nil, "/v1/api/meta", "/upload/v1/content"},
		{[]rest.Option{WithServerV(ServerVV2)}, "/v2/api/meta", "/upload/v2/content"},
	} {
		var server []rest.ServerOption
		for _, o := range c.opts {
			server = append(server, o)
		}
		opts, path := serve(t, server...)
		for _, o := range c.opts {
			opts = append(opts, o)
		}
		for _, base := range []string{"", ServerProduction} {
			client, err := NewClient(base, opts...)
			if err != nil {
				t.Fatal(err)
			}
			text, err := client.API.GetMeta(context.Background())
			if err != nil || text != "meta" || *path != c.meta {
				t.Error(base, text, err, *path)
			}
			text, err = client.API.GetContent(context.Background())
			if err != nil || text != "content" || *path != c.content {
				t.Error(base, text, err, *path)
			}
		}
		transport, err := NewTransport(nil, append(opts, rest.WithKnownOnly())...)
		if err != nil {
			t.Fatal(err)
		}
		client := &http.Client{Transport: transport}
		for _, p := range []string{c.meta, c.content} {
			res, err := client.Get("http://" + hostOf(t, opts) + p)
			if err != nil {
				t.Fatal(p, err)
			}
			text, _ := io.ReadAll(res.Body)
			if _ = res.Body.Close(); res.StatusCode != 200 || !strings.HasSuffix(p, string(text)) {
				t.Errorf("%s: %d %s", p, res.StatusCode, text)
			}
		}
		if _, err := client.Get("http://" + hostOf(t, opts) + "/v9/api/meta"); err == nil {
			t.Error("another path is known")
		}
	}
}

// hostOf returns the host that a client with the options calls.
func hostOf(t *testing.T, opts []rest.ClientOption) (host string) {
	t.Helper()
	see := roundTrip(func(r *http.Request) (*http.Response, error) {
		host = r.URL.Host
		return nil, io.EOF
	})
	opts = append(opts, rest.WithHTTPClient(&http.Client{Transport: see}), rest.WithMaxRetries(0))
	client, err := NewClient("", opts...)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = client.API.GetMeta(context.Background())
	return host
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestNamedServers calls each server by its constant.
func TestNamedServers(t *testing.T) {
	for _, c := range []struct {
		base string
		opts []rest.ClientOption
		want string
	}{
		{"", nil, "http://127.0.0.1:1/v1/api/meta"},
		{ServerSandbox, nil, "http://sandbox.example/v1/meta"},
		{ServerEuExample, nil, "https://eu.example/v3/meta"},
		{ServerEuExample, []rest.ClientOption{WithServerScheme(ServerSchemeHTTP)}, "http://eu.example/v3/meta"},
		{"http://127.0.0.1:7/x", nil, "http://127.0.0.1:7/x/meta"},
	} {
		called := ""
		see := roundTrip(func(r *http.Request) (*http.Response, error) {
			called = r.URL.String()
			return nil, io.EOF
		})
		opts := append(c.opts, rest.WithHTTPClient(&http.Client{Transport: see}), rest.WithMaxRetries(0))
		client, err := NewClient(c.base, opts...)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.API.GetMeta(context.Background()); err == nil || called != c.want {
			t.Errorf("%s: %s, not %s", c.base, called, c.want)
		}
	}
}

func TestVariablesThatAreWrong(t *testing.T) {
	for want, c := range map[string]struct {
		base string
		opt  rest.Option
	}{
		`v: "v3" is not one of ["v1" "v2"]`:             {"", WithServerV(ServerVV3)},
		`v: "v1" is not one of ["v3"]`:                  {ServerEuExample, WithServerV(ServerVV1)},
		`host: "evil.example/x" is not allowed`:         {"", WithServerHost("evil.example/x")},
		`host: "a@evil.example" is not allowed`:         {"", WithServerHost("a@evil.example")},
		`v: "v1?a" is not one of`:                       {"", WithServerV("v1?a")},
		`host: an empty value would leave a part`:       {"", WithServerHost("")},
		`/../x/api" has an empty segment, or one of`:    {ServerStaging, WithServerStage("../x")},
		`//api" has an empty segment, or one of dots`:   {ServerStaging, WithServerStage("a/")},
		`/%2E/api" has an empty segment, or one of `:    {ServerStaging, WithServerStage("%2E")},
		`server {scheme}://eu.example/{v} has no vari`:  {ServerEuExample, rest.WithServerVariable("nope", "1")},
		`is not a server of the spec, so it has no var`: {"http://a.example", WithServerScheme(ServerSchemeHTTP)},
	} {
		if _, err := NewClient(c.base, c.opt); err == nil ||
			!strings.HasPrefix(err.Error(), "WithServerVariable: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, err := NewServer(Handlers{API: handlers{}}, WithServerV(ServerVV3)); err == nil {
		t.Error("a server with a version that is not its own")
	}
	if _, err := NewServer(Handlers{API: handlers{}}, rest.WithServerVariable("nope", "")); err == nil {
		t.Error("a server with a variable that it does not have")
	}
}

// TestTransportKnowsServers sends requests to all servers that the spec names: a transport that is
// made for one of them counts those, and none to another host; one for a server of its own, only
// those that go there.
func TestTransportKnowsServers(t *testing.T) {
	pass := roundTrip(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 204, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
	})
	all := map[string]bool{
		"http://127.0.0.1:1/v1/api/meta": true, "http://a.example:7/v2/api/meta": true, "http://sandbox.example/v1/meta": true,
		"http://eu.example/v3/meta": true, "https://EU.example:443/v3/meta": true, "https://staging.example/green/api/meta": true,
		"https://asia.example/v1/meta": true, "http://127.0.0.1:1/upload/v1/content": true,
		"https://files.example/upload/content": true, "http://other.example:8/upload/v9/content": true,
		"https://a.b.example/v1/meta": false, "https://staging.example/a/b/api/meta": false, "https://asia.example:8443/v1/meta": false,
		"https://evil.test/v1/meta": false, "http://127.0.0.1:1/v9/api/meta": false, "https://eu.example/v4/meta": false,
		"https://files.example/meta": false, "http://sandbox.example/v1/content": false,
	}
	for _, opts := range [][]rest.ClientOption{nil, {rest.WithBaseURL(ServerSandbox)}, {rest.WithBaseURL("http://eu.example/v3/")}} {
		transport, err := NewTransport(pass, append(opts, rest.WithKnownOnly())...)
		if err != nil {
			t.Fatal(err)
		}
		for target, known := range all {
			req, _ := http.NewRequest("GET", target, nil)
			if _, err := transport.RoundTrip(req); (err == nil) != known {
				t.Errorf("%s: %v", target, err)
			}
		}
	}
	transport, err := NewTransport(pass, rest.WithBaseURL("https://own.test/x"), rest.WithKnownOnly())
	if err != nil {
		t.Fatal(err)
	}
	for target, known := range map[string]bool{
		"https://own.test/x/meta": true, "https://own.test/upload/v1/content": true, "http://sandbox.example/v1/meta": false,
	} {
		req, _ := http.NewRequest("GET", target, nil)
		if _, err := transport.RoundTrip(req); (err == nil) != known {
			t.Errorf("own server, %s: %v", target, err)
		}
	}
}

// TestOwnServersStay calls an operation with servers of its own by clients of other servers of the
// spec: OpenAPI has them override the API's, whichever that is.
func TestOwnServersStay(t *testing.T) {
	for base, want := range map[string]string{
		"": "127.0.0.1:1/upload/v1", ServerSandbox: "127.0.0.1:1/upload/v1", "http://eu.example/v3": "127.0.0.1:1/upload/v1",
		"http://127.0.0.1:7/x": "127.0.0.1:7/upload/v1",
	} {
		called := ""
		see := roundTrip(func(r *http.Request) (*http.Response, error) {
			called = r.URL.String()
			return nil, io.EOF
		})
		client, err := NewClient(base, rest.WithHTTPClient(&http.Client{Transport: see}), rest.WithMaxRetries(0))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.API.GetContent(t.Context()); err == nil || called != "http://"+want+"/content" {
			t.Errorf("%s: %s", base, called)
		}
	}
}
