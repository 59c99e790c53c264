package promobserver_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/limitgen/limitgen/gen/easemob"
	"github.com/limitgen/limitgen/gen/promobserver"
	"github.com/limitgen/limitgen/gen/ratelimit"
	"github.com/limitgen/limitgen/gen/rest"
)

// users answers GetUser.
type users struct{ easemob.Unimplemented }

func (users) GetUser(context.Context, easemob.Scope, string) (*easemob.UserResult, error) {
	return &easemob.UserResult{}, nil
}

func each(quota int64, window time.Duration) map[string]ratelimit.Amount {
	return map[string]ratelimit.Amount{"each": {Quota: quota, Window: window}}
}

// watched is a client of a server that grants less than the table says and does not announce it,
// and the collector of both.
type watched struct {
	collector *promobserver.Collector
	registry  *prometheus.Registry
	client    *easemob.Client
	server    *rest.Server
	url       string
}

// watch makes them for a window: an hour for tests in which it must not end, also on a busy machine.
func watch(t testing.TB, window time.Duration, options promobserver.Options, more ...rest.ClientOption) watched {
	t.Helper()
	collector := promobserver.New(options)
	server, err := easemob.NewServer(easemob.Handlers{Users: users{}}, rest.WithoutAuth(), rest.WithObserver(collector.Observer()),
		rest.WithOverrides(each(5, window)), rest.WithRateLimitHeaders(false))
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	more = append(more, rest.WithOverrides(each(100, window)), rest.WithToken(rest.StaticToken("x")), rest.WithObserver(collector.Observer()))
	client, err := easemob.NewClient(web.URL, "org/1", "app", more...)
	if err != nil {
		t.Fatal(err)
	}
	collector.Watch(client, server)
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(collector)
	return watched{collector, registry, client, server, web.URL}
}

// get calls the API, and fails for anything but a 429.
func (w watched) get(t testing.TB) {
	t.Helper()
	var failure *rest.APIError
	if _, err := w.client.Users.GetUser(t.Context(), "ann"); err != nil && (!errors.As(err, &failure) || failure.StatusCode != 429) {
		t.Fatal(err)
	}
}

// values are all that the registry has, by name and labels. A histogram is its count and sum.
func (w watched) values(t testing.TB) map[string]float64 {
	t.Helper()
	families, err := w.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	return flatten(families)
}

func flatten(families []*dto.MetricFamily) map[string]float64 {
	out := make(map[string]float64)
	for _, f := range families {
		for _, m := range f.Metric {
			labels := make(model.Metric)
			for _, l := range m.Label {
				labels[model.LabelName(l.GetName())] = model.LabelValue(l.GetValue())
			}
			id := f.GetName() + labels.String()
			switch f.GetType() {
			case dto.MetricType_HISTOGRAM:
				out[id+" count"], out[id+" sum"] = float64(m.Histogram.GetSampleCount()), m.Histogram.GetSampleSum()
			case dto.MetricType_COUNTER:
				out[id] = m.Counter.GetValue()
			default:
				out[id] = m.Gauge.GetValue() + m.Untyped.GetValue()
			}
		}
	}
	return out
}

func TestCollector(t *testing.T) {
	w := watch(t, time.Hour, promobserver.Options{}, rest.WithMaxRetries(0))
	for range 6 {
		w.get(t)
	}
	got := w.values(t)
	const client, server = `{api="easemob", limit="each", role="client"}`, `{api="easemob", limit="each", role="server"}`
	for id, want := range map[string]float64{
		"limitgen_limit_used" + server:                                      5,
		"limitgen_limit_quota" + server:                                     5,
		"limitgen_limit_admitted_total" + client:                            6,
		"limitgen_limit_admitted_total" + server:                            5,
		"limitgen_limit_refused_total" + client:                             0,
		"limitgen_limit_refused_total" + server:                             1,
		"limitgen_limit_waiting" + client:                                   0,
		"limitgen_limit_waited_seconds_total" + client:                      0,
		"limitgen_limit_exceeded_total" + client:                            1,
		"limitgen_limit_contended_total" + client:                           1,
		"limitgen_limit_cost_total" + client:                                6,
		"limitgen_limit_cost_total" + server:                                5,
		"limitgen_limit_wait_duration_seconds" + client + " count":          6,
		"limitgen_limit_used" + strings.Replace(server, "each", "token", 1): 0,
	} {
		if value, ok := got[id]; !ok || value != want {
			t.Errorf("%s is %v, %v, want %v", id, value, ok, want)
		}
	}
	for id := range got {
		if strings.Contains(id, "org") || strings.Contains(id, "waiting") && strings.Contains(id, "server") {
			t.Errorf("unexpected %s", id)
		}
	}
}

// Retries and waits: the client is told to come back, and does.
func TestCollectorOfRetries(t *testing.T) {
	w := watch(t, time.Second, promobserver.Options{})
	begin := time.Now()
	var got map[string]float64
	for got[`limitgen_retries_total{api="easemob", operation="getUser"}`] == 0 {
		if time.Since(begin) > time.Minute {
			t.Fatal("no retry in a minute")
		}
		for range 6 {
			w.get(t)
		}
		got = w.values(t)
	}
	took := time.Since(begin).Seconds()
	if sum := got[`limitgen_limit_wait_duration_seconds{api="easemob", limit="each", role="client"} sum`]; sum > took {
		t.Errorf("waited %v in %v", sum, took)
	}
}

// The collector's names, labels, kinds, texts and values are those of the package's own handler.
func TestCollectorAgreesWithHandler(t *testing.T) {
	w := watch(t, time.Hour, promobserver.Options{}, rest.WithMaxRetries(0))
	for range 6 {
		w.get(t)
	}
	rec := httptest.NewRecorder()
	rest.PrometheusHandler(w.client, w.server).ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
	parser := expfmt.NewTextParser(model.UTF8Validation)
	handler, err := parser.TextToMetricFamilies(rec.Body)
	if err != nil {
		t.Fatal(err)
	}
	gathered, err := w.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	ours := make(map[string]*dto.MetricFamily)
	for _, f := range gathered {
		ours[f.GetName()] = f
	}
	if len(handler) != 7 {
		t.Errorf("the handler has %d families", len(handler))
	}
	for name, f := range handler {
		o := ours[name]
		if o == nil || o.GetHelp() != f.GetHelp() || o.GetType() != f.GetType() {
			t.Errorf("%s: %v", name, o)
			continue
		}
		want, got := flatten([]*dto.MetricFamily{f}), flatten([]*dto.MetricFamily{o})
		if fmt.Sprint(want) != fmt.Sprint(got) {
			t.Errorf("%s: got\n%v\nwant\n%v", name, got, want)
		}
	}
}

func TestCollectorLints(t *testing.T) {
	w := watch(t, time.Hour, promobserver.Options{Keys: 1}, rest.WithMaxRetries(0))
	for range 6 {
		w.get(t)
	}
	problems, err := testutil.GatherAndLint(w.registry)
	if err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
}

// Partition keys are shown when asked for, and no more of them than that.
func TestCollectorOfKeys(t *testing.T) {
	w := watch(t, time.Hour, promobserver.Options{Keys: 1}, rest.WithMaxRetries(0))
	other, err := easemob.NewClient(w.url, `a\b`, "c", rest.WithOverrides(each(100, time.Hour)), rest.WithToken(rest.StaticToken("x")))
	if err != nil {
		t.Fatal(err)
	}
	w.collector.Watch(other)
	if _, err := other.Users.GetUser(t.Context(), "ann"); err != nil {
		t.Fatal(err)
	}
	w.get(t)
	w.get(t)
	key := `{api="easemob", key="org\\/1/app/GET \\/{}\\/{}\\/users\\/{}", limit="each", role="client"}`
	got := w.values(t)
	if got["limitgen_key_used"+key] != 2 || got["limitgen_key_quota"+key] != 100 {
		t.Errorf("got %v of %v", got["limitgen_key_used"+key], got["limitgen_key_quota"+key])
	}
	n := 0
	for id := range got {
		if strings.HasPrefix(id, "limitgen_key_used") {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d keys", n)
	}
}

// Keys that differ only in bytes which are no text, or far behind, make series of their own, and a
// scrape stays readable.
func TestCollectorOfOddKeys(t *testing.T) {
	w := watch(t, time.Hour, promobserver.Options{Keys: 99})
	long := strings.Repeat("x", 1<<20)
	odd := []string{"\xff", "\xfe", "\uFFFD", `"\xff"`, "a/b", `a\`, "*", "a\n# TYPE b", "{}=,\"", long, long + "y"}
	for _, org := range odd {
		client, err := easemob.NewClient(w.url, org, "app", rest.WithOverrides(each(100, time.Hour)), rest.WithToken(rest.StaticToken("x")))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = client.Users.GetUser(t.Context(), "ann") // the server does not like all of them
		w.collector.Watch(client)
	}
	n := 0
	for id := range w.values(t) {
		if strings.HasPrefix(id, "limitgen_key_used") {
			n++
		}
	}
	if n != len(odd) {
		t.Errorf("%d keys", n)
	}
	answer := httptest.NewRecorder()
	promhttp.HandlerFor(w.registry, promhttp.HandlerOpts{}).ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	text := answer.Body.String()
	if p := expfmt.NewTextParser(model.UTF8Validation); answer.Code != 200 || len(text) > 64<<10 {
		t.Errorf("%d with %d bytes", answer.Code, len(text))
	} else if _, err := p.TextToMetricFamilies(strings.NewReader(text)); err != nil {
		t.Error(err)
	}
}

// Clients of one API are one series for each limit.
func TestCollectorMerges(t *testing.T) {
	w := watch(t, time.Hour, promobserver.Options{Keys: 5}, rest.WithMaxRetries(0))
	w.get(t)
	w.collector.Watch(w.client)
	if n := w.values(t)[`limitgen_limit_admitted_total{api="easemob", limit="each", role="client"}`]; n != 2 {
		t.Errorf("admitted %v", n)
	}
}

// What is told on the way of each request.
func BenchmarkObserver(b *testing.B) {
	o := promobserver.New(promobserver.Options{}).Observer()
	limits := easemob.Limits()
	e := rest.CallEvent{API: "easemob", Role: "client", Charges: []ratelimit.Charge{{Limit: &limits[0], Cost: 1}}}
	b.ReportAllocs()
	for b.Loop() {
		o.Admitted(b.Context(), e)
	}
}
