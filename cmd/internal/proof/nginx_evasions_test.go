package proof

import (
	"encoding/base64"
	"testing"

	"github.com/limitgen/limitgen/cmd/internal/proof/harness"
)

const nginxEvasionSpec = `openapi: 3.0.3
info: {title: ways round, version: "1"}
servers: [{url: /v1}]
x-rate-limits:
  version: 1
  keys: {part: [$request.path.y]}
  limits:
    mine: {quota: 3, window: 1m, per: [credential]}
    all: {quota: 3, window: 1m, per: [operation]}
    part: {quota: 3, window: 1m, per: [part]}
components: {securitySchemes: {t: {type: http, scheme: bearer}, k: {type: apiKey, in: header, name: X-Key}, b: {type: http, scheme: basic}}}
paths:
  /bearer: {get: {x-rate-limit: mine, security: [{t: []}], responses: {"200": {description: ok}}}}
  /either: {get: {x-rate-limit: mine, security: [{t: []}, {k: []}], responses: {"200": {description: ok}}}}
  /basic: {get: {x-rate-limit: mine, security: [{b: []}], responses: {"200": {description: ok}}}}
  /a;b/c: {get: {operationId: literal, x-rate-limit: all, responses: {"200": {description: ok}}}}
  /a/c: {get: {operationId: plain, x-rate-limit: all, responses: {"200": {description: ok}}}}
  /p/x;{y}: {get: {x-rate-limit: part, parameters: [{name: y, in: path, required: true, schema: {type: string}}], responses: {"200": {description: ok}}}}
`

// TestNginxEvasions sends one account's requests in the ways that it can spell its credential and
// its path: they share a counter, and those of others have their own.
func TestNginxEvasions(t *testing.T) {
	addr := startNginx(t, harness.GenerateText(t, "evasions.yaml", nginxEvasionSpec, "nginx"), harness.NewUpstream(t))
	basic := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	for _, c := range []struct {
		target, header string
		status         int
	}{
		{"/v1/bearer", "Authorization: Bearer one", 200}, {"/v1/bearer", "Authorization: Bearer   one", 200},
		{"/v1/bearer", "Authorization: bEARER \t one ", 200}, {"/v1/bearer", "Authorization: BEARER  one", 429}, {"/v1/bearer", "Authorization: Bearer two", 200},
		{"/v1/bearer", "Authorization: Bearer aa.bb.ccc", 200}, {"/v1/bearer", "Authorization: Bearer aa.bb.ccd", 200}, {"/v1/bearer", "Authorization: Bearer aa.bb.cce=", 200},
		{"/v1/bearer", "Authorization: Bearer aa.bb.ccf==", 429},
		{"/v1/basic", "Authorization: Basic " + basic("ann:12"), 200}, {"/v1/basic", "Authorization: basic  " + basic("ann:12") + "==", 200},
		{"/v1/basic", "Authorization: Basic YW5uOjEy", 200}, {"/v1/basic", "Authorization: Basic YW5uOjEy", 429}, {"/v1/basic", "Authorization: Basic " + basic("bob:12"), 200},
		{"/v1/basic", "Authorization: Basic YQ==", 200}, {"/v1/basic", "Authorization: Basic YR==", 200}, {"/v1/basic", "Authorization: Basic YX", 200}, {"/v1/basic", "Authorization: Basic YS=", 429},
		{"/v1/a;b/c", "", 200}, {"/v1/a;b/c", "", 200}, {"/v1/%61%3Bb/c", "", 200}, {"/v1/A;B/c;x", "", 429},
		{"/v1/a/c", "", 200}, {"/v1/a;x/c", "", 200}, {"/v1/a/c;", "", 200}, {"/v1/a;y=1/c", "", 429},
		{"/v1/p/x;1", "", 200}, {"/v1/p/x;1", "", 200}, {"/v1/p/x;1", "", 200}, {"/v1/p/x%3b1", "", 429}, {"/v1/p/x;2", "", 200},
	} {
		var header []string
		if c.header != "" {
			header = []string{c.header}
		}
		if r := harness.Do(t, addr, harness.Request{Method: "GET", Target: c.target, Header: header}); r.Status != c.status {
			t.Errorf("%s %s: answered %d, want %d", c.target, c.header, r.Status, c.status)
		}
	}
	// Beside a valid key stands a token that changes.
	passed := 0
	for _, token := range []string{"a", "b", "c", "d", "e", "f"} {
		if harness.Do(t, addr, harness.Request{Method: "GET", Target: "/v1/either", Header: []string{"X-Key: valid", "Authorization: Bearer " + token}}).Passed() {
			passed++
		}
	}
	if passed != 3 {
		t.Errorf("%d of 6 passed with changing tokens beside a key, want 3", passed)
	}
	for _, header := range []string{"X-Key: alone", "Authorization: Bearer alone"} {
		if r := harness.Do(t, addr, harness.Request{Method: "GET", Target: "/v1/either", Header: []string{header}}); r.Status != 200 {
			t.Errorf("%s: %d", header, r.Status)
		}
	}
	// Methods are compared exactly, and nginx refuses what is not in capitals.
	if r := harness.Do(t, addr, harness.Request{Method: "get", Target: "/v1/a/c"}); r.Status != 400 && r.Status != 405 {
		t.Errorf("get: %d", r.Status)
	}
}
