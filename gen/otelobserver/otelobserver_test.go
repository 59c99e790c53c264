package otelobserver_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"go.opentelemetry.io/otel/attribute"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/limitgen/limitgen/gen/easemob"
	"github.com/limitgen/limitgen/gen/otelobserver"
	"github.com/limitgen/limitgen/gen/ratelimit"
	"github.com/limitgen/limitgen/gen/rest"
)

// users answers GetUser.
type users struct{ easemob.Unimplemented }

func (users) GetUser(_ context.Context, _ easemob.Scope, username string) (*easemob.UserResult, error) {
	if username == "panic" {
		panic("of a test")
	}
	return &easemob.UserResult{}, nil
}

func each(quota int64, window time.Duration) map[string]ratelimit.Amount {
	return map[string]ratelimit.Amount{"each": {Quota: quota, Window: window}}
}

// watched is a client of a server that grants less than the table says and does not announce it,
// and who reports of both.
type watched struct {
	reporter *otelobserver.Reporter
	client   *easemob.Client
	server   *rest.Server
	url      string
}

// watch makes them for a window: an hour for tests in which it must not end, also on a busy machine.
func watch(t testing.TB, window time.Duration, reader metric.Reader, options otelobserver.Options, more ...rest.ClientOption) watched {
	t.Helper()
	options.Provider = metric.NewMeterProvider(metric.WithReader(reader))
	reporter, err := otelobserver.New(options)
	if err != nil {
		t.Fatal(err)
	}
	server, err := easemob.NewServer(easemob.Handlers{Users: users{}}, rest.WithoutAuth(), rest.WithObserver(reporter.Observer()),
		rest.WithOverrides(each(5, window)), rest.WithRateLimitHeaders(false))
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	more = append(more, rest.WithOverrides(each(100, window)), rest.WithToken(rest.StaticToken("x")), rest.WithObserver(reporter.Observer()))
	client, err := easemob.NewClient(web.URL, "org/1", "app", more...)
	if err != nil {
		t.Fatal(err)
	}
	reporter.Watch(client, server)
	return watched{reporter, client, server, web.URL}
}

// get calls the API, and fails for anything but an error status.
func (w watched) get(t testing.TB, name string) {
	t.Helper()
	var failure *rest.APIError
	if _, err := w.client.Users.GetUser(t.Context(), name); err != nil && !errors.As(err, &failure) {
		t.Fatal(err)
	}
}

// collect reads all points: "name unit{attributes}" to the value, or of a histogram to the count.
func collect(t testing.TB, reader *metric.ManualReader) map[string]float64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	out := make(map[string]float64)
	for _, s := range all.ScopeMetrics {
		if s.Scope.Name != "github.com/limitgen/limitgen/gen/otelobserver" {
			t.Errorf("scope %q", s.Scope.Name)
		}
		for _, m := range s.Metrics {
			if m.Description == "" {
				t.Errorf("%s has no description", m.Name)
			}
			put := func(set attribute.Set, value float64) {
				for _, a := range set.ToSlice() {
					if text := strings.Join(append(a.Value.AsStringSlice(), a.Value.AsString()), ""); !utf8.ValidString(text) || len(text) > 500 {
						t.Errorf("%s: %s has %d bytes: %.200q", m.Name, a.Key, len(text), text)
					}
				}
				out[m.Name+" "+m.Unit+"{"+set.Encoded(attribute.DefaultEncoder())+"}"] = value
			}
			switch d := m.Data.(type) {
			case metricdata.Gauge[int64]:
				points(d.DataPoints, put)
			case metricdata.Sum[int64]:
				points(d.DataPoints, put)
			case metricdata.Sum[float64]:
				points(d.DataPoints, put)
			case metricdata.Histogram[float64]:
				for _, p := range d.DataPoints {
					put(p.Attributes, float64(p.Count))
				}
			default:
				t.Errorf("%s is a %T", m.Name, d)
			}
		}
	}
	return out
}

func points[N int64 | float64](list []metricdata.DataPoint[N], put func(attribute.Set, float64)) {
	for _, p := range list {
		put(p.Attributes, float64(p.Value))
	}
}

func expect(t *testing.T, got, want map[string]float64) {
	t.Helper()
	for id, v := range want {
		if value, ok := got[id]; !ok || value != v {
			t.Errorf("%s is %v, %v, want %v", id, value, ok, v)
		}
	}
}

func TestReporter(t *testing.T) {
	reader := metric.NewManualReader()
	w := watch(t, time.Hour, reader, otelobserver.Options{}, rest.WithMaxRetries(0))
	for range 6 {
		w.get(t, "ann")
	}
	const client, server = "{api=easemob,limit=each,role=client}", "{api=easemob,limit=each,role=server}"
	got := collect(t, reader)
	expect(t, got, map[string]float64{
		"limitgen.limit.used {unit}" + server:          5,
		"limitgen.limit.quota {unit}" + server:         5,
		"limitgen.limit.admitted {request}" + client:   6,
		"limitgen.limit.admitted {request}" + server:   5,
		"limitgen.limit.refused {request}" + client:    0,
		"limitgen.limit.refused {request}" + server:    1,
		"limitgen.limit.waiting {call}" + client:       0,
		"limitgen.limit.waited s" + client:             0,
		"limitgen.limit.exceeded {response}" + client:  1,
		"limitgen.limit.contended {response}" + client: 1,
		"limitgen.limit.cost {unit}" + client:          6,
		"limitgen.limit.cost {unit}" + server:          5,
		"limitgen.limit.wait.duration s" + client:      6,
	})
	for id := range got {
		if strings.Contains(id, "org/1") || strings.Contains(id, "waiting") && strings.Contains(id, "server") {
			t.Errorf("unexpected %s", id)
		}
	}
	if err := w.reporter.Close(); err != nil {
		t.Error(err)
	}
	if _, ok := collect(t, reader)["limitgen.limit.used {unit}"+server]; ok {
		t.Error("goes on after Close")
	}
}

// Requests are reported by the semantic conventions for HTTP.
func TestReporterOfRequests(t *testing.T) {
	reader := metric.NewManualReader()
	w := watch(t, time.Hour, reader, otelobserver.Options{URLTemplate: true}, rest.WithMaxRetries(0))
	for range 2 {
		w.get(t, "ann")
	}
	w.get(t, "panic")
	odd := httptest.NewRequest("INVENTED", "/nowhere", nil)
	w.server.ServeHTTP(httptest.NewRecorder(), odd)
	host, port, _ := strings.Cut(strings.TrimPrefix(w.url, "http://"), ":")
	const method, route = "http.request.method=GET,", "/{org_name}/{app_name}/users/{username}"
	to := "server.address=" + host + ",server.port=" + port + ",url.scheme=http,url.template=" + route + "}"
	const client, server = "http.client.request.duration s{", "http.server.request.duration s{"
	expect(t, collect(t, reader), map[string]float64{
		client + method + "http.response.status_code=200," + to:                                                         2,
		client + "error.type=500," + method + "http.response.status_code=500," + to:                                     1,
		server + method + "http.response.status_code=200,http.route=" + route + ",url.scheme=http}":                     2,
		server + "error.type=500," + method + "http.response.status_code=500,http.route=" + route + ",url.scheme=http}": 1,
		server + "http.request.method=_OTHER,http.response.status_code=404,url.scheme=http}":                            1,
	})
}

func TestReporterOfBrokenConnections(t *testing.T) {
	reader := metric.NewManualReader()
	w := watch(t, time.Hour, reader, otelobserver.Options{}, rest.WithMaxRetries(0))
	lost, err := easemob.NewClient("http://127.0.0.1:1", "org", "app", rest.WithToken(rest.StaticToken("x")),
		rest.WithObserver(w.reporter.Observer()), rest.WithMaxRetries(0))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lost.Users.GetUser(t.Context(), "ann"); err == nil {
		t.Fatal("no error")
	}
	expect(t, collect(t, reader), map[string]float64{
		"http.client.request.duration s{error.type=*net.OpError,http.request.method=GET,server.address=127.0.0.1,server.port=1,url.scheme=http}": 1,
	})
}

func TestReporterWithoutHTTP(t *testing.T) {
	reader := metric.NewManualReader()
	w := watch(t, time.Hour, reader, otelobserver.Options{WithoutHTTP: true})
	w.get(t, "ann")
	for id := range collect(t, reader) {
		if strings.HasPrefix(id, "http.") {
			t.Error(id)
		}
	}
}

func TestReporterOfRetries(t *testing.T) {
	reader := metric.NewManualReader()
	w := watch(t, time.Second, reader, otelobserver.Options{})
	end := time.Now().Add(time.Minute)
	for collect(t, reader)["limitgen.retries {request}{api=easemob,operation=getUser}"] == 0 {
		if time.Now().After(end) {
			t.Fatal("no retry in a minute")
		}
		for range 6 {
			w.get(t, "ann")
		}
	}
}

func TestReporterOfKeys(t *testing.T) {
	reader := metric.NewManualReader()
	w := watch(t, time.Hour, reader, otelobserver.Options{Keys: 1})
	w.get(t, "ann")
	got := collect(t, reader)
	expect(t, got, map[string]float64{
		`limitgen.key.used {unit}{api=easemob,key=["org/1","app","GET /{}/{}/users/{}"],limit=each,role=client}`: 1,
	})
}

// Attributes are valid and short, whatever a caller or a client's own URL holds: exporters refuse
// others, and all with them.
func TestReporterOfOddKeys(t *testing.T) {
	reader := metric.NewManualReader()
	w := watch(t, time.Hour, reader, otelobserver.Options{Keys: 99})
	long := strings.Repeat("x", 1<<20)
	odd := []string{"\xff", "\xfe", "\uFFFD", "a\nb", long, long + "y"}
	for _, org := range odd {
		for _, url := range []string{w.url, "http://a%ff.invalid"} {
			client, err := easemob.NewClient(url, org, "app", rest.WithOverrides(each(100, time.Hour)), rest.WithToken(rest.StaticToken("x")),
				rest.WithObserver(w.reporter.Observer()), rest.WithMaxRetries(0))
			if err != nil {
				t.Fatal(err)
			}
			_, _ = client.Users.GetUser(t.Context(), "ann") // the server does not like all of them
			if url == w.url {
				w.reporter.Watch(client)
			}
		}
	}
	n := 0
	for id := range collect(t, reader) {
		if strings.HasPrefix(id, "limitgen.key.used") {
			n++
		}
	}
	if n != len(odd) {
		t.Errorf("%d keys", n)
	}
}

// Turned into Prometheus' spelling, the metrics are those of the package's own handler, so that
// rules and dashboards work with either.
func TestReporterAgreesWithHandler(t *testing.T) {
	registry := prometheus.NewRegistry()
	exporter, err := otelprometheus.New(otelprometheus.WithRegisterer(registry), otelprometheus.WithoutScopeInfo(), otelprometheus.WithoutTargetInfo())
	if err != nil {
		t.Fatal(err)
	}
	w := watch(t, time.Hour, exporter, otelobserver.Options{}, rest.WithMaxRetries(0))
	for range 6 {
		w.get(t, "ann")
	}
	rec := httptest.NewRecorder()
	rest.PrometheusHandler(w.client, w.server).ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
	parser := expfmt.NewTextParser(model.UTF8Validation)
	handler, err := parser.TextToMetricFamilies(rec.Body)
	if err != nil {
		t.Fatal(err)
	}
	gathered, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, f := range gathered {
		want, ok := handler[f.GetName()]
		if !ok {
			continue
		}
		seen++
		if f.GetType() != want.GetType() || f.GetHelp() != want.GetHelp() {
			t.Errorf("%s is a %v: %s", f.GetName(), f.GetType(), f.GetHelp())
		}
		series := func(of []string) []string { slices.Sort(of); return of }
		var a, b []string
		for _, m := range f.Metric {
			a = append(a, fmt.Sprint(m.Label, m.Gauge.GetValue(), m.Counter.GetValue()))
		}
		for _, m := range want.Metric {
			slices.SortFunc(m.Label, func(x, y *dto.LabelPair) int { return strings.Compare(x.GetName(), y.GetName()) })
			b = append(b, fmt.Sprint(m.Label, m.Gauge.GetValue(), m.Counter.GetValue()))
		}
		if a, b := series(a), series(b); !slices.Equal(a, b) {
			t.Errorf("%s: got\n%s\nwant\n%s", f.GetName(), strings.Join(a, "\n"), strings.Join(b, "\n"))
		}
	}
	if seen != len(handler) || seen != 7 {
		t.Errorf("%d of %d", seen, len(handler))
	}
}

// What is told on the way of each request.
func BenchmarkObserver(b *testing.B) {
	w := watch(b, time.Hour, metric.NewManualReader(), otelobserver.Options{})
	o := w.reporter.Observer()
	limits := easemob.Limits()
	e := rest.CallEvent{API: "easemob", Role: "client", Method: "GET", Scheme: "https", Host: "api.test", Status: 200,
		Charges: []ratelimit.Charge{{Limit: &limits[0], Cost: 1}}}
	b.ReportAllocs()
	for b.Loop() {
		o.Admitted(b.Context(), e)
		o.Answered(b.Context(), e)
	}
}
