package harness

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/emit"
	"github.com/limitgen/limitgen/generator/emit/config"
)

// Root is the repository's, seen from the package of a test in cmd/internal/proof.
const Root = "../../.."

// Easemob is the spec of the published table.
const Easemob = Root + "/spec/easemob.yaml"

// Generate writes one target's files for a spec into a new folder and returns it.
func Generate(t testing.TB, spec, target string, choose ...func(*config.Options)) string {
	t.Helper()
	data, err := os.ReadFile(spec)
	if err != nil {
		t.Fatal(err)
	}
	return GenerateText(t, filepath.Base(spec), string(data), target, choose...)
}

// GenerateText is Generate for a spec in the test.
func GenerateText(t testing.TB, name, spec, target string, choose ...func(*config.Options)) string {
	t.Helper()
	o := generator.Options{Spec: name, Data: []byte(spec), Package: "api", ImportPath: "api/api", Emit: []string{target}, Config: config.Defaults()}
	for _, c := range choose {
		c(&o.Config)
	}
	result, diags := generator.Generate(context.Background(), o)
	if result == nil {
		t.Fatal(diags)
	}
	dir := t.TempDir()
	for _, f := range result.Files {
		name := filepath.Join(dir, strings.TrimPrefix(f.Name, emit.ConfigDir+"/"+target+"/"))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Approximate allows approximations.
func Approximate(o *config.Options) { o.AllowApproximate = true }
