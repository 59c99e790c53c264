package audit_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator/audit"
)

const small = `openapi: 3.0.3
info: {title: Shop, version: "1"}
servers: [{url: https://api.shop.example/v1}]
x-rate-limits:
  version: 1
  docs: {table: {title: Limits}}
  keys: {user: [$request.header.X-User]}
  limits:
    each:   {quota: 100, window: 60s, burst: 200, per: [user, operation]}
    upload: {quota: 5, unit: concurrent-requests, per: [client-ip]}
  default: {each: 1}
paths:
  /a/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: getA, x-rate-limit: {origin: {doc: table, rows: ["1"]}}, responses: {"429": {description: no}}}
    put: {operationId: putA, x-rate-limit: {origin: {doc: table, rows: ["2", "3"], printed: [PUT a/<id>, "POST /a/{id}"], erratum: printed twice}}, responses: {"429": {description: no}}}
  /b:
    post: {operationId: postB, x-rate-limit: {use: {upload: 1}, origin: {doc: table, rows: ["4"]}}, responses: {"429": {description: no}}}
  /c:
    get: {operationId: getC, responses: {"429": {description: no}}}
`

func TestCompare(t *testing.T) {
	file := filepath.Join(t.TempDir(), "shop.yaml")
	if err := os.WriteFile(file, []byte(small), 0o666); err != nil {
		t.Fatal(err)
	}
	m := model(t, file)
	head := "By default, 100 requests per minute are admitted.\n\n| URL | Method | Limit |\n|--|--|--|\n"
	first := "| https://api.shop.example/v1/a/:id | GET | 100/min per user, burst 200 |\n"
	second := "| a/<id> | PUT | 100 per 60 seconds per user |\n| /a/{id} | POST | 100 per minute per user |\n"
	last := "| /v1/b | POST | 5 concurrent requests per IP |\n"
	clean := head + first + second + last
	for _, c := range []struct{ name, old, new, want string }{
		{"the same in other spellings", "", "", ""},
		{"a burst", "burst 200", "burst 100", "the burst is 100, in the spec 200"},
		{"a burst in another row only", "burst 200 |\n", "|\n| /v1/x | GET | 1/s, burst 7 |\n", "the burst is none, in the spec 200"},
		{"no burst on the page", ", burst 200", "", ""},
		{"a figure at once", "5 concurrent", "6 concurrent", "the quota is 6, in the spec 5"},
		{"a span for what has none", "5 concurrent requests per IP", "5 per second per IP", "the window is 1 second, in the spec none"},
		{"another word for a key", "100/min per user", "100/min per customer", `counted per "customer" here and per "user" in other rows`},
		{"a word that no key has", "per IP", "per basket", `it counts per "basket", which is not a key of the spec: --keys "basket=NAME"`},
		{"no key", "100/min per user", "100/min", "counted apart is nothing, in the spec per user and operation"},
		{"an erratum that was mended", "| a/<id> | PUT", "| /a/{id} | PUT", ""}, // the other row still is printed wrongly
		{"an erratum that changed", "| a/<id> | PUT", "| a/<ID> | PUT", `records "PUT a/<id>`},
		{"the default", "By default, 100", "By default, 99", "the table's default is 99 requests per minute, and the spec's each"},
		{"no default", "By default, 100 requests per minute are admitted.", "", "1 operations without a row, getC first, count by the spec's default"},
		{"a row for what cites none", last, last + "| /c | GET | 100 per minute per user |\n", "getC (" + file + ":20:5) has this method and path and cites no row"},
		{"a row less", "| /a/{id} | POST | 100 per minute per user |\n", "", "putA cites rows 2, 3, and the table has 1 of them"},
		{"another order", first + second, second + first, "is cited as row 1 in the spec"},
	} {
		text := strings.Replace(clean, c.old, c.new, 1)
		if c.old != "" && text == clean {
			t.Fatalf("%s: nothing to replace", c.name)
		}
		var all []string
		for _, d := range compare(m, "limits.md", text, audit.Options{}) {
			all = append(all, d.String())
		}
		switch got := strings.Join(all, "\n"); {
		case c.want == "" && got != "":
			t.Errorf("%s:\n%s", c.name, got)
		case !strings.Contains(got, c.want):
			t.Errorf("%s:\n%s\nwant %s", c.name, got, c.want)
		}
	}
	text := strings.Replace(clean, "per IP", "per basket", 1)
	if found := compare(m, "limits.md", text, audit.Options{Keys: map[string][]string{"Basket": {"client-ip"}}}); len(found) > 0 {
		t.Errorf("with --keys: %v", found)
	}
	if found := compare(m, "limits.md", clean, audit.Options{Doc: "table"}); len(found) > 0 {
		t.Errorf("with --doc: %v", found)
	}
}
