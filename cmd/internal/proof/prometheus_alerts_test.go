package proof

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/limitgen/limitgen/cmd/internal/proof/harness"
	im "github.com/limitgen/limitgen/gen/easemob"
	"github.com/limitgen/limitgen/gen/ratelimit"
	"github.com/limitgen/limitgen/gen/rest"
)

// soldQuotas are quotas that differ from the table's: alerts have to go by these.
var soldQuotas = map[string]ratelimit.Amount{"messages-users": {Quota: 1200}, "messages-groups": {Quota: 5}, "messages-rooms": {Quota: 12}}

type alertUsers struct{ im.Unimplemented }

func (alertUsers) GetUser(context.Context, im.Scope, string) (*im.UserResult, error) {
	return &im.UserResult{}, nil
}

type alertMessages struct{ im.Unimplemented }

func (alertMessages) SendUserMessage(context.Context, im.Scope, im.MessageToUsersRequest) (*im.MessagesSent, error) {
	return &im.MessagesSent{}, nil
}

func (alertMessages) SendGroupMessage(context.Context, im.Scope, im.MessageToGroupsRequest) (*im.MessagesSent, error) {
	return &im.MessagesSent{}, nil
}

func (alertMessages) SendRoomMessage(context.Context, im.Scope, im.MessageToRoomsRequest) (*im.MessagesSent, error) {
	return &im.MessagesSent{}, nil
}

func (alertMessages) GetMessageHistory(context.Context, im.Scope, string) (*im.MessageHistory, error) {
	return &im.MessageHistory{}, nil
}

// TestAlertsFire lets a real Prometheus scrape a client and a server, which have come to 1 %, 70 %,
// 83 % and 100 % of limits, and asks it for what the rules recorded and which alerts fire. The
// rules are as emitted, save that they wait for seconds and not for minutes; promtool's unit tests
// see to the minutes.
func TestAlertsFire(t *testing.T) {
	if testing.Short() {
		t.Skip("takes as long as several scrapes")
	}
	t.Parallel()
	client, server := newEasemob(t)
	clientURL, serverURL := serveMetrics(t, rest.PrometheusHandler(client)), serveMetrics(t, rest.PrometheusHandler(server))
	p := startPrometheus(t, clientURL, serverURL)
	p.await("both are scraped", func() bool { return len(p.query(`limitgen:limit_used:ratio`)) == 2*len(im.Limits()) })
	driveLimits(t, client, newEasemobClient(t, serveMetrics(t, server), "other", rest.WithoutLimits(), rest.WithMaxRetries(0)))

	want := map[string]float64{
		"client each": 0.01, "client history": 0.7, "client messages-rooms": 10. / 12, "client messages-users": 1,
		"server each": 0.01, "server history": 0.7, "server messages-rooms": 10. / 12, "server messages-users": 1,
		"server messages-groups": 1, // of another app, which is in no client's metrics here
	}
	for _, l := range im.Limits() {
		for _, role := range []string{"client", "server"} {
			want[role+" "+l.Name] += 0
		}
	}
	p.await("the used shares are recorded", func() bool {
		return maps.EqualFunc(p.query(`limitgen:limit_used:ratio`), want, func(a, b float64) bool { return math.Abs(a-b) < 1e-9 })
	})
	instances := strings.NewReplacer("CLIENT", strings.TrimPrefix(clientURL, "http://"), "SERVER", strings.TrimPrefix(serverURL, "http://"))
	firing := strings.Split(instances.Replace(`critical LimitUsedUp: easemob: limit messages-users is used up at client CLIENT: calls wait
warning LimitNearlyUsed: easemob: client CLIENT uses 100% of limit messages-users
warning LimitNearlyUsed: easemob: client CLIENT uses 83.33% of limit messages-rooms`), "\n")
	p.await("the alerts fire", func() bool { return len(p.alerts()) >= len(firing) })
	for range 4 { // and no others, not after further evaluations either
		if got := p.alerts(); !slices.Equal(got, firing) {
			t.Errorf("these fire:\n%s\nand should:\n%s", strings.Join(got, "\n"), strings.Join(firing, "\n"))
		}
		time.Sleep(time.Second)
	}
	for key, rate := range p.query(`limitgen:limit_refused:rate5m`) {
		if refused := key == "server messages-groups"; refused != (rate > 0) {
			t.Errorf("%s: %v refused a second", key, rate)
		}
	}
	for _, q := range dashboardQueries(t, committedConfig+"/grafana") {
		if len(p.query(q)) == 0 {
			t.Errorf("a panel asks %s and finds nothing", q)
		}
	}
}

// driveLimits brings the counters of a client to given parts of their quotas, and the server's
// counter of another app, whose client does not pace itself, until it refuses.
func driveLimits(t *testing.T, client, other *im.Client) {
	t.Helper()
	ctx := t.Context()
	body := im.MessageBodyFromTextMessageBody(im.TextMessageBody{Msg: "hello"})
	_, err := client.Users.GetUser(ctx, "ann")
	for range 7 {
		_, err1 := client.Messages.GetMessageHistory(ctx, "2022080412")
		err = errors.Join(err, err1)
	}
	for range 2 {
		_, err1 := client.Messages.SendUserMessage(ctx, im.MessageToUsersRequest{To: receivers(600), Type: im.MessageTypeTxt, Body: body})
		err = errors.Join(err, err1)
	}
	_, err1 := client.Messages.SendRoomMessage(ctx, im.MessageToRoomsRequest{To: receivers(10), Type: im.MessageTypeTxt, Body: body})
	if err = errors.Join(err, err1); err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		_, err = other.Messages.SendGroupMessage(ctx, im.MessageToGroupsRequest{To: receivers(3), Type: im.MessageTypeTxt, Body: body})
		var api *rest.APIError
		if errors.As(err, &api) && api.StatusCode == http.StatusTooManyRequests {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("the server refuses nothing")
}

func receivers(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprint("user", i)
	}
	return out
}

// prom is a Prometheus that runs.
type prom struct {
	t   *testing.T
	url string
}

// startPrometheus scrapes a client and a server and evaluates the rules, each once a second.
func startPrometheus(t *testing.T, client, server string) *prom {
	t.Helper()
	program := harness.Need(t, "prometheus")
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(committedConfig+"/prometheus")); err != nil {
		t.Fatal(err)
	}
	harness.Rewrite(t, filepath.Join(dir, "rules.yml"), "for: 5m", "for: 3s", "for: 15m", "for: 3s")
	config := fmt.Sprintf(`global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [rules.yml]
scrape_configs:
  - {job_name: client, static_configs: [{targets: [%q]}]}
  - {job_name: server, static_configs: [{targets: [%q]}]}
`, strings.TrimPrefix(client, "http://"), strings.TrimPrefix(server, "http://"))
	if err := os.WriteFile(filepath.Join(dir, "prometheus.yml"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	addr := harness.Address(harness.FreePort(t))
	harness.StartIn(t, dir, nil, addr, program, "--config.file=prometheus.yml", "--storage.tsdb.path="+t.TempDir(), "--web.listen-address="+addr)
	return &prom{t, "http://" + addr}
}

// await asks once in a while, for less than the minute that the gauges remember.
func (p *prom) await(what string, reached func() bool) {
	p.t.Helper()
	for end := time.Now().Add(40 * time.Second); !reached(); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(end) {
			p.t.Fatalf("not so after 40 s: %s\nrecorded: %v\nfiring: %q", what, p.query(`limitgen:limit_used:ratio`), p.alerts())
		}
	}
}

// get asks for data of the HTTP API. Prometheus answers 503 while it starts.
func (p *prom) get(path string, data any) {
	p.t.Helper()
	res, err := http.Get(p.url + path)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode == http.StatusServiceUnavailable {
		return
	}
	answer := struct {
		Status, Error string
		Data          any
	}{Data: data}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || answer.Status != "success" {
		p.t.Fatalf("%s: %v %s", path, err, answer.Error)
	}
}

// query returns the present values by role and limit.
func (p *prom) query(q string) map[string]float64 {
	p.t.Helper()
	var data struct {
		Result []struct {
			Metric map[string]string
			Value  [2]any
		}
	}
	p.get("/api/v1/query?query="+url.QueryEscape(q), &data)
	out := make(map[string]float64)
	for _, r := range data.Result {
		var v float64
		if _, err := fmt.Sscan(r.Value[1].(string), &v); err != nil {
			p.t.Fatal(err)
		}
		out[r.Metric["role"]+" "+r.Metric["limit"]] = v
	}
	return out
}

// alerts returns those that fire, in words and in order.
func (p *prom) alerts() []string {
	p.t.Helper()
	var data struct {
		Alerts []struct {
			Labels, Annotations map[string]string
			State               string
		}
	}
	p.get("/api/v1/alerts", &data)
	var out []string
	for _, a := range data.Alerts {
		if a.State == "firing" {
			out = append(out, fmt.Sprintf("%s %s: %s", a.Labels["severity"], a.Labels["alertname"], a.Annotations["summary"]))
		}
	}
	slices.Sort(out)
	return out
}
