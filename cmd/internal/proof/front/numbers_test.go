package front

import (
	"encoding/json"
	"fmt"
	"math/big"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/cmd/internal/proof/harness"
)

const numbersSpec = `
openapi: 3.0.3
info: {title: numbers, version: "1"}
x-rate-limits:
  version: 1
  keys: {number: [$request.body#/n]}
  limits:
    keyed: {quota: 5, window: 1m, per: [number]}
    tokens: {quota: 1000000, window: 1m, per: []}
paths:
  /keyed:
    post:
      operationId: keyed
      x-rate-limit: keyed
      requestBody: {content: {application/json: {schema: {type: object, properties: {n: {type: number}}}}}}
      responses: {"200": {description: ok}}
  /tokens:
    post:
      operationId: tokens
      x-rate-limit: {use: {tokens: {value: '$request.body#/n'}}}
      requestBody: {content: {application/json: {schema: {type: object, properties: {n: {type: integer}}}}}}
      responses: {"200": {description: ok}}
`

var numeral = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?$`)

// FuzzNumbers compares how the script reads numbers with math/big: as a key, equal numbers are
// spelt alike and others are not; as a cost, what is whole and from 0 counts as much as it is.
func FuzzNumbers(f *testing.F) {
	for _, text := range []string{
		"0", "-0", "0.0e5", "1", "1.0", "1e0", "10e-1", "0.001E+3", "-1", "100", "1e2", "1.5", "15e-1", "0.5", "5e-1", "0.00000001", "1e-7",
		"123456789012345678901234567890", "1e21", "1e22", "999999", "1000000", "1000001", "1e6", "1e7", "12.50e1", "12.5", "1e400", "1e-400", "007", "1.", ".5", "+1", "1e",
	} {
		f.Add(text)
	}
	s, err := newScript(luaOf(f, filepath.Join(harness.GenerateText(f, "numbers.yaml", numbersSpec, "envoy"), "example.yaml")), 1<<20)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !numeral.MatchString(text) || len(text) > 300 {
			return
		}
		keyed, cost := decide(t, s, "POST", "/keyed", `{"n":`+text+`}`), decide(t, s, "POST", "/tokens", `{"n":`+text+`}`)
		if !json.Valid([]byte(text)) {
			if keyed != "400" || cost != "400" {
				t.Fatalf("%s: %q and %q, want 400", text, keyed, cost)
			}
			return
		}
		number, _ := new(big.Rat).SetString(text)
		key, _, _ := strings.Cut(strings.TrimPrefix(keyed, "keyed  /"), " ")
		key, err := url.PathUnescape(key)
		back, ok := new(big.Rat).SetString(key)
		if err != nil || !ok || back.Cmp(number) != 0 {
			t.Fatalf("%s is the key %q", text, key)
		}
		if again := decide(t, s, "POST", "/keyed", `{"n":`+key+`}`); again != keyed {
			t.Fatalf("%s is %q, and that %q", text, keyed, again)
		}
		want := "400"
		if number.IsInt() && number.Sign() >= 0 && number.Cmp(big.NewRat(1_000_000, 1)) <= 0 {
			units, _ := number.Float64()
			want = fmt.Sprintf("tokens   %v", units)
			if number.Sign() == 0 {
				want = "" // neither checked nor counted
			}
		}
		if cost != want {
			t.Fatalf("%s costs %q, want %q", text, cost, want)
		}
	})
}
