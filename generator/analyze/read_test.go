package analyze

import (
	"strings"
	"testing"
)

// TestRulesBesideAReference holds that a path item that is a reference has its own limits before
// those of its target, and that the target's rule is read, and its mistakes are reported, once.
func TestRulesBesideAReference(t *testing.T) {
	api, diags := built(t, `
openapi: 3.1.0
info: {title: t, version: "1"}
x-rate-limits:
  version: 1
  limits:
    own: {quota: 1, window: 1s, per: []}
    shared: {quota: 2, window: 1s, per: []}
paths:
  /one: {$ref: '#/components/pathItems/p', x-rate-limit: own}
  /two: {$ref: '#/components/pathItems/p'}
  /three: {$ref: '#/components/pathItems/p'}
components:
  pathItems:
    p:
      x-rate-limit: {use: {shared: 1}, colour: red}
      get: {responses: {"204": {description: ok}}}
`)
	if len(diags) != 1 || diags[0].Pos.Line != 16 || diags[0].Rule != "extension-schema" {
		t.Errorf("found %v, want the unknown key in line 16 once", diags)
	}
	var got []string
	for _, op := range api.Operations {
		got = append(got, op.Path+" "+op.Rates[0].Limit.Name)
	}
	if text := strings.Join(got, ", "); text != "/one own, /two shared, /three shared" {
		t.Errorf("limits in force: %s", text)
	}
}

// TestVariantsNeedNamesOfTheirOwn holds that the names which an author wrote are never numbered,
// even where the operations themselves have none.
func TestVariantsNeedNamesOfTheirOwn(t *testing.T) {
	_, diags := built(t, `
openapi: 3.1.0
info: {title: t, version: "1"}
x-rate-limits: {version: 1, limits: {l: {quota: 1, window: 1s, per: []}}, default: {l: 1}}
paths:
  /a:
    get:
      parameters: [{name: q, in: query, schema: {type: string}}]
      x-rate-limit: {variants: [{name: list-all, when: {expr: $request.query.q, is: present}}, {name: other}]}
      responses: {"204": {description: ok}}
  /b:
    get:
      x-rate-limit: {variants: [{name: list-all}]}
      responses: {"204": {description: ok}}
`)
	for _, d := range diags {
		if d.Rule == "name-collision" && d.Pos.Line == 13 && strings.Contains(d.Message, `"list-all"`) {
			return
		}
	}
	t.Errorf("found %v, want the second list-all", diags)
}
