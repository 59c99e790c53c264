package doors

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-chi/httprate"
	"github.com/ulule/limiter/v3"
	"github.com/ulule/limiter/v3/drivers/middleware/stdlib"
	"github.com/ulule/limiter/v3/drivers/store/memory"
	"golang.org/x/time/rate"

	"github.com/limitgen/limitgen/gen/ratelimit"
	"github.com/limitgen/limitgen/gen/rest"
)

// three is an API of one operation with three limits that are never reached.
var three = []ratelimit.Limit{
	{Name: "second", Quota: 1e12, Window: time.Second, Unit: "requests"},
	{Name: "minute", Quota: 1e12, Window: time.Minute, Unit: "requests"},
	{Name: "day", Quota: 1e12, Window: 24 * time.Hour, Unit: "requests"},
}

func operations() []rest.Operation {
	key := []rest.Dimension{{Expr: rest.Expr{In: rest.InPath, Name: "app"}}}
	return []rest.Operation{{ID: "get", Method: "GET", Path: "/{app}/things", Idempotent: true,
		Params: []rest.Param{{In: rest.InPath, Name: "app"}},
		Rates:  []rest.Rate{{Limit: 0, Cost: 1, Key: key}, {Limit: 1, Cost: 1, Key: key}, {Limit: 2, Cost: 1, Key: key}}}}
}

type answering struct{}

// RoundTrip answers at once.
func (answering) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}

type pacing struct {
	next    http.RoundTripper
	limiter *rate.Limiter
}

// RoundTrip waits as programs do that wrap x/time/rate.
func (p pacing) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := p.limiter.Wait(r.Context()); err != nil {
		return nil, err
	}
	return p.next.RoundTrip(r)
}

func BenchmarkTransport(b *testing.B) {
	config := rest.ClientConfig{API: "bench", DefaultURL: "http://api.test", Limits: three, Operations: operations()}
	paced, err := rest.NewTransport(answering{}, config, nil)
	if err != nil {
		b.Fatal(err)
	}
	triple := http.RoundTripper(answering{})
	for range three {
		triple = pacing{triple, rate.NewLimiter(1e12, 1e9)}
	}
	for name, t := range map[string]http.RoundTripper{"bare": answering{}, "limitgen": paced, "x-time-rate": triple} {
		b.Run(name, func(b *testing.B) {
			r, _ := http.NewRequest("GET", "http://api.test/shop/things", nil)
			b.ReportAllocs()
			for b.Loop() {
				res, err := t.RoundTrip(r)
				if err != nil {
					b.Fatal(err)
				}
				res.Body.Close()
			}
		})
	}
}

type nowhere struct{ header http.Header }

func (n nowhere) Header() http.Header         { return n.header }
func (n nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (n nowhere) WriteHeader(int)             {}

func BenchmarkMiddleware(b *testing.B) {
	app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(204) })
	m, err := rest.NewMiddleware(rest.ServerConfig{API: "bench", Limits: three, Operations: operations()}, nil)
	if err != nil {
		b.Fatal(err)
	}
	ulule := http.Handler(app)
	rated := http.Handler(app)
	for _, l := range three {
		ulule = stdlib.NewMiddleware(limiter.New(memory.NewStore(), limiter.Rate{Period: l.Window, Limit: l.Quota})).Handler(ulule)
		rated = httprate.Limit(1e12, l.Window, httprate.WithKeyFuncs(httprate.KeyByRealIP))(rated)
	}
	handlers := []struct {
		name string
		h    http.Handler
	}{{"bare", app}, {"limitgen", m.Handler(app)}, {"ulule", ulule}, {"httprate", rated}}
	for _, c := range handlers {
		b.Run(c.name, func(b *testing.B) {
			r := httptest.NewRequest("GET", "/shop/things", nil)
			w := nowhere{http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				c.h.ServeHTTP(w, r)
			}
		})
	}
}
