package proof

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/cmd/internal/proof/harness"
	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/emit/config"
)

// hostileSpec puts a text wherever a spec may have any text.
func hostileSpec(text string) []byte {
	response := map[string]any{"200": map[string]any{"description": text}}
	parameters := []any{map[string]any{"name": "app", "in": "path", "required": true, "schema": map[string]any{"type": "string"}}}
	name := strings.Join(strings.Fields(text), "")
	pointer := "$request.body#/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(text)
	spec, err := json.Marshal(map[string]any{
		"openapi": "3.0.3",
		"info":    map[string]any{"title": text, "version": text, "description": text},
		"x-rate-limits": map[string]any{
			"version": 1,
			"keys": map[string]any{
				"app": []any{"$request.path.app"}, "query": []any{"$request.query." + name}, "body": []any{pointer},
				"head": []any{"$request.header.X-Tenant"},
			},
			"limits": map[string]any{
				"each":  map[string]any{"quota": 5, "window": "1m", "per": []any{"app", "operation"}, "description": text},
				"items": map[string]any{"quota": 5, "window": "1m", "per": []any{"query"}, "description": text},
				"more":  map[string]any{"quota": 5, "window": "1s", "per": []any{"body", "credential", "head"}, "description": text},
			},
			"default": map[string]any{"each": 1},
		},
		"components": map[string]any{"securitySchemes": map[string]any{"s": map[string]any{"type": "apiKey", "in": "query", "name": text}}},
		"security":   []any{map[string]any{"s": []any{}}},
		"paths": map[string]any{
			"/x/{app}/" + text: map[string]any{"parameters": parameters, "get": map[string]any{
				"operationId": text, "summary": text, "description": text, "responses": response}},
			"/y/{app}/a" + text + "{rest}": map[string]any{"parameters": append(parameters,
				map[string]any{"name": "rest", "in": "path", "required": true, "schema": map[string]any{"type": "string"}}),
				"get": map[string]any{"operationId": "mixed" + text, "responses": response}},
			"/z/{app}": map[string]any{
				"parameters": append(parameters, map[string]any{"name": name, "in": "query", "schema": map[string]any{"type": "string"}}),
				"post": map[string]any{
					"operationId":  "send" + text,
					"x-rate-limit": map[string]any{"use": map[string]any{"items": map[string]any{"count": pointer}, "more": 1}},
					"requestBody": map[string]any{"content": map[string]any{"application/json": map[string]any{"schema": map[string]any{
						"type": "object", "properties": map[string]any{text: map[string]any{"type": "array", "maxItems": 5, "items": map[string]any{"type": "string"}}}}}}},
					"responses": response}},
		},
	})
	if err != nil {
		panic(err)
	}
	return spec
}

var (
	luaText    = regexp.MustCompile(`"(?:[^"\\\n]|\\.)*"`)
	luaComment = regexp.MustCompile(`(?m)--[^\n]*$`)
)

// skeleton returns what files do: the directives of a configuration with what they are about, Lua
// without its texts and comments, and how many words each row of a map has.
func skeleton(files map[string]string) []string {
	var out []string
	for _, name := range []string{"example.cfg", "limits.cfg"} {
		for line := range strings.Lines(files[name]) {
			if words := strings.Fields(line); len(words) > 0 && !strings.HasPrefix(words[0], "#") {
				out = append(out, strings.Join(words[:min(2, len(words))], " "))
			}
		}
	}
	lua := luaText.ReplaceAllString(files["limits.lua"], `""`)
	out = append(out, strings.Split(luaComment.ReplaceAllString(lua, ""), "\n")...)
	for _, name := range []string{"api_limits.map", "api_operations.map"} {
		for line := range strings.Lines(files[name]) {
			if !strings.HasPrefix(line, "#") {
				out = append(out, strings.Repeat("word ", len(strings.Fields(line))))
			}
		}
	}
	return out
}

// hostile renders the spec for a text; it is nil if the spec is refused.
func hostile(t testing.TB, text string) map[string]string {
	t.Helper()
	o := config.Defaults()
	o.AllowApproximate = true
	result, diags := generator.Generate(context.Background(), generator.Options{
		Spec: "hostile.json", Data: hostileSpec(text), Package: "api", Emit: []string{"haproxy"}, Config: o,
	})
	if result == nil {
		for _, d := range diags {
			if d.Rule == "internal" {
				t.Error(d)
			}
		}
		return nil
	}
	files := make(map[string]string)
	for _, f := range result.Files {
		files[filepath.Base(f.Name)] = string(f.Data)
	}
	return files
}

// FuzzHAProxyHostile puts texts into a spec. HAProxy must read what comes out, and no text may do
// more than a plain one.
func FuzzHAProxyHostile(f *testing.F) {
	for _, text := range []string{
		"plain", "a b", "it's", `"`, `\`, `$HOME`, "#", "%[src]", "%", "`", ";", "|", "(?", ")", "],", "*", "a\nglobal\n    daemon\n", "a\r\n", "\t",
		"$", "{", "}", "%7B", "%20", "%0a", "%00", "é", "消息", "\u2028", "--[[", "]]", "\" .. os.exit() .. \"", "'\n", `\x41`, `\n`, "a:b=c(d)", "a|b",
		`")),map_str(x)'`, "//", "..", ".", "a,b", "-i", "--", "if TRUE", "~1", "/", "\x7f", `'"'"'`, "${X}", `\"`, "=count(", " \\",
	} {
		f.Add(text)
	}
	program := harness.Need(f, "haproxy")
	plain := skeleton(hostile(f, "plain"))
	f.Fuzz(func(t *testing.T, text string) {
		files := hostile(t, text)
		if files == nil {
			return
		}
		if got := skeleton(files); !slices.Equal(got, plain) {
			for i := range min(len(got), len(plain)) {
				if got[i] != plain[i] {
					t.Fatalf("%q: %s\ninstead of: %s", text, got[i], plain[i])
				}
			}
			t.Fatalf("%q: %d statements instead of %d", text, len(got), len(plain))
		}
		dir := t.TempDir()
		for name, data := range files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if out, err := harness.Command(t, program, "-c", "-f", dir+"/example.cfg").CombinedOutput(); err != nil {
			t.Fatalf("%q: %v\n%s", text, err, out)
		}
	})
}
