package proof

import (
	"fmt"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/cmd/internal/proof/harness"
)

// TestHAProxyManyOperations has 3,000 operations, whose literals do not fit into one regular
// expression. Each is found, in whichever spelling, and counted separately.
func TestHAProxyManyOperations(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	t.Parallel()
	var spec strings.Builder
	spec.WriteString(`openapi: 3.0.3
info: {title: many, version: "1"}
x-rate-limits:
  version: 1
  keys: {app: [$request.path.app]}
  limits: {each: {quota: 1, window: 1h, per: [app, operation]}}
  default: {each: 1}
paths:
`)
	for i := range 3000 {
		fmt.Fprintf(&spec, "  /{app}/resource-%d/{id}:\n    parameters: [{name: app, in: path, required: true, schema: {type: string}}, {name: id, in: path, required: true, schema: {type: string}}]\n", i)
		fmt.Fprintf(&spec, "    get: {operationId: op%d, responses: {'200': {description: ok}}}\n", i)
	}
	addr, _ := haproxy(t, harness.GenerateText(t, "many.yaml", spec.String(), "haproxy"))
	for _, i := range []int{0, 1, 1499, 2999} {
		for _, c := range []struct {
			target string
			status int
		}{{"/a/resource-%d/x", 200}, {"/a/Resource-%d/y/", 429}, {"/b/resource-%[1]d/resource-%[1]d", 200}, {"/b/resource-%d/x", 429}} {
			target := fmt.Sprintf(c.target, i)
			if r := harness.Do(t, addr, harness.Request{Method: "GET", Target: target}); r.Status != c.status {
				t.Errorf("%s: %d, want %d", target, r.Status, c.status)
			}
		}
	}
}
