package proof

import (
	"net/http"
	"testing"

	"github.com/limitgen/limitgen/cmd/internal/proof/harness"
)

// forwardedProgram is a generated server that counts by address and trusts the proxy before it.
const forwardedProgram = `package main

import (
	"net/http"
	"net/netip"
	"os"

	"api/api"
	"api/api/rest"
)

func main() {
	s, err := api.NewServer(api.Handlers{API: api.Unimplemented{}}, rest.WithTrustedProxies([]netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}))
	if err != nil {
		panic(err)
	}
	panic(http.ListenAndServe(os.Args[1], s))
}
`

const forwardedSpec = `openapi: 3.0.3
info: {title: forwarded, version: "1"}
servers: [{url: /v1}]
x-rate-limits:
  version: 1
  limits: {each: {quota: 2, window: 1m, per: [client-ip]}}
  default: {each: 1}
paths:
  /a: {get: {operationId: a, responses: {"204": {description: ok}, "429": {description: slow}}}}
`

// TestTheServerBehindAProxySeesItsClients counts in a generated server behind the examples of nginx
// and HAProxy, which count nothing of it: two clients have two counters, whatever address they
// claim to have.
func TestTheServerBehindAProxySeesItsClients(t *testing.T) {
	for name, start := range map[string]func(t *testing.T, api string) string{
		"nginx": func(t *testing.T, api string) string {
			dir := harness.GenerateText(t, "none.yaml", shop, "nginx", harness.Approximate)
			addr := harness.Address(harness.FreePort(t))
			example := nginxExample(t, dir, "example.conf")
			harness.Rewrite(t, example, "127.0.0.1:8080", addr, "127.0.0.1:9090", api)
			harness.StartIn(t, t.TempDir(), nil, addr, harness.Need(t, "nginx"), "-c", example, "-g", "daemon off;")
			return addr
		},
		"haproxy": func(t *testing.T, api string) string {
			dir := harness.GenerateText(t, "none.yaml", shop, "haproxy")
			addr := harness.Address(harness.FreePort(t))
			harness.Rewrite(t, dir+"/example.cfg", "bind 127.0.0.1:8080", "bind "+addr, "server api 127.0.0.1:9090", "server api "+api)
			harness.StartIn(t, "/", nil, addr, harness.Need(t, "haproxy"), "-db", "-f", dir+"/example.cfg")
			return addr
		},
	} {
		t.Run(name, func(t *testing.T) {
			addr := start(t, generatedServer(t, forwardedSpec, forwardedProgram))
			for _, client := range []string{"127.0.0.1", "127.0.0.2"} {
				for i, want := range []int{501, 501, 429} {
					q, err := http.NewRequest("GET", "http://"+addr+"/v1/a", nil)
					if err != nil {
						t.Fatal(err)
					}
					q.Header.Set("X-Forwarded-For", "203.0.113."+string(rune('1'+i)))
					resp, err := clientAt(client).Do(q)
					if err != nil {
						t.Fatal(err)
					}
					_ = resp.Body.Close()
					if resp.StatusCode != want {
						t.Errorf("request %d from %s: answered %d, want %d", i+1, client, resp.StatusCode, want)
					}
				}
			}
		})
	}
}
