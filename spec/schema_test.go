package spec_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
)

const schemaFile = "x-rate-limit.schema.json"

func compile(t *testing.T, part string) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile(schemaFile + part)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// plain is YAML as the values of JSON.
func plain(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// extensions visits every value of a key in a document.
func extensions(v any, key string, visit func(any)) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			if k == key {
				visit(x)
				continue
			}
			extensions(x, key, visit)
		}
	case []any:
		for _, x := range v {
			extensions(x, key, visit)
		}
	}
}

func TestSchemaAcceptsTheValidSpecs(t *testing.T) {
	root, operation := compile(t, "#/$defs/root"), compile(t, "#/$defs/operation")
	files, err := filepath.Glob("valid/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no valid specs", err)
	}
	seen := 0
	for _, file := range append(files, encoded) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		doc := plain(t, string(data))
		for key, schema := range map[string]*jsonschema.Schema{"x-rate-limits": root, "x-rate-limit": operation} {
			extensions(doc, key, func(v any) {
				seen++
				if err := schema.Validate(v); err != nil {
					t.Errorf("%s: %v", file, err)
				}
			})
		}
	}
	if seen < 105 {
		t.Errorf("%d values were checked", seen)
	}
}

func TestSchemaRejects(t *testing.T) {
	root, operation := compile(t, "#/$defs/root"), compile(t, "#/$defs/operation")
	for name, text := range map[string]string{
		"a bare number":              "100",
		"a rate":                     "120/min",
		"another dialect":            "{max: 100, window: 1m}",
		"Redocly's":                  "{enabled: true, events: 100, window: 1m}",
		"a response expression":      "{use: {a: {count: '$response.body#/to'}}}",
		"nothing":                    "{}",
		"a negative cost":            "{use: {a: -1}}",
		"a variant without a name":   "{variants: [{when: {expr: $request.body, is: array}}]}",
		"a count beside a value":     "{use: {a: {count: $request.query.a, value: $request.query.n}}}",
		"a cost of neither":          "{use: {a: {times: 2}}}",
		"a test that does not exist": "{variants: [{name: a, when: {expr: $request.body, is: string}}]}",
	} {
		if operation.Validate(plain(t, text)) == nil {
			t.Errorf("x-rate-limit accepts %s: %s", name, text)
		}
	}
	for name, limit := range map[string]string{
		"milliseconds":            "{quota: 1, window: 500ms, per: []}",
		"a missing per":           "{quota: 1, window: 1s}",
		"a window on concurrency": "{quota: 1, window: 1s, unit: concurrent-requests, per: []}",
		"no window":               "{quota: 1, per: []}",
		"a quota of 0":            "{quota: 0, window: 1s, per: []}",
		"another time to decide":  "{quota: 1, window: 1s, per: [], decide: early}",
	} {
		if root.Validate(plain(t, "{version: 1, limits: {a: "+limit+"}}")) == nil {
			t.Errorf("x-rate-limits accepts %s: %s", name, limit)
		}
	}
	for _, text := range []string{"{ipv6: 0}", "{ipv6: 129}", "{ipv4: 24}", "64"} {
		if root.Validate(plain(t, "{version: 1, limits: {}, client-ip: "+text+"}")) == nil {
			t.Errorf("x-rate-limits accepts client-ip: %s", text)
		}
	}
	for part, texts := range map[string][]string{"list": {"{encoded-comma: 1}", "{comma: true}"}, "client": {"{parts: maybe}", "{part: true}"}, "server": {"{trailing-slash: 1}", "{slash: true}"}, "former": {"[]", "{a: b}", "[a, 1]"}} {
		for _, text := range texts {
			if compile(t, "#/$defs/"+part).Validate(plain(t, text)) == nil {
				t.Errorf("%s accepts %s", part, text)
			}
		}
	}
	if err := root.Validate(plain(t, "{version: 1, limits: {a: {quota: 1, window: 1s, per: []}}}")); err != nil {
		t.Errorf("x-rate-limits rejects the smallest table: %v", err)
	}
}
