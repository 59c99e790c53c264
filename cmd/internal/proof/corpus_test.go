package proof

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/cmd/internal/proof/harness"
	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/emit"
	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/source"
)

// TestCorpus gives other people's APIs a limit for each operation, and has every engine's validator
// read what comes out: their paths are stranger than any that a test would think of. CORPUS names a
// folder of OpenAPI files.
func TestCorpus(t *testing.T) {
	dir := os.Getenv("CORPUS")
	if dir == "" {
		dir = harness.Root + "/spec/valid"
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.*"))
	if err != nil || len(files) == 0 {
		t.Fatal("no files in", dir, err)
	}
	read := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		data, ok := limited(file, data)
		if !ok {
			continue
		}
		read++
		for _, target := range emit.Targets() {
			t.Run(filepath.Base(file)+"/"+target.Name, func(t *testing.T) {
				t.Parallel()
				accepted(t, file, data, target)
			})
		}
	}
	if read == 0 {
		t.Error("none of the files could be read")
	}
}

// limited gives a spec that says nothing of limits one for each operation. It is false for what is
// no OpenAPI 3 file.
func limited(file string, data []byte) ([]byte, bool) {
	doc, _ := source.Load(file, data, nil)
	if doc == nil || doc.T == nil {
		return nil, false
	}
	if doc.Node("x-rate-limits") != nil {
		return data, true
	}
	const table = `{"version": 1, "limits": {"each": {"quota": 100, "window": "1s", "per": ["client-ip", "operation"]}}, "default": {"each": 1}}`
	if i := bytes.IndexByte(data, '{'); filepath.Ext(file) == ".json" && i >= 0 {
		return bytes.Join([][]byte{data[:i+1], []byte(`"x-rate-limits": ` + table + ","), data[i+1:]}, nil), true
	}
	return append(bytes.TrimRight(data, "\n \t."), "\nx-rate-limits: "+table+"\n"...), true
}

func accepted(t *testing.T, file string, data []byte, target *config.Target) {
	o := config.Defaults()
	o.AllowApproximate = true
	result, diags := generator.Generate(context.Background(), generator.Options{
		Spec: file, Data: data, Package: "api", Emit: []string{target.Name}, Config: o,
	})
	if result == nil {
		for _, d := range diags {
			if d.Rule != "inexpressible" {
				t.Skip(d) // generate's own corpus run reports these
			}
		}
		t.Log(diags)
		return
	}
	if target.Check == nil {
		return
	}
	dir := t.TempDir()
	for _, f := range result.Files {
		name := filepath.Join(dir, strings.TrimPrefix(f.Name, emit.ConfigDir+"/"+target.Name+"/"))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := harness.Command(t, harness.Need(t, target.Check.Program), target.Check.Args(dir)...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
