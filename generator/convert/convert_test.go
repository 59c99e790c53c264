package convert_test

import (
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator/convert"
	"github.com/limitgen/limitgen/generator/source"
)

// TestNothingIsLost holds that what is not converted is named at its place.
func TestNothingIsLost(t *testing.T) {
	for _, c := range []struct{ name, root, operation, overlay, warnings string }{
		{"quotas that are not integers from 1", "", "x-kong-plugin-rate-limiting: {config: {second: 1.5, minute: 5, hour: -1, day: [3]}}", "kong-5-per-1m: {quota: 5, window: 1m,",
			"second is not an integer from 1, so it is left out\nhour is not an integer from 1, so it is left out\nday is not an integer from 1, so it is left out"},
		{"no quota", "", "x-kong-plugin-rate-limiting: {config: {limit: [5]}}", "", "x-kong-plugin-rate-limiting has no second, minute, hour or day, so it defines no quota"},
		{"a header's name", "", `x-kong-plugin-rate-limiting: {config: {minute: 5, limit_by: header, header_name: "x], y: [z"}}`, "", `"x], y: [z" is not the name of a header field`},
		{"two of which one applies", "", "x-yc-apigateway-rate-limit: {allRequests: {rps: 10, rpm: 100}}", "gateway-10-per-1s: {quota: 10", "x-yc-apigateway-rate-limit has rps and rpm, of which it takes one; rps is converted"},
		{"at an operation, for the root", "", "x-tyk-api-gateway: {upstream: {rateLimit: {rate: 3, per: 1s}}}", "", "x-tyk-api-gateway has no effect here; it belongs at the root of the document"},
		{"policies at an operation", "", "x-apigateway-ratelimits: {p: {api-limit: 3, interval: 1, unit: DAY}}", "", "x-apigateway-ratelimits has no effect here; it belongs at the root of the document"},
		{"a part of a policy", "x-apigateway-ratelimits: {p: {api-limit: 3, app-limit: 1.5, interval: 1, unit: DAY}}", "x-apigateway-ratelimit: p", "p-api: {quota: 3, window: 1d",
			"app-limit is not an integer from 1, so it is left out"},
		{"a cost", "x-google-management: {quota: {limits: [{metric: a, unit: '1/min/{project}', values: {STANDARD: 5}}]}}", "x-google-quota: {metricCosts: {a: '1}}, x: {y'}}", "",
			`the cost of "a" is not an integer from 0, so it is left out`},
		{"a weight", "", "x-api-rate-limit-pool: spot\n      x-api-rate-limit-weight: 2.5", "get: {x-rate-limit: spot}",
			"x-api-rate-limit-weight is not an integer from 1, so it is left out\nthe quota of the pool \"spot\" is in no file; fill it in"},
		{"a bare number", "", "x-rate-limit: 5", "", "x-rate-limit leaves its figures open; a bare number has no window"},
		{"a webhook", "webhooks: {w: {post: {x-kong-plugin-rate-limiting: {config: {minute: 5}}, responses: {'200': {description: ok}}}}}", "x-klaviyo-ratelimit: {burst: 1/s}", "burst-1-per-1s",
			"x-kong-plugin-rate-limiting is at a webhook, where it is not converted; write x-rate-limit there if the sender has a limit"},
		{"two metrics whose names are alike", "x-google-management: {quota: {limits: [{metric: A, unit: '1/min/{project}', values: {STANDARD: 5}}, {metric: a, unit: '1/min/{project}', values: {STANDARD: 6}}]}}",
			"x-google-quota: {metricCosts: {A: 2, a: 3}}", "get: {x-rate-limit: {use: {a: 2, a-2: 3}}}", ""},
		{"two headers whose names are alike", "x-kuadrant: {rate_limit: {rates: [{limit: 1, duration: 9, unit: second}], counters: [request.headers.x.a]}}",
			"x-kong-plugin-rate-limiting: {config: {minute: 5, limit_by: header, header_name: x-a}}", "header-x-a-2: [$request.header.x-a]", ""},
		{"capitals", "", "x-RateLimit-Policy: p\n      x-RateLimit-Permit-Limit: 5\n      x-RateLimit-Window-Seconds: 60", "p: {quota: 5, window: 1m", ""},
	} {
		spec := "openapi: 3.1.0\ninfo: {title: T, version: '1'}\n" + c.root + "\npaths:\n  /a:\n    get:\n      operationId: getA\n      responses: {'200': {description: ok}}\n      " + c.operation + "\n"
		doc, diags := source.Load("api.yaml", []byte(spec), nil)
		if doc == nil {
			t.Fatal(diags)
		}
		result, diags := convert.Convert(doc)
		var warnings []string
		for _, d := range diags {
			warnings = append(warnings, d.Message)
			if d.Pos.Line < 2 {
				t.Errorf("%s: %v", c.name, d)
			}
		}
		if got := strings.Join(warnings, "\n"); got != c.warnings {
			t.Errorf("%s: warnings\n%s\nwant\n%s", c.name, got, c.warnings)
		}
		if !strings.Contains(string(result.Overlay), c.overlay) {
			t.Errorf("%s:\n%s\nwant %s", c.name, result.Overlay, c.overlay)
		}
	}
}

// FuzzConvert holds that no value breaks a conversion, and that its overlay can be applied.
func FuzzConvert(f *testing.F) {
	for key, value := range map[string]string{
		"x-google-quota":              "metricCosts: {a: 1}",
		"x-google-management":         "quota: {limits: [{metric: a, unit: '1/min/{project}', values: {STANDARD: 5}}]}",
		"x-kuadrant":                  "rate_limit: {rates: [{limit: 1, duration: 9, unit: second}], counters: [auth.identity.a, {expression: request.headers.b}]}",
		"x-kong-plugin-rate-limiting": "config: {minute: 9, month: 3, limit_by: header, header_name: 'a b'}",
		"x-apigateway-ratelimits":     "p: {api-limit: 3, interval: 1, unit: HOUR}",
		"x-tyk-api-gateway":           "middleware: {operations: {getA: {rateLimit: {rate: 3, per: 1h30m}}}}",
		"x-klaviyo-ratelimit":         "burst: 1/s",
		"x-throttling-tier":           "Gold: 1",
		"x-speakeasy-retries":         "statusCodes: [429, 5XX]",
		"x-rate-limit":                "events: 5\nwindow: 1m",
		"x-ratelimit-category":        "{}",
	} {
		f.Add(key, value)
	}
	f.Fuzz(func(t *testing.T, key, value string) {
		if !strings.HasPrefix(key, "x-") || strings.ContainsAny(key, ":#\n\r") || key == "x-rate-limits" {
			return
		}
		indented := func(n int) string {
			pad := strings.Repeat(" ", n)
			return key + ":\n" + pad + strings.ReplaceAll(value, "\n", "\n"+pad) + "\n"
		}
		spec := "openapi: 3.0.3\ninfo: {title: T, version: '1'}\n" + indented(2) + "paths:\n  /a:\n    " + indented(6) +
			"    get:\n      operationId: getA\n      responses: {'200': {description: ok}}\n      " + indented(8)
		doc, _ := source.Load("api.yaml", []byte(spec), nil)
		if doc == nil {
			return
		}
		result, _ := convert.Convert(doc)
		if result.Overlay == nil {
			return
		}
		again, diags := source.Load("api.yaml", []byte(spec), nil, source.File{Name: "over.yaml", Data: result.Overlay})
		for _, d := range diags {
			if d.Pos.File == "over.yaml" {
				t.Fatalf("%v\n%s", d, result.Overlay)
			}
		}
		if again == nil {
			t.Fatalf("%v\n%s", diags, result.Overlay)
		}
	})
}
