package analyze

import (
	"context"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/model"
)

// built returns the model of a document.
func built(t *testing.T, text string) (*model.API, diag.List) {
	t.Helper()
	a := Analyze(context.Background(), "spec.yaml", []byte(text), Options{Package: "p"})
	return a.API, a.Found
}

func TestWhatNeedsTheConnectionAloneIsDecidedEarly(t *testing.T) {
	const text = `
openapi: 3.0.3
info: {title: t, version: "1"}
x-rate-limits:
  version: 1
  keys: {user: [$request.path.user], to: ['$request.body#/to']}
  limits: {l: {quota: 9, window: 1s, LIMIT}}
paths:
  /{user}:
    post:
      operationId: send
      x-rate-limit: {use: {l: COST}}
      parameters: [{name: user, in: path, required: true, schema: {type: string}}]
      requestBody: {content: {application/json: {schema: {type: object, properties: {to: {type: string}, n: {type: integer}}}}}}
      responses: {"204": {description: ok}}
`
	for _, c := range []struct {
		limit, cost string
		early       bool
		err         string
	}{
		{"per: [client-ip]", "1", true, ""},
		{"per: [operation, client-ip]", "3", true, ""},
		{"per: [client-ip], decide: after-validation", "1", false, ""},
		{"per: [client-ip]", "{value: '$request.body#/n'}", false, ""},
		{"per: [client-ip, user]", "1", false, ""},
		{"per: [operation]", "1", false, ""},
		{"per: []", "1", false, ""},
		{"per: [identity]", "1", false, ""},
		{"per: [client-ip, credential]", "1", false, ""},
		{"per: [user], decide: before-auth", "1", true, ""},
		{"per: [], decide: before-auth", "1", true, ""},
		{"per: [to], decide: before-auth", "1", false, "the key $request.body#/to"},
		{"per: [identity], decide: before-auth", "1", false, "the identity"},
		{"per: [credential], decide: before-auth", "1", false, "the credential"},
		{"per: [client-ip], decide: before-auth", "{count: $request.path.user}", false, "the cost"},
	} {
		api, diags := built(t, strings.NewReplacer("LIMIT", c.limit, "COST", c.cost).Replace(text))
		var errs []string
		for _, d := range diags {
			if d.Severity == diag.Error {
				errs = append(errs, d.String())
			}
		}
		if c.err != "" {
			if len(errs) != 1 || !strings.Contains(errs[0], c.err) ||
				!strings.Contains(errs[0], "spec.yaml:7:") {
				t.Errorf("%s: %q, want %q", c.limit, errs, c.err)
			}
			continue
		}
		if len(errs) > 0 || api.Operations[0].Rates[0].Early != c.early {
			t.Errorf("%s at %s: early %v, %q", c.limit, c.cost, api.Operations[0].Rates[0].Early, errs)
		}
	}
}

func TestAMaximumOfItemsDoesNotOverflow(t *testing.T) {
	for _, c := range []struct {
		times, items string
		most         int64 // 0 if no bound is left
	}{{"3", "600", 1800}, {"1099511627776", "9007199254740991", 0}} {
		api, diags := built(t, strings.NewReplacer("TIMES", c.times, "ITEMS", c.items).Replace(`
openapi: 3.0.3
info: {title: t, version: "1"}
x-rate-limits: {version: 1, limits: {l: {quota: 9000, window: 1s, per: []}}}
paths:
  /a:
    post:
      x-rate-limit: {use: {l: {count: $request.body, times: TIMES}}}
      requestBody: {content: {application/json: {schema: {type: array, maxItems: ITEMS, items: {}}}}}
      responses: {"204": {description: ok}}
`))
		if got := api.Operations[0].Rates[0].Max; diags.HasErrors() || got != c.most {
			t.Errorf("%s times %s: at most %d, %v", c.times, c.items, got, diags)
		}
	}
}

func TestVariantsOfTheBodyShareWhatIsDecidedEarly(t *testing.T) {
	const text = `
openapi: 3.0.3
info: {title: t, version: "1"}
x-rate-limits:
  version: 1
  limits: {l: {quota: 9, window: 1s, per: [client-ip]}, m: {quota: 9, window: 1s, per: [client-ip]}}
paths:
  /a:
    post:
      x-rate-limit:
        variants:
          - {name: one, when: {expr: $request.body, is: object}, use: {l: 1, m: 1}}
          - {name: many, when: {expr: $request.body, is: array}, use: {l: 1, m: 2}}
      requestBody: {content: {application/json: {schema: {}}}}
      responses: {"204": {description: ok}}
`
	api, diags := built(t, text)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	for _, op := range api.Operations {
		if !op.Rates[0].Early || op.Rates[1].Early {
			t.Errorf("%s: %v, %v; only l is the same in both", op.ID, op.Rates[0].Early, op.Rates[1].Early)
		}
	}
}

func TestANumberCostHasTheDefaultAndMaximumOfItsSchema(t *testing.T) {
	const text = `
openapi: 3.0.3
info: {title: t, version: "1"}
x-rate-limits: {version: 1, limits: {l: {quota: 9000, window: 1s, per: []}}}
paths:
  /a:
    post:
      x-rate-limit: {use: {l: COST}}
      parameters: [{name: n, in: query, schema: SCHEMA}, {name: json, in: header, content: {application/json: {schema: SCHEMA}}}]
      requestBody: {content: {application/json: {schema: {type: object, properties: {n: SCHEMA}}}}}
      responses: {"204": {description: ok}}
`
	for _, where := range []string{"$request.query.n", "$request.body#/n", "$request.header.json"} {
		for _, c := range []struct {
			cost, schema string
			absent, most int64
			refused      bool
		}{
			{"{value: WHERE}", "{type: integer}", 1, 0, false},
			{"{value: WHERE}", "{type: integer, default: 16}", 16, 0, false},
			{"{value: WHERE, max: 70}", "{type: integer, default: 0, maximum: 90}", 0, 70, false},
			{"{value: WHERE, times: 3, max: 700}", "{type: integer, maximum: 90}", 1, 270, false},
			{"{value: WHERE}", "{allOf: [{type: integer, default: 5}]}", 5, 0, false},
			{"{value: WHERE}", "{type: integer, default: -1}", 0, 0, true},
			{"{value: WHERE}", "{type: integer, default: 1.5}", 0, 0, true},
		} {
			cost := strings.ReplaceAll(c.cost, "WHERE", "'"+where+"'")
			api, diags := built(t, strings.NewReplacer("COST", cost, "SCHEMA", c.schema).Replace(text))
			if diags.HasErrors() != c.refused {
				t.Errorf("%s of %s: %v", cost, c.schema, diags)
				continue
			}
			if r := api.Operations[0].Rates[0]; !c.refused &&
				(!r.Value || r.Default != c.absent || r.Max != c.most) {
				t.Errorf("%s of %s: %+v", cost, c.schema, r)
			}
		}
	}
}
