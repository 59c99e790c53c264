package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// TestTheSchemaHasEveryFlag compares the schema of limitgen.yaml with the flags that generate
// records. UPDATE_SCRIPTS=1 writes them into it anew.
func TestTheSchemaHasEveryFlag(t *testing.T) {
	var lines []string
	a := newArguments()
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	addFlags(fs, a.flags)
	for _, f := range a.flags {
		kind := map[string]any{"type": "string"}
		switch f.Value.(type) {
		case *int:
			kind = map[string]any{"type": "integer"}
		case *bool:
			kind = map[string]any{"type": "boolean"}
		case *[]string:
			kind = map[string]any{"$ref": "#/$defs/list"}
		}
		_, usage := pflag.UnquoteUsage(fs.Lookup(f.Name))
		kind["description"] = strings.ReplaceAll(usage, "\n", " ")
		data, err := json.Marshal(kind)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, `        "`+f.Name+`": `+string(data))
	}
	file := filepath.Join("..", "..", "spec", "limitgen.schema.json")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "\"required\": [\"spec\", \"out\"],\n      \"properties\": {\n", "\n      }\n    }\n  }\n}\n"
	head, rest, found := strings.Cut(string(data), begin)
	if !found || !strings.HasSuffix(rest, end) {
		t.Fatal("the schema has another form")
	}
	want := head + begin + strings.Join(lines, ",\n") + end
	if os.Getenv("UPDATE_SCRIPTS") != "" {
		if err := os.WriteFile(file, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	} else if want != string(data) {
		t.Errorf("%s is not up to date; run UPDATE_SCRIPTS=1 go test ./cmd/limitgen -run TheSchemaHasEveryFlag", file)
	}
}
