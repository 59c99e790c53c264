package proof

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/cmd/internal/proof/front"
	"github.com/limitgen/limitgen/cmd/internal/proof/harness"
	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/emit/config"
)

// shopSpec has an API below /v1, with a pool, costs of both kinds, limits by address, by identity
// and by day.
const shopSpec = `
openapi: 3.0.3
info: {title: Shop, version: "1"}
servers: [{url: "https://api.shop.example/v1"}]
x-rate-limits:
  version: 1
  limits:
    login: {quota: 3, window: 1m, per: [client-ip]}
    pool: {quota: 2, window: 1m, per: [identity]}
    tokens: {quota: 1000, window: 1m, per: [identity]}
    items: {quota: 10, window: 1m, per: [identity]}
  plans: {gold: {pool: {quota: 4}, tokens: {quota: 5000}}}
components: {securitySchemes: {login: {type: http, scheme: bearer}}}
security: [{login: []}]
paths:
  /login: {post: {operationId: login, security: [], x-rate-limit: login, responses: {"204": {description: ok}}}}
  /products/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: getProduct, x-rate-limit: pool, responses: {"200": {description: ok}}}
  /exports: {post: {operationId: createExport, x-rate-limit: pool, responses: {"202": {description: ok}}}}
  /chat:
    post:
      operationId: chat
      x-rate-limit: {use: {tokens: {value: '$request.body#/max_tokens'}}}
      requestBody: {content: {application/json: {schema: {type: object, properties: {max_tokens: {type: integer, default: 16}}}}}}
      responses: {"200": {description: ok}}
  /carts/{ids}:
    parameters: [{name: ids, in: path, required: true, schema: {type: array, items: {type: string}}}]
    delete: {operationId: dropCarts, x-rate-limit: {use: {items: {count: $request.path.ids}}}, responses: {"204": {description: ok}}}
`

// A purchase is a request to that API, and whether it passes, is refused for its quota, or cannot
// be right.
type purchase struct {
	engines string // that it is sent to; "" for all
	request harness.Request
	status  int
}

// shopping is in order. A refused request comes last in its counter, since the rate limit service
// debits it.
func shopping() []purchase {
	as := func(method, target, body string, header ...string) harness.Request {
		return harness.Request{Method: method, Target: target, Body: body, Header: header}
	}
	const gateways, counting, planning = "haproxy envoy envoy-local nginx", "haproxy envoy envoy-local server", "haproxy envoy envoy-local server"
	ann, bob := "X-User: ann", "X-User: bob"
	gold, none := []string{"X-User: cid", "X-Plan: gold"}, []string{"X-User: dan", "X-Plan: none"}
	out := []purchase{
		// By address, for any caller, and only below the server's path.
		{gateways, as("POST", "/login", ""), 200}, {gateways, as("POST", "/login", ""), 200}, {gateways, as("POST", "/login", ""), 200},
		{"", as("POST", "/v1/login", ""), 200}, {gateways, as("POST", "/v1/login/", "", ann), 200}, {gateways, as("POST", "//v1/./%6cogin", "", bob), 200},
		{"server", as("POST", "/v1/login", "", ann), 200}, {"server", as("POST", "/v1/login", "", bob), 200},
		{"", as("POST", "/v1/login", ""), 429}, {gateways, as("POST", "/V1/login", ""), 429},
		// A pool, by identity: another token is the same caller.
		{"", as("GET", "/v1/products/1", "", ann), 200}, {"", as("POST", "/v1/exports", "", ann, "Authorization: Bearer another"), 200}, {"", as("GET", "/v1/products/2", "", ann), 429},
		{"", as("GET", "/v1/products/1", "", bob), 200}, {"", as("POST", "/v1/exports", "", bob), 200}, {"", as("POST", "/v1/exports", "", bob), 429},
		// Costs that are numbers, and lists.
		{counting, as("POST", "/v1/chat", `{"max_tokens":900}`, ann), 200}, {counting, as("POST", "/v1/chat", `{"max_tokens":1001}`, ann), 400},
		{counting, as("POST", "/v1/chat", `{"max_tokens":"1"}`, ann), 400}, {counting, as("POST", "/v1/chat", `{"max_tokens":84}`, ann), 200},
		{counting, as("POST", "/v1/chat", `{}`, ann), 200}, {counting, as("POST", "/v1/chat", `{}`, ann), 429},
		{counting, as("DELETE", "/v1/carts/a,b,c,d", "", ann), 200}, {counting, as("DELETE", "/v1/carts/a,b,c,d,e,f", "", ann), 200}, {counting, as("DELETE", "/v1/carts/a", "", ann), 429},
	}
	// Plans.
	for range 4 {
		out = append(out, purchase{planning, as("GET", "/v1/products/1", "", gold...), 200})
	}
	return append(out,
		purchase{planning, as("GET", "/v1/products/1", "", gold...), 429},
		purchase{planning, as("POST", "/v1/chat", `{"max_tokens":4000}`, gold...), 200}, purchase{planning, as("POST", "/v1/chat", `{"max_tokens":5001}`, gold...), 400},
		purchase{planning, as("POST", "/v1/chat", `{"max_tokens":1001}`, gold...), 429},
		purchase{planning, as("DELETE", "/v1/carts/a,b,c,d,e,f", "", gold...), 200}, purchase{planning, as("DELETE", "/v1/carts/a,b,c,d,e", "", gold...), 429},
		purchase{planning, as("GET", "/v1/products/1", "", none...), 200}, purchase{planning, as("GET", "/v1/products/1", "", none...), 200},
		purchase{planning, as("GET", "/v1/products/1", "", none...), 429})
}

// TestShop sends the same requests to a generated server and through every gateway, which count by
// the headers that an authenticating proxy sets: the same requests are counted, and the same
// refused.
func TestShop(t *testing.T) {
	t.Parallel()
	headers := func(o *config.Options) { o.IdentityHeader, o.PlanHeader = "X-User", "X-Plan" }
	generate := func(t *testing.T, target string) string {
		return harness.GenerateText(t, "shop.yaml", shopSpec, target, headers)
	}
	for name, start := range map[string]func(t *testing.T) string{
		"server": func(t *testing.T) string { return startServer(t, shopSpec, shopMain) },
		"haproxy": func(t *testing.T) string {
			addr, _ := haproxy(t, generate(t, "haproxy"))
			return addr
		},
		"nginx": func(t *testing.T) string { // which reads neither numbers nor plans, as it says
			dir := harness.GenerateText(t, "shop.yaml", shopSpec, "nginx", headers, harness.Approximate)
			return startNginx(t, dir, harness.NewUpstream(t))
		},
		"envoy": func(t *testing.T) string {
			example := filepath.Join(generate(t, "envoy"), "example.yaml")
			service := harness.RateLimitService(t, generate(t, "ratelimit"), harness.Redis(t))
			harness.Rewrite(t, example, "port_value: 8081", port(t, service), "port_value: 9090", port(t, harness.NewUpstream(t).Address()))
			return front.Start(t, example, false).Address()
		},
		"envoy-local": func(t *testing.T) string {
			example := filepath.Join(generate(t, "envoy-local"), "example.yaml")
			harness.Rewrite(t, example, "port_value: 9090", port(t, harness.NewUpstream(t).Address()))
			return front.Start(t, example, false).Address()
		},
	} {
		t.Run(name, func(t *testing.T) {
			addr := start(t)
			harness.SameMinute()
			for _, p := range shopping() {
				if p.engines != "" && !slices.Contains(strings.Fields(p.engines), name) {
					continue
				}
				r := harness.Do(t, addr, p.request)
				if r.Status == http.StatusNotImplemented { // the server's handlers do nothing
					r.Status = http.StatusOK
				}
				if r.Status != p.status {
					t.Errorf("%s %s %v %s: answered %d %s, want %d", p.request.Method, p.request.Target, p.request.Header, p.request.Body, r.Status, r.Body, p.status)
				}
			}
		})
	}
}

const shopMain = `package main

import (
	"context"
	"log"
	"net/http"
	"os"

	"shop/shop"
	"shop/shop/rest"
)

func main() {
	hook := func(ctx context.Context, r *http.Request, _ string, _ [][]string) (context.Context, error) {
		plan := r.Header.Get("X-Plan")
		if plan == "none" {
			plan = ""
		}
		return rest.WithIdentity(ctx, rest.Identity{Key: r.Header.Get("X-User"), Plan: plan}), nil
	}
	server, err := shop.NewServer(shop.Handlers{API: shop.Unimplemented{}}, rest.WithAuth(hook))
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe(os.Args[1], server))
}
`

// startServer builds a program around the generated server of a spec, in the package shop, and runs
// it.
func startServer(t *testing.T, spec, main string) string {
	t.Helper()
	dir := t.TempDir()
	result, diags := generator.Generate(t.Context(), generator.Options{Spec: "shop.yaml", Data: []byte(spec), Package: "shop", ImportPath: "shop/shop", Config: config.Defaults()})
	if result == nil {
		t.Fatal(diags)
	}
	files := map[string]string{"go.mod": "module shop\n\ngo 1.25\n", "main.go": main}
	for _, f := range result.Files {
		files[filepath.Join("shop", f.Name)] = string(f.Data)
	}
	for name, data := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	program := filepath.Join(dir, "server")
	if out, err := harness.Command(t, "go", "build", "-C", dir, "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	addr := harness.Address(harness.FreePort(t))
	harness.StartIn(t, dir, nil, addr, program, addr)
	return addr
}

// TestBasePath has HAProxy look for the path that the command was told, instead of the server's.
func TestBasePath(t *testing.T) {
	t.Parallel()
	spec := strings.ReplaceAll(shopSpec, "per: [identity]", "per: [client-ip, operation]")
	addr, _ := haproxy(t, harness.GenerateText(t, "shop.yaml", spec, "haproxy", func(o *config.Options) { o.BasePath = "/shop" }))
	for _, want := range []int{200, 200, 200, 429} {
		if r := harness.Do(t, addr, harness.Request{Method: "POST", Target: "/v1/login"}); r.Status != 200 {
			t.Error("/v1/login is limited:", r.Status)
		}
		if r := harness.Do(t, addr, harness.Request{Method: "POST", Target: "/shop/login"}); r.Status != want {
			t.Errorf("/shop/login: %d, want %d", r.Status, want)
		}
	}
}
