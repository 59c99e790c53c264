package proof

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/cmd/internal/proof/front"
	"github.com/limitgen/limitgen/cmd/internal/proof/harness"
	"github.com/limitgen/limitgen/generator/emit/config"
)

// minuteSpec is an API below a path with a pool, costs, and limits by identity and address, in
// windows that every engine has.
var minuteSpec = strings.NewReplacer("window: 1d", "window: 1m").Replace(shopSpec)

// counted is one request, whether it passes, and whether it does in nginx, whose file's head says
// why that differs.
type counted struct {
	from, user, plan, method, target, body string
	passes, nginx                          bool
}

var countedRequests = []counted{
	{"127.0.0.1", "", "", "POST", "/v1/login", "", true, true},
	{"127.0.0.1", "", "", "POST", "/v1/login", "", true, true},
	{"127.0.0.2", "", "", "POST", "/v1/login", "", true, true},
	{"127.0.0.1", "", "", "POST", "/v1/login", "", true, true},
	{"127.0.0.1", "", "", "POST", "/v1/login", "", false, false},
	{"127.0.0.2", "", "", "POST", "/v1/login", "", true, true},
	{"127.0.0.1", "ann", "", "GET", "/v1/products/1", "", true, true},
	{"127.0.0.2", "ann", "", "POST", "/v1/exports", "", true, true},
	{"127.0.0.1", "bob", "", "GET", "/v1/products/1", "", true, true},
	{"127.0.0.1", "ann", "", "GET", "/v1/products/2", "", false, false},
	{"127.0.0.1", "bob", "", "POST", "/v1/exports", "", true, true},
	{"127.0.0.1", "bob", "", "POST", "/v1/exports", "", false, false},
	{"127.0.0.1", "ann", "", "DELETE", "/v1/carts/a,b,c,d", "", true, true},
	{"127.0.0.1", "ann", "", "DELETE", "/v1/carts/a,b,c,d,e,f", "", true, true},
	{"127.0.0.1", "ann", "", "DELETE", "/v1/carts/a", "", false, true}, // nginx counts each request 1
	{"127.0.0.1", "ann", "", "POST", "/v1/chat", `{"max_tokens":900}`, true, true},
	{"127.0.0.1", "ann", "", "POST", "/v1/chat", `{"max_tokens":84}`, true, true},
	{"127.0.0.1", "ann", "", "POST", "/v1/chat", `{}`, true, true},
	{"127.0.0.1", "ann", "", "POST", "/v1/chat", `{}`, false, true},
	{"127.0.0.1", "cid", "gold", "GET", "/v1/products/1", "", true, true},
	{"127.0.0.1", "cid", "gold", "GET", "/v1/products/1", "", true, true},
	{"127.0.0.1", "cid", "gold", "POST", "/v1/exports", "", true, true},
	{"127.0.0.1", "cid", "gold", "POST", "/v1/exports", "", true, true},
	{"127.0.0.1", "cid", "gold", "POST", "/v1/exports", "", false, false},
}

// shopProgram is a server of that API whose hook believes two headers.
const shopProgram = `package main

import (
	"context"
	"net/http"
	"os"

	"api/api"
	"api/api/rest"
)

type shop struct{ api.Unimplemented }

func (shop) Login(context.Context) error { return nil }

func (shop) GetProduct(context.Context, string) error { return nil }

func (shop) CreateExport(context.Context) error { return nil }

func (shop) Chat(context.Context, *api.ChatRequest) error { return nil }

func (shop) DropCarts(context.Context, []string) error { return nil }

func main() {
	s, err := api.NewServer(api.Handlers{API: shop{}}, rest.WithAuth(func(ctx context.Context, r *http.Request, _ string, schemes [][]string) (context.Context, error) {
		if len(schemes) == 0 {
			return ctx, nil
		}
		return rest.WithIdentity(ctx, rest.Identity{Key: r.Header.Get("X-User"), Plan: r.Header.Get("X-Plan")}), nil
	}))
	if err != nil {
		panic(err)
	}
	panic(http.ListenAndServe(os.Args[1], s))
}
`

// shopServer builds and runs the generated server.
func shopServer(t *testing.T) string { return generatedServer(t, minuteSpec, shopProgram) }

// generatedServer builds a program with the package generated for a spec, and runs it with its
// address.
func generatedServer(t *testing.T, spec, program string) string {
	t.Helper()
	dir := t.TempDir()
	generated := harness.GenerateText(t, "api.yaml", spec, "server")
	if err := os.Rename(generated, filepath.Join(dir, "api")); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"main.go": program, "go.mod": "module api\n\ngo 1.25.0\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	bin := filepath.Join(dir, "shop")
	if out, err := harness.Command(t, "go", "build", "-C", dir, "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	addr := harness.Address(harness.FreePort(t))
	harness.StartIn(t, dir, nil, addr, bin, addr)
	return addr
}

// TestSameAnswers sends the same requests through the generated server, nginx, HAProxy, and Envoy
// with its rate limit service: they count and refuse the same, but for what the head of nginx's
// file says.
func TestSameAnswers(t *testing.T) {
	headers := func(o *config.Options) { o.IdentityHeader, o.PlanHeader, o.AllowApproximate = "X-User", "X-Plan", true }
	generate := func(t *testing.T, target string) string {
		return harness.GenerateText(t, "shop.yaml", minuteSpec, target, headers)
	}
	for name, start := range map[string]func(t *testing.T) string{
		"server": shopServer,
		"nginx": func(t *testing.T) string {
			dir := generate(t, "nginx")
			text, err := os.ReadFile(filepath.Join(dir, "limits.conf"))
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{"items (dropCarts): the cost is counted in the path, and nginx counts requests", "tokens (chat): the cost"} {
				if !strings.Contains(string(text), want) {
					t.Errorf("the head does not say %q\n%.2000s", want, text)
				}
			}
			return startNginx(t, dir, harness.NewUpstream(t))
		},
		"haproxy": func(t *testing.T) string {
			addr, _ := haproxy(t, generate(t, "haproxy"))
			return addr
		},
		"envoy": func(t *testing.T) string {
			example := filepath.Join(generate(t, "envoy"), "example.yaml")
			service := harness.RateLimitService(t, generate(t, "ratelimit"), harness.Redis(t))
			harness.Rewrite(t, example, "port_value: 8081", port(t, service), "port_value: 9090", port(t, harness.NewUpstream(t).Address()))
			return front.Start(t, example, false).Address()
		},
	} {
		t.Run(name, func(t *testing.T) {
			addr := start(t)
			harness.SameMinute()
			for i, c := range countedRequests {
				want := c.passes
				if name == "nginx" {
					want = c.nginx
				}
				if status := c.send(t, addr); (status/100 == 2) != want || !want && status != 429 {
					t.Errorf("request %d, %+v: answered %d", i+1, c, status)
				}
			}
		})
	}
}

func (c counted) send(t *testing.T, addr string) int {
	t.Helper()
	q, err := http.NewRequest(c.method, "http://"+addr+c.target, strings.NewReader(c.body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"X-User": c.user, "X-Plan": c.plan} {
		if value != "" {
			q.Header.Set(name, value)
		}
	}
	if c.body != "" {
		q.Header.Set("Content-Type", "application/json")
	}
	client := clientAt(c.from)
	defer client.CloseIdleConnections()
	resp, err := client.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}
