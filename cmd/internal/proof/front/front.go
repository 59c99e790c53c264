// Package front stands in for Envoy, which cannot be had here: an HTTP server that does what an
// emitted configuration of Envoy's says, and knows nothing else. It reads the configuration through
// Envoy's own protocol buffers, runs its Lua in an interpreter, turns metadata into descriptors as
// the actions say, asks a real rate limit service, and passes requests on. A field that it does not
// understand is an error.
package front

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	bootstrap "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
)

// A Front is a running stand-in.
type Front struct {
	*httptest.Server
	manager  *hcm.HttpConnectionManager
	host     *route.VirtualHost
	clusters map[string]string // name to address
	filters  []filter
	client   *http.Client

	mu     sync.Mutex
	errors []error
}

// A filter handles a request. An answer ends it.
type filter func(*exchange) (*answer, error)

// An exchange is one request on its way.
type exchange struct {
	r        *http.Request
	path     string
	body     []byte // once it has been read whole
	metadata map[string]any
	added    map[string]string // headers for the response
}

// An answer is one that the proxy gives itself.
type answer struct {
	status int
	header map[string]string
	body   string
}

// Start runs a configuration until the test ends, which fails if the script had errors. Loosely
// leaves all normalisation of paths out, as an operator may whose API needs that.
func Start(t testing.TB, file string, loosely bool) *Front {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Parse(text)
	if err == nil {
		err = understood(b)
	}
	if err != nil {
		t.Fatal(err)
	}
	f := &Front{clusters: map[string]string{}, client: &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: 64},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	if err := f.configure(b); err != nil {
		t.Fatal(err)
	}
	if loosely {
		f.manager.NormalizePath, f.manager.MergeSlashes = nil, false
		f.manager.PathWithEscapedSlashesAction = hcm.HttpConnectionManager_KEEP_UNCHANGED
	}
	f.Server = httptest.NewServer(f)
	t.Cleanup(func() {
		f.Close()
		f.mu.Lock()
		defer f.mu.Unlock()
		for _, err := range f.errors {
			t.Error(err)
		}
	})
	return f
}

// Address returns where it listens.
func (f *Front) Address() string { return strings.TrimPrefix(f.URL, "http://") }

// configure takes the one listener, virtual host and route apart.
func (f *Front) configure(b *bootstrap.Bootstrap) error {
	for _, c := range b.GetStaticResources().GetClusters() {
		a := c.GetLoadAssignment().GetEndpoints()[0].GetLbEndpoints()[0].GetEndpoint().GetAddress().GetSocketAddress()
		f.clusters[c.GetName()] = fmt.Sprintf("%s:%d", a.GetAddress(), a.GetPortValue())
	}
	listener := b.GetStaticResources().GetListeners()[0]
	f.manager = &hcm.HttpConnectionManager{}
	if err := listener.GetFilterChains()[0].GetFilters()[0].GetTypedConfig().UnmarshalTo(f.manager); err != nil {
		return err
	}
	hosts := f.manager.GetRouteConfig().GetVirtualHosts()
	if len(hosts) != 1 || hosts[0].GetDomains()[0] != "*" || len(hosts[0].GetRoutes()) != 1 || hosts[0].GetRoutes()[0].GetMatch().GetPrefix() != "/" {
		return fmt.Errorf("the front knows one virtual host with one route only")
	}
	f.host = hosts[0]
	for _, h := range f.manager.GetHttpFilters() {
		message, err := h.GetTypedConfig().UnmarshalNew()
		if err != nil {
			return err
		}
		one, err := f.filter(h.GetName(), message, int64(listener.GetPerConnectionBufferLimitBytes().GetValue()))
		if err != nil {
			return err
		}
		f.filters = append(f.filters, one)
	}
	return nil
}

func (f *Front) report(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.errors = append(f.errors, err)
}

// ServeHTTP takes a request through the filters and to the API.
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{r: r, metadata: map[string]any{}}
	var ok bool
	if x.path, ok = normalize(r.RequestURI, f.manager); !ok {
		f.reply(w, &answer{status: http.StatusBadRequest})
		return
	}
	for _, one := range f.filters {
		a, err := one(x)
		if err != nil {
			f.report(err)
		}
		if a != nil {
			f.reply(w, a)
			return
		}
	}
	f.forward(w, x)
}

// reply gives an answer, after what the connection manager makes of it.
func (f *Front) reply(w http.ResponseWriter, a *answer) {
	for k, v := range a.header {
		w.Header().Set(k, v)
	}
	f.remap(w.Header(), a)
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.body)
}

// forward passes a request on as it came.
func (f *Front) forward(w http.ResponseWriter, x *exchange) {
	body := io.Reader(x.r.Body)
	if x.body != nil {
		body = strings.NewReader(string(x.body))
	}
	address := f.clusters[f.host.GetRoutes()[0].GetRoute().GetCluster()]
	q := (&http.Request{
		Method: x.r.Method, URL: &url.URL{Scheme: "http", Host: address, Opaque: x.path}, Host: x.r.Host, Header: x.r.Header,
		Body: io.NopCloser(body), ContentLength: x.r.ContentLength,
	}).WithContext(x.r.Context())
	resp, err := f.client.Do(q)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer func() { _ = resp.Body.Close() }()
	for k, v := range x.added {
		w.Header().Set(k, v)
	}
	for k, v := range resp.Header {
		w.Header()[k] = v
	}
	w.WriteHeader(resp.StatusCode)
	_, _ = io.Copy(w, resp.Body)
}
