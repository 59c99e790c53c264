package source

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

const overlaid = `openapi: 3.1.0
info: {title: T, version: "1"}
x-rate-limits: &t {version: 1, limits: {a: {quota: 1, window: 1s, per: []}}}
paths:
  /a:
    get: &op {tags: [t], x-rate-limit: a, responses: {"200": {description: ok}}}
    put: *op
  /b: {$ref: '#/components/pathItems/P'}
  /c: {$ref: '#/components/pathItems/P'}
components:
  pathItems:
    P: {get: {x-rate-limit: a, responses: {"200": {description: ok}}}}
`

// TestOverlayKeepsPlaces holds that every value knows the file and line that it comes from, and
// that an anchor's other uses stay as they are.
func TestOverlayKeepsPlaces(t *testing.T) {
	over := `x-rate-limits:
  limits:
    a: {quota: 2}
    b: {quota: 3, window: 1m, per: []}
paths:
  /a: {get: {x-rate-limit: {use: {b: 1}}}}
  /b: {get: {x-rate-limit: b}}
`
	doc, diags := Load("api.yaml", []byte(overlaid), nil, File{"over.yaml", []byte(over)})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	for ptr, want := range map[string]string{
		"x-rate-limits":                        "api.yaml:3:1",
		"x-rate-limits limits a":               "api.yaml:3:41",
		"x-rate-limits limits a quota":         "over.yaml:3:9",
		"x-rate-limits limits a window":        "api.yaml:3:55",
		"x-rate-limits limits b":               "over.yaml:4:5",
		"paths /a get x-rate-limit":            "over.yaml:6:14",
		"paths /a get x-rate-limit use b":      "over.yaml:6:35",
		"paths /a put x-rate-limit":            "api.yaml:6:26",
		"paths /b get x-rate-limit":            "over.yaml:7:14",
		"components pathItems P get responses": "api.yaml:12:32",
	} {
		if got := doc.Pos(strings.Fields(ptr)...).String(); got != want {
			t.Errorf("%s is at %s, want %s", ptr, got, want)
		}
	}
	for ptr, want := range map[string]string{
		"x-rate-limits limits a quota": "2", "paths /a put x-rate-limit": "a", "components pathItems P get x-rate-limit": "a",
	} {
		if got := doc.Node(strings.Fields(ptr)...); got == nil || got.Value != want {
			t.Errorf("%s is %v, want %s", ptr, got, want)
		}
	}
	if len(doc.Operations()) != 4 {
		t.Errorf("operations: %v", doc.Operations())
	}
}

func FuzzOverlay(f *testing.F) {
	for _, seed := range []string{
		"x-rate-limits: {limits: {a: {quota: 2}}, default: {a: 1}}\npaths: {/a: {get: {x-rate-limit: null}}}",
		"paths: {/b: {x-rate-limit: a, get: {x-client: {}}}, /d: {}, /c: null}", "paths: []", "a: &a [*a]", "x-a: {b: null}", "{", "[]", "paths: {/a: {get: &x {x-rate-limit: a}, put: *x}}",
		actions("1.1.0", "- {target: '$..get', update: {x-rate-limit: a}}\n- {target: '$.paths[*]', copy: $.info}\n- {target: $.paths, remove: true}"),
		actions("1.0.0", "- {target: '$..[?@.a == 1 || length(@) > 1]', update: [1]}\n- {target: '$..*', remove: true}"),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, diags := Load("api.yaml", []byte(overlaid), nil, File{"over.yaml", data})
		for _, d := range diags {
			if d.Pos.File != "api.yaml" && d.Pos.File != "over.yaml" || d.Pos.Line < 1 {
				t.Errorf("%s", d)
			}
		}
		if doc == nil {
			if !diags.HasErrors() {
				t.Error("no document and no error")
			}
			return
		}
		seen := make(map[*yaml.Node]bool)
		var walk func(n *yaml.Node)
		walk = func(n *yaml.Node) {
			if seen[n] {
				return
			}
			seen[n] = true
			if n.Line < 1 {
				t.Errorf("%q stands nowhere", n.Value)
			}
			for _, c := range n.Content {
				walk(c)
			}
		}
		walk(doc.root)
	})
}
