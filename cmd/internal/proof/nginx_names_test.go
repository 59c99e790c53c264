package proof

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/cmd/internal/proof/harness"
	"github.com/limitgen/limitgen/generator/emit/config"
)

// TestNginxTakesLongNames gives an API and its limits names of every length, many limits to one
// operation and many templates of one length to the tables: nginx takes the files, and counts.
func TestNginxTakesLongNames(t *testing.T) {
	for _, n := range []int{1, 12, 13, 20, 31, 32, 40, 63} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			var limits, use strings.Builder
			for i := range 12 {
				name := "l" + strings.Repeat(string(rune('a'+i)), n-1)
				if n == 1 {
					name = string(rune('a' + i))
				}
				fmt.Fprintf(&limits, "    %s: {quota: 2, window: 1m, per: [client-ip, operation]}\n", name)
				fmt.Fprintf(&limits, "    %s: {quota: 3, unit: concurrent-requests, per: [credential, tenant]}\n", "h"+name[:len(name)-1]+"-")
				fmt.Fprintf(&use, "%s: 1, ", name)
			}
			lines := strings.Split(limits.String(), "\n")
			text := "openapi: 3.0.3\ninfo: {title: names, version: '1'}\nx-rate-limits:\n  version: 1\n  keys: {tenant: [$request.header.X-Tenant]}\n  limits:\n" +
				lines[0] + "\n"
			for i := 2; i < len(lines); i += 2 {
				text += lines[i] + "\n"
			}
			text += "components: {securitySchemes: {t: {type: http, scheme: bearer}, k: {type: apiKey, in: header, name: X-Key}}}\nsecurity: [{t: []}, {k: []}]\n" +
				"paths:\n  /a: {get: {x-rate-limit: {use: {" + strings.TrimSuffix(use.String(), ", ") + "}}, responses: {'200': {description: ok}}}}\n"
			for i := range 30 {
				text += fmt.Sprintf("  /{x}/m%d-{y}-m%d: {get: {x-rate-limit: {use: {%s}}, parameters: [{name: x, in: path, required: true, schema: {type: string}},"+
					"{name: y, in: path, required: true, schema: {type: string}}], responses: {'200': {description: ok}}}}\n", i, i, strings.SplitN(use.String(), ",", 2)[0])
			}
			dir := harness.GenerateText(t, "names.yaml", text, "nginx", harness.Approximate, func(o *config.Options) { o.Name = "n" + strings.Repeat("x", min(n, 40)-1) })
			addr := startNginx(t, dir, harness.NewUpstream(t))
			for _, target := range []string{"/a", "/o/m29-x-m29"} {
				if passed := harness.Passed(harness.Burst(t, addr, 6, 1, get(target))); passed != 2 {
					t.Errorf("%s: %d of 6 passed, want 2", target, passed)
				}
			}
		})
	}
}

// startNginx6 has an emitted example listen at the loopback address of IPv6 as well.
func startNginx6(t *testing.T, dir string, api *harness.Upstream) (v4, v6 string) {
	t.Helper()
	port := harness.FreePort(t)
	v6 = fmt.Sprintf("[::1]:%d", port)
	harness.Rewrite(t, filepath.Join(dir, "example.conf"), "listen 127.0.0.1:8080;", "listen 127.0.0.1:8080; listen "+v6+";")
	return startNginx(t, dir, api), v6
}

// TestNginxCountsNetworks sends from an address of version 6, and asks nginx what it counts other
// addresses by.
func TestNginxCountsNetworks(t *testing.T) {
	dir := harness.GenerateText(t, "shop.yaml", shop, "nginx", harness.Approximate)
	// The addresses come in a header, since a test has but one of version 6.
	harness.Rewrite(t, filepath.Join(dir, "limits.conf"), `map "$remote_addr"`, `map "$http_x_from"`)
	harness.Rewrite(t, filepath.Join(dir, "limits.conf"), `default $remote_addr`, `default $http_x_from`)
	addr := startNginx(t, dir, harness.NewUpstream(t))
	from := func(address string, n int) int {
		return harness.Passed(harness.Burst(t, addr, n, 1, func(int) harness.Request {
			return harness.Request{Method: "POST", Target: "/v1/login", Header: []string{"X-From: " + address}}
		}))
	}
	for _, c := range []struct {
		address string
		want    int
	}{
		{"2001:db8:1:2:3:4:5:6", 5}, {"2001:db8:1:2::9", 0}, {"2001:db8:1:3::9", 5}, {"2001:db8::1", 5}, {"2001:db8:0:0:1::", 0},
		{"2001:db8:0:1::", 5}, {"::1", 5}, {"::2:3:4:5", 0}, {"10.0.0.1", 5}, {"::ffff:10.0.0.1", 0}, {"10.0.0.2", 5},
	} {
		if got := from(c.address, 7); got != c.want {
			t.Errorf("%s: %d passed, want %d", c.address, got, c.want)
		}
	}
	dir = harness.GenerateText(t, "shop.yaml", shop, "nginx", harness.Approximate)
	v4, v6 := startNginx6(t, dir, harness.NewUpstream(t))
	for _, a := range []string{v4, v6} {
		if got := harness.Passed(harness.Burst(t, a, 7, 1, func(int) harness.Request { return harness.Request{Method: "POST", Target: "/v1/login"} })); got != 5 {
			t.Errorf("%s: %d passed, want 5", a, got)
		}
	}
}

// shop has a path in its server, and a daily limit that nginx has no rate for.
const shop = `openapi: 3.0.3
info: {title: Shop, version: "1"}
servers: [{url: "https://api.shop.example/v1"}]
x-rate-limits:
  version: 1
  limits:
    login: {quota: 5, window: 1m, per: [client-ip]}
    each: {quota: 20, window: 1s, per: [client-ip, operation]}
    exports: {quota: 10, window: 1d, reset: utc, per: [client-ip]}
  default: {each: 1}
paths:
  /login: {post: {operationId: login, x-rate-limit: login, responses: {"204": {description: ok}, "429": {description: slow}}}}
  /products/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: getProduct, responses: {"200": {description: ok}, "429": {description: slow}}}
  /exports: {post: {operationId: createExport, x-rate-limit: {use: {exports: 1, each: 1}}, responses: {"202": {description: ok}, "429": {description: slow}}}}
`

func TestNginxLeavesSlowLimitsOut(t *testing.T) {
	dir := harness.GenerateText(t, "shop.yaml", shop, "nginx", harness.Approximate)
	text, err := os.ReadFile(filepath.Join(dir, "limits.conf"))
	if err != nil || !strings.Contains(string(text), "# Left out, and not enforced by these files: exports, 10 requests per day.") {
		t.Errorf("%v\n%s", err, text)
	}
	addr := startNginx(t, dir, harness.NewUpstream(t))
	for target, want := range map[string]int{"/v1/login": 5, "/login": 30, "/v1/exports": 20} {
		got := harness.Passed(harness.Burst(t, addr, 30, 1, func(int) harness.Request { return harness.Request{Method: "POST", Target: target} }))
		if got < want || got > want+5 {
			t.Errorf("%s: %d passed, want %d", target, got, want)
		}
	}
}
