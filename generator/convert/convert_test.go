package convert_test

import (
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator/convert"
	"github.com/limitgen/limitgen/generator/source"
)

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
