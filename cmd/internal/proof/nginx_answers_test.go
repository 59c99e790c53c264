package proof

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/cmd/internal/proof/harness"
	"github.com/limitgen/limitgen/generator/emit/config"
)

// plannedSpec has plans that change one of two limits, both, and none in a way that nginx can hold,
// and an operation that takes a file.
const plannedSpec = `
openapi: 3.0.3
info: {title: Files, version: "1"}
x-rate-limits:
  version: 1
  limits:
    each: {quota: 10, window: 1m, per: [identity]}
    exports: {quota: 5, window: 1m, per: [identity]}
  plans:
    silver: {each: {quota: 20}}
    gold: {each: {quota: 12}, exports: {quota: 6}}
    endless: {each: {quota: 2000000000}, exports: {quota: 2000000000}}
components: {securitySchemes: {login: {type: http, scheme: bearer}}}
security: [{login: []}]
paths:
  /products: {get: {operationId: getProducts, x-rate-limit: each, responses: {"200": {description: ok}}}}
  /exports: {post: {operationId: createExport, x-rate-limit: {use: {each: 1, exports: 1}}, responses: {"202": {description: ok}}}}
  /files:
    post:
      operationId: upload
      requestBody:
        content:
          multipart/form-data: {schema: {type: object, properties: {file: {type: string, format: binary}}}}
      responses: {"200": {description: ok}}
`

// TestNginxPlans has callers on every plan refused: each is told the quota that refuses it.
func TestNginxPlans(t *testing.T) {
	t.Parallel()
	headers := func(o *config.Options) { o.IdentityHeader, o.PlanHeader = "X-User", "X-Plan" }
	dir := harness.GenerateText(t, "files.yaml", plannedSpec, "nginx", headers, harness.Approximate)
	addr := startNginx(t, dir, harness.NewUpstream(t))
	for _, c := range []struct {
		plan, method, target string
		passes               int
		policy, retry        string
	}{
		{"", "GET", "/products", 10, `"each";q=10;w=60`, "7"},
		{"nonesuch", "GET", "/products", 10, `"each";q=10;w=60`, "7"},
		{"silver", "GET", "/products", 20, `"each";q=20;w=60`, "4"},
		{"gold", "GET", "/products", 12, `"each";q=12;w=60`, "5"},
		{"endless", "GET", "/products", 10, `"each";q=10;w=60`, "7"},
		{"", "POST", "/exports", 5, `"each";q=10;w=60, "exports";q=5;w=60`, "13"},
		{"silver", "POST", "/exports", 5, `"each";q=20;w=60, "exports";q=5;w=60`, "13"},
		{"gold", "POST", "/exports", 6, `"each";q=12;w=60, "exports";q=6;w=60`, "10"},
		{"endless", "POST", "/exports", 5, `"each";q=10;w=60, "exports";q=5;w=60`, "13"},
	} {
		request := harness.Request{Method: c.method, Target: c.target, Header: []string{"X-User: " + c.plan + c.method, "X-Plan: " + c.plan}}
		answers := harness.Burst(t, addr, c.passes+1, 1, func(int) harness.Request { return request })
		last := answers[c.passes]
		if n := harness.Passed(answers); n != c.passes || last.Status != 429 {
			t.Errorf("%s on plan %q: %d passed, want %d, and the last answer is %d", c.target, c.plan, n, c.passes, last.Status)
			continue
		}
		if h := last.Header; h.Get("RateLimit-Policy") != c.policy || h.Get("Retry-After") != c.retry {
			t.Errorf("%s on plan %q: %v, want %s and Retry-After %s", c.target, c.plan, h, c.policy, c.retry)
		}
	}
}

// TestNginxPlansNames has limits called as what nginx's files have of other limits on a plan.
func TestNginxPlansNames(t *testing.T) {
	t.Parallel()
	headers := func(o *config.Options) { o.IdentityHeader, o.PlanHeader = "X-User", "X-Plan" }
	for _, name := range []string{"each-policy", "each-base", "each-p1", "each-plan1", "each-plan-1"} {
		spec := strings.ReplaceAll(plannedSpec, " exports:", " "+name+":")
		addr := startNginx(t, harness.GenerateText(t, "files.yaml", spec, "nginx", headers, harness.Approximate), harness.NewUpstream(t))
		for plan, want := range map[string]int{"": 5, "silver": 5, "gold": 6} {
			request := harness.Request{Method: "POST", Target: "/exports", Header: []string{"X-User: " + plan, "X-Plan: " + plan}}
			if n := harness.Passed(harness.Burst(t, addr, 8, 1, func(int) harness.Request { return request })); n != want {
				t.Errorf("%s on plan %q: %d passed, want %d", name, plan, n, want)
			}
		}
	}
}

// TestNginxOperationNames has a limit called as what names the operation in another limit's key.
func TestNginxOperationNames(t *testing.T) {
	t.Parallel()
	spec := strings.NewReplacer(" exports:", " x:", "each:", "x-operation:", "x-rate-limit: each", "x-rate-limit: x-operation",
		"quota: 5, window: 1m, per: [identity]", "quota: 5, window: 1m, per: [client-ip, operation]").Replace(plannedSpec)
	addr := startNginx(t, harness.GenerateText(t, "files.yaml", spec, "nginx", identityHeader, harness.Approximate), harness.NewUpstream(t))
	for _, c := range []struct {
		method, target, user string
		want                 int
	}{{"POST", "/exports", "ann", 5}, {"GET", "/products", "ann", 5}, {"GET", "/products", "bob", 10}, {"POST", "/exports", "cid", 0}} {
		request := harness.Request{Method: c.method, Target: c.target, Header: []string{"X-Identity: " + c.user}}
		if n := harness.Passed(harness.Burst(t, addr, 12, 1, func(int) harness.Request { return request })); n != c.want {
			t.Errorf("%s: %d passed, want %d", c.target, n, c.want)
		}
	}
}

// TestNginxUploads sends forms as large as a generated server takes them, and larger ones.
func TestNginxUploads(t *testing.T) {
	t.Parallel()
	// nginx's workers are another user's when root starts it, and bodies are written below the
	// test's folder.
	if err := os.Chmod(filepath.Dir(t.TempDir()), 0o755); err != nil {
		t.Fatal(err)
	}
	dir := harness.GenerateText(t, "files.yaml", plannedSpec, "nginx", identityHeader, harness.Approximate)
	addr := startNginx(t, dir, harness.NewUpstream(t))
	for _, c := range []struct{ bytes, status int }{{8 << 20, 200}, {32 << 20, 200}, {32<<20 + 1, 413}} {
		r := harness.Do(t, addr, harness.Request{Method: "POST", Target: "/files", Body: strings.Repeat("x", c.bytes)})
		if r.Status != c.status {
			t.Errorf("%d bytes: answered %d, want %d", c.bytes, r.Status, c.status)
		}
	}
}
