package proof

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/limitgen/limitgen/cmd/internal/proof/front"
	"github.com/limitgen/limitgen/cmd/internal/proof/harness"
)

// evasionSpec has limits that callers tried to get round.
const evasionSpec = `
openapi: 3.0.3
info: {title: evasions, version: "1"}
x-rate-limits:
  version: 1
  keys: {tenant: [$request.header.X-Tenant], number: [$request.body#/n], id: [$request.path.id], page: [$request.query.page], zone: [$request.header.X-Zone], region: [$request.body#/region]}
  limits:
    once: {quota: 1, window: 1h, per: [tenant, operation]}
    items: {quota: 10, window: 1h, per: [tenant]}
    tokens: {quota: 1000, window: 1h, per: [tenant]}
    numbers: {quota: 1, window: 1h, per: [number]}
    ids: {quota: 1, window: 1h, per: [id]}
    pages: {quota: 1, window: 1h, per: [page]}
    zones: {quota: 1, window: 1h, per: [zone]}
    regions: {quota: 1, window: 1h, per: [region]}
    who: {quota: 2, window: 1h, per: [credential]}
    address: {quota: 1, window: 1h, per: [client-ip]}
components:
  securitySchemes:
    login: {type: http, scheme: bearer}
    key: {type: apiKey, in: header, name: X-Key}
    basic: {type: http, scheme: basic}
  parameters:
    tenant: {name: X-Tenant, in: header, schema: {type: string}}
paths:
  /once:
    parameters: [{$ref: '#/components/parameters/tenant'}]
    get: {operationId: getOnce, x-rate-limit: once, responses: {"200": {description: ok}}}
    post: {operationId: postOnce, x-rate-limit: once, responses: {"200": {description: ok}}}
  /list;kind=new/{id}:
    parameters: [{$ref: '#/components/parameters/tenant'}, {name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: semicolon, x-rate-limit: once, responses: {"200": {description: ok}}}
  /simple/{ids}:
    parameters: [{$ref: '#/components/parameters/tenant'}, {name: ids, in: path, required: true, schema: {type: array, items: {type: string}}}]
    get: {operationId: simple, x-rate-limit: {use: {items: {count: $request.path.ids}}}, responses: {"200": {description: ok}}}
  /encoded/{ids}:
    parameters: [{$ref: '#/components/parameters/tenant'}, {name: ids, in: path, required: true, x-list: {encoded-comma: true}, schema: {type: array, items: {type: string}}}]
    get: {operationId: encoded, x-rate-limit: {use: {items: {count: $request.path.ids}}}, responses: {"200": {description: ok}}}
  /label/{ids}:
    parameters: [{$ref: '#/components/parameters/tenant'}, {name: ids, in: path, required: true, style: label, explode: true, schema: {type: array, items: {type: string}}}]
    get: {operationId: label, x-rate-limit: {use: {items: {count: $request.path.ids}}}, responses: {"200": {description: ok}}}
  /matrix/{ids}:
    parameters: [{$ref: '#/components/parameters/tenant'}, {name: ids, in: path, required: true, style: matrix, explode: true, schema: {type: array, items: {type: string}}}]
    get: {operationId: matrix, x-rate-limit: {use: {items: {count: $request.path.ids}}}, responses: {"200": {description: ok}}}
  /matrix-list/{ids}:
    parameters: [{$ref: '#/components/parameters/tenant'}, {name: ids, in: path, required: true, style: matrix, explode: false, schema: {type: array, items: {type: string}}}]
    get: {operationId: matrixList, x-rate-limit: {use: {items: {count: $request.path.ids}}}, responses: {"200": {description: ok}}}
  /pipes:
    parameters: [{$ref: '#/components/parameters/tenant'}, {name: ids, in: query, style: pipeDelimited, explode: false, schema: {type: array, items: {type: string}}}]
    get: {operationId: pipes, x-rate-limit: {use: {items: {count: $request.query.ids}}}, responses: {"200": {description: ok}}}
  /spaces:
    parameters: [{$ref: '#/components/parameters/tenant'}, {name: ids, in: query, style: spaceDelimited, explode: false, schema: {type: array, items: {type: string}}}]
    get: {operationId: spaces, x-rate-limit: {use: {items: {count: $request.query.ids}}}, responses: {"200": {description: ok}}}
  /form:
    parameters: [{$ref: '#/components/parameters/tenant'}, {name: ids, in: query, schema: {type: array, items: {type: string}}}]
    get: {operationId: form, x-rate-limit: {use: {items: {count: $request.query.ids}}}, responses: {"200": {description: ok}}}
  /tokens:
    parameters: [{$ref: '#/components/parameters/tenant'}]
    post:
      operationId: tokens
      x-rate-limit: {use: {tokens: {value: '$request.body#/max_tokens', max: 900}}}
      requestBody: {content: {application/json: {schema: {type: object, properties: {max_tokens: {type: integer, default: 16}}}}}}
      responses: {"200": {description: ok}}
  /units:
    parameters: [{$ref: '#/components/parameters/tenant'}, {name: units, in: query, schema: {type: integer}}]
    get: {operationId: units, x-rate-limit: {use: {tokens: {value: $request.query.units, times: 10}}}, responses: {"200": {description: ok}}}
  /numbers:
    post:
      operationId: numbers
      x-rate-limit: numbers
      requestBody: {content: {application/json: {schema: {type: object, properties: {n: {type: number}}}}}}
      responses: {"200": {description: ok}}
  /ids/{id}:
    get: {operationId: ids, x-rate-limit: ids, parameters: [{name: id, in: path, required: true, schema: {type: integer}}], responses: {"200": {description: ok}}}
  /label-ids/{id}:
    get: {operationId: labelIds, x-rate-limit: ids, parameters: [{name: id, in: path, required: true, style: label, schema: {type: integer}}], responses: {"200": {description: ok}}}
  /matrix-ids/{id}:
    get: {operationId: matrixIds, x-rate-limit: ids, parameters: [{name: id, in: path, required: true, style: matrix, schema: {type: integer}}], responses: {"200": {description: ok}}}
  /pages:
    get: {operationId: pages, x-rate-limit: pages, parameters: [{name: page, in: query, allowEmptyValue: true, schema: {type: number, default: 1}}], responses: {"200": {description: ok}}}
  /zones:
    get: {operationId: zones, x-rate-limit: zones, parameters: [{name: X-Zone, in: header, schema: {type: string, default: 'a "b" $c'}}], responses: {"200": {description: ok}}}
  /regions:
    post:
      operationId: regions
      x-rate-limit: regions
      requestBody: {required: true, content: {application/json: {schema: {type: object, properties: {region: {type: string, default: eu}}}}}}
      responses: {"200": {description: ok}}
  /who:
    get: {operationId: who, security: [{login: []}, {key: []}, {basic: []}], x-rate-limit: who, responses: {"200": {description: ok}}}
  /address:
    get: {operationId: address, x-rate-limit: address, responses: {"200": {description: ok}}}
`

// evasions are requests in order, each with the answers that it may get: 200 for one that the API
// answers.
func evasions() []evasion {
	get := func(target string, header ...string) harness.Request {
		return harness.Request{Method: "GET", Target: target, Header: header}
	}
	post := func(target, body string, header ...string) harness.Request {
		return harness.Request{Method: "POST", Target: target, Body: body, Header: header}
	}
	all := []evasion{
		// Methods.
		{get("/once", "X-Tenant: m"), 200}, {harness.Request{Method: "get", Target: "/once", Header: []string{"X-Tenant: m"}}, 429},
		{harness.Request{Method: "Get", Target: "/once", Header: []string{"X-Tenant: m2"}}, 200}, {get("/once", "X-Tenant: m2"), 429},
		{harness.Request{Method: "post", Target: "/once", Header: []string{"X-Tenant: m"}}, 200}, {harness.Request{Method: "head", Target: "/once", Header: []string{"X-Tenant: m"}}, 429},
		// A semicolon in a template.
		{get("/list;kind=new/a", "X-Tenant: s"), 200}, {get("/list;kind=new/b", "X-Tenant: s"), 429}, {get("/LIST;KIND=new/b/", "X-Tenant: s"), 429},
		{get("/list%3Bkind=new/b", "X-Tenant: s"), 429}, {get("//list;kind=%6eew/b;c", "X-Tenant: s"), 429}, {get("/list;kind=old/b", "X-Tenant: s"), 200},
		// Numbers as keys.
		{post("/numbers", `{"n":1}`), 200}, {post("/numbers", `{"n":1.0}`), 429}, {post("/numbers", `{"n":1e0}`), 429}, {post("/numbers", `{"n":10e-1}`), 429},
		{post("/numbers", `{"n":0.001E+3}`), 429}, {post("/numbers", `{"n":-1}`), 200}, {post("/numbers", `{"n":10}`), 200}, {post("/numbers", `{"n":0}`), 200},
		{post("/numbers", `{"n":-0.0e5}`), 429}, {post("/numbers", `{"n":1.5}`), 200}, {post("/numbers", `{"n":15e-1}`), 429}, {post("/numbers", `{"n":1e400}`), 200},
		{get("/ids/1"), 200}, {get("/ids/1.0"), 429}, {get("/ids/%31"), 429}, {get("/ids/10e-1"), 429}, {get("/ids/2"), 200}, {get("/ids/01"), 400}, {get("/ids/x"), 400}, {get("/ids/+1"), 400},
		{get("/label-ids/.7"), 200}, {get("/label-ids/.7.0"), 429}, {get("/label-ids/7"), 429}, {get("/matrix-ids/;id=8"), 200}, {get("/matrix-ids/;id=8e0"), 429}, {get("/matrix-ids/8"), 429},
		// Values that are absent, and their defaults.
		{get("/pages"), 200}, {get("/pages?page=1"), 429}, {get("/pages?page=1.00"), 429}, {get("/pages?page="), 429}, {get("/pages?page=2&page=3"), 200}, {get("/pages?%70age=2e0"), 429}, {get("/pages?page=1x"), 400},
		{get("/zones"), 200}, {get("/zones", `X-Zone: a "b" $c`), 429}, {get("/zones", `X-Zone: a`), 200},
		{post("/regions", `{}`), 200}, {post("/regions", `{"region":"\u0065u"}`), 429}, {post("/regions", `{"region":"us"}`), 200}, {post("/regions", `{"x":{"region":"de"}}`), 429},
		// Credentials, each of which admits two.
		{get("/who", "Authorization: Bearer abc"), 200}, {get("/who", "Authorization: bearer   abc"), 200}, {get("/who", "Authorization: BEARER\tabc "), 429},
		{get("/who", "Authorization: Basic eDp5"), 200}, {get("/who", "Authorization: basic  eDp5"), 200}, {get("/who", "Authorization: Basic eDp5="), 429},
		{get("/who", "Authorization: Basic eDp5eg=="), 200}, {get("/who", "Authorization: Basic eDp5eh=="), 200}, {get("/who", "Authorization: Basic eDp5eg"), 429},
		{get("/who", "X-Key: k", "Authorization: Bearer bogus1"), 200}, {get("/who", "X-Key: k", "Authorization: Bearer bogus2"), 200},
		{get("/who", "X-Key: k", "Authorization: Bearer bogus3"), 429}, {get("/who", "X-Key: k"), 429}, {get("/who", "X-Key: other"), 200},
		{get("/who", "Authorization: Bearer e30.e30.AB"), 200}, {get("/who", "Authorization: Bearer e30.e30.AA"), 200}, {get("/who", "Authorization: Bearer e30.e30.AC"), 429},
		// Costs that are numbers.
		{post("/tokens", `{"max_tokens":900}`, "X-Tenant: t"), 200}, {post("/tokens", `{"max_tokens":101}`, "X-Tenant: t"), 429}, {post("/tokens", `{"max_tokens":84}`, "X-Tenant: t"), 200},
		{post("/tokens", `{}`, "X-Tenant: t"), 200}, {post("/tokens", ``, "X-Tenant: t"), 429}, {post("/tokens", `{"max_tokens":null}`, "X-Tenant: t"), 429},
		{post("/tokens", `{"max_tokens":0}`, "X-Tenant: t"), 200}, {post("/tokens", `{"max_tokens":901}`, "X-Tenant: t"), 400}, {post("/tokens", `{"max_tokens":-1}`, "X-Tenant: t"), 400},
		{post("/tokens", `{"max_tokens":1.5}`, "X-Tenant: t"), 400}, {post("/tokens", `{"max_tokens":"5"}`, "X-Tenant: t"), 400}, {post("/tokens", `{"max_tokens":[1]}`, "X-Tenant: t"), 400},
		{post("/tokens", `{"max_tokens":1e300}`, "X-Tenant: t"), 400}, {post("/tokens", `{"max_tokens":5.0e2}`, "X-Tenant: t2"), 200}, {post("/tokens", `{"max_tokens":501}`, "X-Tenant: t2"), 429},
		{get("/units?units=100", "X-Tenant: u"), 200}, {get("/units", "X-Tenant: u"), 429}, {get("/units?units=99", "X-Tenant: u2"), 200}, {get("/units", "X-Tenant: u2"), 200}, {get("/units", "X-Tenant: u2"), 429},
		{get("/units?units=", "X-Tenant: u3"), 400}, {get("/units?units=x", "X-Tenant: u3"), 400}, {get("/units?units=016", "X-Tenant: u3"), 400}, {get("/units?units=101", "X-Tenant: u3"), 400},
	}
	// Lists: six items of ten, then five more, which are too many, then four, which are all.
	for name, list := range map[string]func(n int) string{
		"simple":  func(n int) string { return "/simple/" + joined("a", ",", n) },
		"encoded": func(n int) string { return "/encoded/" + joined("a", "%2C", n) },
		"mixed":   func(n int) string { return "/encoded/" + strings.Replace(joined("a", "%2c", n), "%2c", ",", 1) },
		"label":   func(n int) string { return "/label/" + strings.Repeat(".a", n) },
		"matrix":  func(n int) string { return "/matrix/" + strings.Repeat(";ids=a", n) },
		"matrix2": func(n int) string { return "/matrix-list/;ids=" + joined("a", ",", n) },
		"pipes":   func(n int) string { return "/pipes?ids=" + joined("a", "|", n) },
		"pipes2":  func(n int) string { return "/pipes?ids=" + joined("a", "%7c", n) },
		"spaces":  func(n int) string { return "/spaces?ids=" + joined("a", "%20", n) },
		"spaces2": func(n int) string { return "/spaces?ids=" + joined("a", "+", n) },
		"form":    func(n int) string { return "/form?ids=" + joined("a", "&ids=", n) },
		"empty":   func(n int) string { return "/form?" + joined("ids=", "&", n) },
	} {
		tenant := "X-Tenant: list-" + name
		all = append(all, evasion{get(list(6), tenant), 200}, evasion{get(list(5), tenant), 429}, evasion{get(list(4), tenant), 200}, evasion{get(list(1), tenant), 429}, evasion{get(list(11), tenant), 400})
	}
	return all
}

func joined(item, separator string, n int) string {
	return strings.Repeat(item+separator, n-1) + item
}

type evasion struct {
	request harness.Request
	status  int
}

func (e evasion) try(t *testing.T, addr string) {
	t.Helper()
	if r := harness.Do(t, addr, e.request); r.Status != e.status {
		t.Errorf("%s %s %v %s: answered %d %s, want %d", e.request.Method, e.request.Target, e.request.Header, e.request.Body, r.Status, r.Body, e.status)
	}
}

func TestHAProxyEvasions(t *testing.T) {
	t.Parallel()
	addr, _ := haproxy(t, harness.GenerateText(t, "evasions.yaml", evasionSpec, "haproxy"))
	for _, e := range evasions() {
		e.try(t, addr)
	}
}

// TestServerEvasions sends the same to the generated server. It knows what it serves, so it refuses
// spellings that others may take for the same, and validates numbers, before it counts; all else is
// counted as gateways do.
func TestServerEvasions(t *testing.T) {
	t.Parallel()
	addr := startServer(t, evasionSpec, strings.Replace(shopMain, `plan := r.Header.Get("X-Plan")`, `plan := ""`, 1))
	spelt := regexp.MustCompile(`^[a-z]|^[A-Z][a-z]|X-Tenant: (m2|s|t2)$|1e400|null`)
	for _, e := range evasions() {
		q := e.request
		if spelt.MatchString(q.Method + " " + q.Body + " " + strings.Join(q.Header, " ")) {
			continue
		}
		if e.status == http.StatusOK {
			e.status = http.StatusNotImplemented // by the handlers
		}
		e.try(t, addr)
	}
}

// from sends a request by the PROXY protocol, as if it came from another address.
func from(t *testing.T, addr, client string) int {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(60 * time.Second))
	family, to := "TCP4", "127.0.0.1"
	if strings.Contains(client, ":") {
		family, to = "TCP6", "::1"
	}
	_, err = fmt.Fprintf(conn, "PROXY %s %s %s 1234 80\r\nGET /address HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\n\r\n", family, client, to)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(client, err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

// addresses are callers in order, with the answers for 64 bits that count.
var addresses = []struct {
	client string
	status int
}{
	{"2001:db8:1:2::1", 200}, {"2001:db8:1:2:ffff::9", 429}, {"2001:db8:1:3::1", 200}, {"192.0.2.1", 200}, {"192.0.2.2", 200}, {"192.0.2.1", 429},
	{"::ffff:198.51.100.1", 200}, {"::ffff:198.51.100.2", 200}, {"::ffff:198.51.100.1", 429},
}

// TestHAProxyAddresses has clients in one /64 share a counter, and IPv4 clients none, on sockets of
// either family.
func TestHAProxyAddresses(t *testing.T) {
	t.Parallel()
	for name, spec := range map[string]string{"by table": evasionSpec, "by Lua": strings.Replace(evasionSpec, "x-rate-limit: address", "x-rate-limit: {use: {address: 1, weight: 2}}", 1)} {
		t.Run(name, func(t *testing.T) {
			spec = strings.Replace(spec, "    address: {", "    weight: {quota: 3, window: 1h, per: [client-ip, tenant]}\n    address: {", 1)
			dir := harness.GenerateText(t, "evasions.yaml", spec, "haproxy")
			harness.Rewrite(t, filepath.Join(dir, "example.cfg"), "bind 127.0.0.1:8080", "bind 127.0.0.1:8080 accept-proxy")
			addr, _ := haproxy(t, dir)
			for _, a := range addresses {
				if got := from(t, addr, a.client); got != a.status {
					t.Errorf("%s: %d, want %d", a.client, got, a.status)
				}
			}
		})
	}
	dir := harness.GenerateText(t, "evasions.yaml", strings.Replace(evasionSpec, "  version: 1\n", "  version: 1\n  client-ip: {ipv6: 48}\n", 1), "haproxy")
	harness.Rewrite(t, filepath.Join(dir, "example.cfg"), "bind 127.0.0.1:8080", "bind 127.0.0.1:8080 accept-proxy")
	addr, _ := haproxy(t, dir)
	if a, b := from(t, addr, "2001:db8:1:2::1"), from(t, addr, "2001:db8:1:3::1"); a != 200 || b != 429 {
		t.Errorf("of a /48: %d and %d", a, b)
	}
}

// TestEnvoyEvasions sends the same to Envoy's filters: with the rate limit service, where a refused
// request is debited in all its limits, and with buckets, which fill up again.
func TestEnvoyEvasions(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"envoy", "envoy-local"} {
		t.Run(target, func(t *testing.T) {
			api := harness.NewUpstream(t)
			dir := harness.GenerateText(t, "evasions.yaml", evasionSpec, target)
			example := filepath.Join(dir, "example.yaml")
			harness.Rewrite(t, example, "port_value: 9090", port(t, api.Address()))
			if target == "envoy" {
				service := harness.RateLimitService(t, harness.GenerateText(t, "evasions.yaml", evasionSpec, "ratelimit"), harness.Redis(t))
				harness.Rewrite(t, example, "port_value: 8081", port(t, service))
			}
			addr := front.Start(t, example, false).Address()
			spent := map[string]bool{} // counters that a refused request has filled
			for _, e := range evasions() {
				key := strings.Join(e.request.Header, " ")
				if target == "envoy" && spent[key] && e.status == 200 && key != "" {
					continue
				}
				spent[key] = spent[key] || e.status == 429
				e.try(t, addr)
			}
		})
	}
}

const variantsSpec = `
openapi: 3.0.3
info: {title: variants, version: "1"}
x-rate-limits:
  version: 1
  keys: {tenant: [$request.header.X-Tenant]}
  limits:
    one: {quota: 3, window: 1h, per: [tenant]}
    many: {quota: 1, window: 1h, per: [tenant]}
paths:
  /users/{ids}:
    parameters: [{name: X-Tenant, in: header, schema: {type: string}}, {name: ids, in: path, required: true, x-list: {encoded-comma: true}, schema: {type: string}}]
    delete:
      operationId: drop
      x-rate-limit:
        variants:
          - {name: dropMany, when: {expr: $request.path.ids, is: list}, use: {many: 1}}
          - {name: dropOne, use: {one: 1}}
      responses: {"200": {description: ok}}
`

// TestEnvoyVariants tells a list of one parameter's from a single value, by commas and by encoded
// ones.
func TestEnvoyVariants(t *testing.T) {
	t.Parallel()
	example := filepath.Join(harness.GenerateText(t, "variants.yaml", variantsSpec, "envoy-local"), "example.yaml")
	harness.Rewrite(t, example, "port_value: 9090", port(t, harness.NewUpstream(t).Address()))
	addr := front.Start(t, example, false).Address()
	for _, e := range []struct {
		ids    string
		status int
	}{{"a", 200}, {"a%2Cb", 200}, {"a,b", 429}, {"a%2cb", 429}, {"b", 200}, {"c", 200}, {"d", 429}} {
		evasion{harness.Request{Method: "DELETE", Target: "/users/" + e.ids, Header: []string{"X-Tenant: t"}}, e.status}.try(t, addr)
	}
}
