package neutral_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"testing"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/emit/config"
)

// FuzzTexts puts a text into all places of a spec. The files follow their schema still, and say the
// same.
func FuzzTexts(f *testing.F) {
	for _, s := range []string{
		"plain", "a\nb: c", "# x", "- x", "{x: [y", `"`, `'`, "*a", "&a", "!!binary x", "yes", "null", "1e3", "0x1", "2022-08-04", "~", ": ", " x ", "\t", "\u2028",
		"\x7f", "\u0085", "\ufeff", "\ufffd", "\U0001f600", "---", "...", "%YAML 1.2", "<<", "|", ">-", "</script>", "消息\\n", "\x01",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		quoted, err := json.Marshal(text)
		if err != nil {
			t.Skip()
		}
		spec := fmt.Sprintf(`
openapi: 3.0.3
info: {title: %[1]s, version: %[1]s}
x-rate-limits:
  version: 1
  docs: {table: {title: %[1]s, url: %[1]s, date: %[1]s, sha256: %[1]s}}
  limits:
    each: {quota: 5, window: 1s, per: [operation], description: %[1]s, origin: {doc: table, rows: ["1"], quote: %[1]s, printed: %[1]s, erratum: %[1]s}}
  default: {each: 1}
  exceeded: [{status: 429, body: {/code: %[1]s}}]
paths:
  /a:
    get: {operationId: %[1]s, summary: %[1]s, x-title: %[1]s, tags: [%[1]s], responses: {"200": {description: ok}}}
`, quoted)
		result, _ := generator.Generate(context.Background(), generator.Options{
			Spec: "api.yaml", Source: text, Data: []byte(spec), Package: "api", Emit: []string{"json"}, Config: config.Defaults(),
		})
		if result == nil {
			return // refused
		}
		files := make(map[string][]byte)
		for _, f := range result.Files {
			files[path.Base(f.Name)] = f.Data
		}
		if err := compile(t, files["limits.schema.json"], "").Validate(decode(t, files["limits.json"])); err != nil {
			t.Error(err)
		}
		sameInYAML(t, files)
	})
}
