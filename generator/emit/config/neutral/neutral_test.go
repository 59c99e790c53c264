package neutral_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/emit/config"
)

var update = flag.Bool("update", false, "write the golden files anew")

const (
	specs   = "../../../../spec"
	encoded = specs + "/easemob.yaml"
)

// emit renders the files of the target for a spec, by name.
func emit(t testing.TB, name string, spec []byte) map[string][]byte {
	t.Helper()
	result, diags := generator.Generate(context.Background(), generator.Options{
		Spec: name, Data: spec, Package: "api", Emit: []string{"json"}, Config: config.Defaults(),
	})
	if result == nil {
		t.Fatal(diags)
	}
	files := make(map[string][]byte)
	for _, f := range result.Files {
		files[filepath.Base(f.Name)] = f.Data
	}
	return files
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func valid(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob(specs + "/valid/*.yaml")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	return append(files, encoded, specs+"/paths/api.yaml")
}

func decode(t testing.TB, data []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
	return v
}

func compile(t testing.TB, schema []byte, part string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	if err := c.AddResource("limits.schema.json", decode(t, schema)); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("limits.schema.json" + part)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFilesFollowTheirSchema(t *testing.T) {
	for _, file := range valid(t) {
		files := emit(t, file, read(t, file))
		doc := decode(t, files["limits.json"])
		if err := compile(t, files["limits.schema.json"], "").Validate(doc); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		sameInYAML(t, files)
	}
}

func sameInYAML(t testing.TB, files map[string][]byte) {
	t.Helper()
	var fromJSON, fromYAML any
	if err := json.Unmarshal(files["limits.json"], &fromJSON); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(files["limits.yaml"], &fromYAML); err != nil {
		t.Fatalf("%v in\n%s", err, files["limits.yaml"])
	}
	again, err := json.Marshal(fromYAML)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(again, &fromYAML); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(fromJSON, fromYAML) {
		t.Errorf("limits.yaml differs from limits.json:\n%s\n%s", files["limits.json"],
			files["limits.yaml"])
	}
}

func TestSchemaRejects(t *testing.T) {
	files := emit(t, encoded, read(t, encoded))
	schema := compile(t, files["limits.schema.json"], "")
	for name, change := range map[string][2]string{
		"another version":          {`"version": 1`, `"version": 2`},
		"an unknown member":        {`"plans": {}`, `"plans": {}, "more": 1`},
		"a null":                   {`"plans": {}`, `"plans": null`},
		"a missing member":         {`"plans": {},`, ``},
		"a quota of 0":             {`"quota": 300`, `"quota": 0`},
		"a fraction":               {`"quota": 300`, `"quota": 300.5`},
		"a quota that is text":     {`"quota": 300`, `"quota": "300"`},
		"a window that is text":    {`"window": 60`, `"window": "1m"`},
		"a limit without a window": {`"quota": 300, "window": 1,`, `"quota": 300,`},
		"a plan's new word":        {`"plans": {}`, `"plans": {"a": {"each": {"quota": 5, "unit": "x"}}}`},
		"a window without a quota": {`"plans": {}`, `"plans": {"a": {"each": {"window": 5}}}`},
		"an empty change":          {`"plans": {}`, `"plans": {"a": {"each": {}}}`},
		"a response expression":    {`$request.body#/to`, `$response.body#/to`},
		"an unknown test":          {`"is": "array"`, `"is": "number"`},
		"a cost of 0":              {`"cost": 1`, `"cost": 0`},
		"a key that is unknown":    {`"operation"]}`, `"weather"]}`},
		"an open pattern":          {`"pattern": "^`, `"pattern": "`},
		"a row that is a number":   {`"rows": ["22"]`, `"rows": [22]`},
	} {
		broken := strings.Replace(string(files["limits.json"]), change[0], change[1], 1)
		if broken == string(files["limits.json"]) {
			t.Errorf("%s: there is no %s", name, change[0])
			continue
		}
		if schema.Validate(decode(t, []byte(broken))) == nil {
			t.Errorf("the schema accepts %s", name)
		}
	}
}

func TestSchemaOfOverrides(t *testing.T) {
	files := emit(t, encoded, read(t, encoded))
	schema := compile(t, files["limits.schema.json"], "#/$defs/overrides")
	for text, want := range map[string]bool{
		`{}`: true, `{"each": {"quota": 5}}`: true, `{"$schema": "x", "each": {"quota": 5, "burst": 10}}`: true,
		`{"each": {}}`: false, `{"each": 5}`: false, `{"Each": {"quota": 5}}`: false, `{"each": {"quota": -5}}`: false,
		`{"each": {"window": 5}}`: false, `[]`: false,
	} {
		if err := schema.Validate(decode(t, []byte(text))); (err == nil) != want {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestGolden(t *testing.T) {
	for _, name := range []string{"concurrency", "costs", "exceeded", "keys", "no-extension", "plans", "variants", "windows"} {
		files := emit(t, name+".yaml", read(t, specs+"/valid/"+name+".yaml"))
		for _, file := range []string{"limits.json", "limits.yaml"} {
			golden := filepath.Join("testdata", name, file)
			if *update {
				if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(golden, files[file], 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(read(t, golden), files[file]) {
				t.Errorf("%s differs from what is emitted; run go test -update and look at the change:\n%s",
					golden, files[file])
			}
		}
	}
}

func TestSchemaIsPublished(t *testing.T) {
	if !bytes.Equal(emit(t, encoded, read(t, encoded))["limits.schema.json"],
		read(t, specs+"/limits.schema.json")) {
		t.Error("spec/limits.schema.json is not the schema that is emitted; copy templates/config/json/limits.schema.json there")
	}
}
