package proof

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/cmd/proof/front"
	"github.com/limitgen/limitgen/cmd/proof/harness"
	"github.com/limitgen/limitgen/generator/emit/config"
)

// shopSpec has an API below /v1, with a pool, costs of both kinds, limits by address, by identity and by day.
const shopSpec = `
openapi: 3.0.3
info: {title: Shop, version: "1"}
servers: [{url: "https://api.shop.example/v1"}]
x-rate-limits:
  version: 1
  limits:
    login: {quota: 3, window: 1d, per: [client-ip]}
    pool: {quota: 2, window: 1d, per: [identity]}
    tokens: {quota: 1000, window: 1d, per: [identity]}
    items: {quota: 10, window: 1d, per: [identity]}
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

// shopping is requests to that API in order, with their answers. A refused request comes last in its counter, since the rate limit service
// debits it.
func shopping(plans bool) []evasion {
	as := func(method, target, body string, header ...string) harness.Request {
		return harness.Request{Method: method, Target: target, Body: body, Header: header}
	}
	ann, bob := "X-User: ann", "X-User: bob"
	out := []evasion{
		{as("POST", "/v1/login", ""), 200}, {as("POST", "/login", ""), 200}, {as("POST", "/login", ""), 200}, {as("POST", "/login", ""), 200},
		{as("POST", "/v1/login/", "", ann), 200}, {as("POST", "//v1/./%6cogin", "", bob), 200}, {as("POST", "/V1/login", ""), 429}, {as("post", "/v1/login", ""), 429},
		{as("GET", "/v1/products/1", "", ann), 200}, {as("POST", "/v1/exports", "", ann, "Authorization: Bearer another"), 200}, {as("GET", "/v1/products/2", "", ann), 429},
		{as("GET", "/v1/products/1", "", bob), 200}, {as("GET", "/products/1", "", bob), 200}, {as("POST", "/v1/exports", "", bob), 200}, {as("POST", "/v1/exports", "", bob), 429},
		{as("POST", "/v1/chat", `{"max_tokens":900}`, ann), 200}, {as("POST", "/v1/chat", `{"max_tokens":1001}`, ann), 400}, {as("POST", "/v1/chat", `{"max_tokens":"1"}`, ann), 400},
		{as("POST", "/v1/chat", `{"max_tokens":84}`, ann), 200}, {as("POST", "/v1/chat", `{}`, ann), 200}, {as("POST", "/v1/chat", `{}`, ann), 429},
		{as("DELETE", "/v1/carts/a,b,c,d", "", ann), 200}, {as("DELETE", "/v1/carts/a,b,c,d,e,f", "", ann), 200}, {as("DELETE", "/v1/carts/a", "", ann), 429},
	}
	if plans {
		gold := []string{"X-User: cid", "X-Plan: gold"}
		for range 4 {
			out = append(out, evasion{as("GET", "/v1/products/1", "", gold...), 200})
		}
		out = append(out, evasion{as("GET", "/v1/products/1", "", gold...), 429},
			evasion{as("POST", "/v1/chat", `{"max_tokens":4000}`, gold...), 200}, evasion{as("POST", "/v1/chat", `{"max_tokens":5001}`, gold...), 400}, evasion{as("POST", "/v1/chat", `{"max_tokens":1001}`, gold...), 429},
			evasion{as("DELETE", "/v1/carts/a,b,c,d,e,f", "", gold...), 200}, evasion{as("DELETE", "/v1/carts/a,b,c,d,e", "", gold...), 429},
			evasion{as("GET", "/v1/products/1", "", "X-User: dan", "X-Plan: no such"), 200}, evasion{as("GET", "/v1/products/1", "", "X-User: dan", "X-Plan: none"), 200},
			evasion{as("GET", "/v1/products/1", "", "X-User: dan", "X-Plan: none"), 429})
	}
	return out
}

// TestShop sends the same through HAProxy and Envoy, which count by the headers that an authenticating proxy sets.
func TestShop(t *testing.T) {
	t.Parallel()
	headers := func(o *config.Options) { o.IdentityHeader, o.PlanHeader = "X-User", "X-Plan" }
	generate := func(t *testing.T, target string) string {
		return harness.GenerateText(t, "shop.yaml", shopSpec, target, headers)
	}
	for name, start := range map[string]func(t *testing.T) string{
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
		"envoy-local": func(t *testing.T) string {
			example := filepath.Join(generate(t, "envoy-local"), "example.yaml")
			harness.Rewrite(t, example, "port_value: 9090", port(t, harness.NewUpstream(t).Address()))
			return front.Start(t, example, false).Address()
		},
	} {
		t.Run(name, func(t *testing.T) {
			addr := start(t)
			for _, e := range shopping(true) {
				e.try(t, addr)
			}
		})
	}
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
