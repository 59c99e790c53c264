package words

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator/source"
)

// found returns the findings about a document, with "error: " before those that stop generate.
func found(t *testing.T, text string) []string {
	t.Helper()
	doc, diags := source.Load("spec.yaml", []byte(text), nil)
	if doc == nil {
		t.Fatal(diags)
	}
	var out []string
	for _, d := range Check(doc) {
		out = append(out, fmt.Sprintf("%s %s", d.Severity, d))
	}
	return out
}

// sites are where a key can stand, and the words of ours that are read there.
var sites = []struct {
	name, document string
	limits, client bool // whether a word about limits, or x-client, is read there
}{
	{"root", "KEY: V", true, true},
	{"info", "info: {title: t, version: '1', KEY: V}", false, false},
	{"contact", "info: {title: t, version: '1', contact: {KEY: V}}", false, false},
	{"server", "servers: [{url: /, KEY: V}]", false, false},
	{"tag", "tags: [{name: a, KEY: V}]", false, false},
	{"paths", "paths: {KEY: V}", false, false},
	{"path item", "paths: {/a: {KEY: V}}", true, false},
	{"operation", "paths: {/a: {get: {KEY: V, responses: {}}}}", true, true},
	{"parameter", "paths: {/a: {get: {parameters: [{name: a, in: query, KEY: V}], responses: {}}}}", false, false},
	{"item's parameter", "paths: {/a: {parameters: [{name: a, in: query, KEY: V}]}}", false, false},
	{"request body", "paths: {/a: {get: {requestBody: {content: {}, KEY: V}, responses: {}}}}", false, false},
	{"media type", "paths: {/a: {get: {requestBody: {content: {a/b: {KEY: V}}}, responses: {}}}}", false, false},
	{"schema", "paths: {/a: {get: {requestBody: {content: {a/b: {schema: {KEY: V}}}}, responses: {}}}}", false, false},
	{"responses", "paths: {/a: {get: {responses: {KEY: V}}}}", false, false},
	{"response", "paths: {/a: {get: {responses: {'200': {description: d, KEY: V}}}}}", false, false},
	{"header", "paths: {/a: {get: {responses: {'200': {description: d, headers: {A: {KEY: V}}}}}}}", false, false},
	{"callback", "paths: {/a: {get: {callbacks: {a: {'{$url}': {post: {KEY: V, responses: {}}}}}, responses: {}}}}", true, false},
	{"webhook", "webhooks: {a: {post: {KEY: V, responses: {}}}}", true, false},
	{"webhook's item", "webhooks: {a: {KEY: V}}", false, false},
	{"components", "components: {KEY: V}", false, false},
	{"component schema", "components: {schemas: {A: {KEY: V}}}", false, false},
	{"property", "components: {schemas: {A: {properties: {a: {items: {KEY: V}}}}}}", false, false},
	{"alternative", "components: {schemas: {A: {allOf: [{oneOf: [{KEY: V}]}]}}}", false, false},
	{"component parameter", "components: {parameters: {A: {name: a, in: query, KEY: V}}}", false, false},
	{"component item", "components: {pathItems: {A: {KEY: V}}}", true, false},
	{"component response", "components: {responses: {A: {description: d, KEY: V}}}", false, false},
	{"security scheme", "components: {securitySchemes: {A: {type: http, scheme: basic, KEY: V}}}", false, false},
}

func at(document, key, value string) string {
	text := "openapi: 3.1.0\n"
	if !strings.HasPrefix(document, "info:") {
		text += "info: {title: t, version: '1'}\n"
	}
	if !strings.HasPrefix(document, "paths:") {
		text += "paths: {}\n"
	}
	document = strings.ReplaceAll(strings.ReplaceAll(document, "KEY", key), "V}", value+"}")
	return text + strings.TrimSuffix(strings.ReplaceAll(document+"\n", "V\n", value+"\n"), "\n") + "\n"
}

func TestAWordOfOursIsReadOrAnErrorWhereverItStands(t *testing.T) {
	misspelt := strings.Fields(`x-ratelimit x-ratelimits x-rate-limit_ x_rate_limit X-Rate-Limit x-rateLimit x-rate_limits x-rate-limts
		x-rate-limti x-rte-limit x-rate--limit x-rates-limit xrate-limit x-rate-limiting x-Rate-Limits x-rate-limitss`)
	for _, s := range sites {
		for _, key := range append(misspelt, "x-rate-limits", "x-rate-limit") {
			right := ""
			if s.limits {
				right = map[bool]string{true: "x-rate-limits", false: "x-rate-limit"}[s.name == "root"]
			}
			got := found(t, at(s.document, key, "{}"))
			switch {
			case key == right:
				if len(got) > 0 {
					t.Errorf("%s at %s: %q", key, s.name, got)
				}
			case len(got) != 1 || !strings.HasPrefix(got[0], "error spec.yaml:") ||
				!strings.Contains(got[0], "[misplaced]"):
				t.Errorf("%s at %s: %q, want one error", key, s.name, got)
			case right != "" && !strings.Contains(got[0], " "+right+" at the root") &&
				!strings.Contains(got[0], " "+right+" on a") && !strings.Contains(got[0], "it is "+right+";"):
				t.Errorf("%s at %s: %q, want %s", key, s.name, got, right)
			}
		}
		for key, ours := range map[string]bool{"x-client": s.client, "x-clinet": false, "X-Client": false, "x_client": false} {
			if got := found(t, at(s.document, key, "{}")); (len(got) == 0) != ours {
				t.Errorf("%s at %s: %q", key, s.name, got)
			}
		}
		for key, read := range map[string]bool{"x-server": s.name == "root", "x-sevrer": false, "x_server": false} {
			if got := found(t, at(s.document, key, "{}")); (len(got) == 0) != read {
				t.Errorf("%s at %s: %q", key, s.name, got)
			}
		}
		for _, key := range []string{"x-list", "x_lists"} {
			if got := found(t, at(s.document, key, "{}")); (len(got) == 0) != (key == "x-list" &&
				(strings.Contains(s.name, "parameter") ||
					slices.Contains([]string{"schema", "component schema", "property", "alternative"}, s.name))) {
				t.Errorf("%s at %s: %q", key, s.name, got)
			}
		}
	}
}

func TestAnothersWordIsOursByItsValue(t *testing.T) {
	for _, c := range []struct {
		site, word string
		error      bool
	}{
		{"KEY: V", "x-clients: {error: {code: /code}}", true},
		{"KEY: V", "X-Clients: {web: 1, scope: [a]}", true},
		{"KEY: V", "x-servers: {assume-json: true}", true},
		{"KEY: V", "x-clients: {web: {scope: a}}", false},
		{"KEY: V", "x-clients: [scope]", false},
		{"KEY: V", "x-tiles: {error: a}", false},
		{"tags: [{name: a, KEY: V}]", "x-clients: {scope: a}", false},
		{"paths: {/a: {get: {responses: {}, KEY: V}}}", "x-clients: {idempotent: false}", true},
	} {
		key, value, _ := strings.Cut(c.word, ": ")
		got := found(t, at(c.site, key, value))
		if (len(got) == 1 && strings.HasPrefix(got[0], "error ") &&
			strings.Contains(got[0], "it is spelt x-")) != c.error || len(got) > 1 {
			t.Errorf("%s at %s: %q", c.word, c.site, got)
		}
	}
}

// TestKeysThatLookLikeOurs holds that a key which only differs in characters that look alike, or
// that are not seen, is named.
func TestKeysThatLookLikeOurs(t *testing.T) {
	for key, holds := range map[string]string{
		"x-rate-limit\u200b": "U+200B", "x\u2011rate\u2011limit": "U+2011", "x–rate–limit": "U+2013", "\ufeffx-rate-limit": "U+FEFF",
		"х-rate-limit": "U+0445", "x-rаte-limit": "U+0430", "ｘ－ｒａｔｅ－ｌｉｍｉｔ": "U+FF58", "x-rate\u00a0limit": "U+00A0", "x-\u00adrate-limit": "U+00AD",
	} {
		got := found(t, at("paths: {/a: {get: {responses: {}, KEY: V}}}", strconv.QuoteToASCII(key), "a"))
		if len(got) != 1 || !strings.Contains(got[0], "it is spelt x-rate-limit") ||
			!strings.HasSuffix(got[0], "it holds "+holds+" [misplaced]") {
			t.Errorf("%q: %q", key, got)
		}
	}
	if got := found(t, at("KEY: V", "x-цена", "a")); len(got) > 0 {
		t.Error(got)
	}
}

func TestOthersWordsAreNotTakenForOurs(t *testing.T) {
	for _, key := range strings.Fields(`x-google-quota x-kong-plugin-rate-limiting x-ratelimit-category x-kuadrant x-ory-ratelimit-bucket
		x-throttling x-throttling-tier x-ratelimit-burst x-rate-limit-tier x-acme-rate-limit x-quota X-RateLimit-Limit`) {
		for _, s := range sites {
			got := found(t, at(s.document, key, "{}"))
			if len(got) != 1 || !strings.HasPrefix(got[0], "warning ") || !strings.Contains(got[0], key) {
				t.Errorf("%s at %s: %q, want one warning", key, s.name, got)
			}
		}
	}
	for _, key := range strings.Fields(`x-last x-lint x-tile x-file x-titled x-servers x-server-name x-clients x-clientele x-limit x-rate x-rated x-internal x-codeSamples
		x-tags x-twilio x-separate-limit x-listing x-logo x-example x-xml x-client-id`) {
		for _, s := range sites {
			if got := found(t, at(s.document, key, "{}")); len(got) > 0 {
				t.Errorf("%s at %s: %q", key, s.name, got)
			}
		}
	}
}

func TestNamesAndDataAreNoWords(t *testing.T) {
	for _, document := range []string{
		"components: {headers: {X-Rate-Limit: {schema: {type: integer}}, x-rate-limit: {schema: {}}}}",
		"components: {schemas: {x-rate-limit: {type: object}, A: {properties: {x-rate-limit: {type: string}, x-rate-limits: true}}}}",
		"components: {schemas: {A: {example: {x-rate-limit: 1}, default: {x-rate-limits: 2}, enum: [{x-rate-limit: 1}], const: {x-client: 1}}}}",
		"paths: {/a: {get: {responses: {'200': {description: d, headers: {X-Rate-Limit: {schema: {}}}, content: {a/b: {examples: {a: {value: {x-rate-limit: 1}}}}}}}}}}",
		"x-other: {x-rate-limit: 1}",
		"components: {schemas: {A: {discriminator: {propertyName: a, mapping: {x-rate-limit: A}}}}}",
	} {
		if got := found(t, at(document, "", "")); len(got) > 0 {
			t.Errorf("%s: %q", document, got)
		}
	}
}

func TestAliasesAreFollowedOnce(t *testing.T) {
	got := found(t, `
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /a: &a {get: &get {x-rate-limits: login, responses: {}}}
  /b: *a
  /c: {get: *get}
`)
	if len(got) != 1 {
		t.Errorf("%q", got)
	}
}

func TestAPathItemMayStandAnywhere(t *testing.T) {
	got := found(t, `
openapi: 3.1.0
info: {title: t, version: "1"}
paths: {/b: {$ref: '#/components/x-items/B'}}
components: {x-items: {B: {get: {x-rate-limits: a, responses: {}}}}}
`)
	if len(got) != 1 || !strings.Contains(got[0], "spec.yaml:5:") {
		t.Errorf("%q", got)
	}
}

func TestAnotherToolsFiguresAreShown(t *testing.T) {
	for value, want := range map[string]string{
		"x-google-quota: {metricCosts: {read-requests: 2}}":                           "so x-rate-limit: {use: {read-requests: 2}}",
		"x-kuadrant: {rate_limit: {rates: [{limit: 5, window: 10s}]}}":                "{quota: 5, window: 10s, per: [...]}",
		"x-kong-plugin-rate-limiting: {config: {minute: 20, hour: 500}}":              "{quota: 20, window: 1m, per: [...]} and {quota: 500, window: 1h, per: [...]}",
		"x-ratelimit: {requests: 3, period: 60, key: ip}":                             "{quota: 3, window: 60s, per: [client-ip]}",
		"x-rateLimit: {limit: 100, window: 60s}":                                      "{quota: 100, window: 60s, per: [...]}",
		"x-acme-throttling: 20/min":                                                   "{quota: 20, window: 1m, per: [...]}",
		"x-ory-ratelimit-bucket: Kratos_Public.low":                                   "so x-rate-limit: kratos-public-low",
		"x-tyk-api-gateway: {middleware: {global: {rateLimit: {rate: 5, per: 10s}}}}": "{quota: 5, window: 10s, per: [...]}",
	} {
		got := found(t, at("paths: {/a: {get: {KEY, responses: {}}}}", value, ""))
		if len(got) != 1 || !strings.Contains(got[0], want) {
			t.Errorf("%s: %q, want %s", value, got, want)
		}
	}
}
