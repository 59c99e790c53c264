package generator_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// arrows are what each package may import of this module: every arrow leads downward, and a spec is
// turned into files without looking back. A pattern that ends in /... stands for all below it.
//
// A new package needs a line here. If the line would have to lead upward, what is imported stands
// in the wrong room.
var arrows = map[string][]string{
	"generator/diag":       nil,
	"generator/naming":     nil,
	"generator/fileset":    nil,
	"generator/model":      {"generator/diag"},
	"generator/overlay":    {"generator/diag", "generator/naming"},
	"generator/source":     {"generator/diag", "generator/naming", "generator/overlay"},
	"generator/limit":      {"generator/diag", "generator/naming"},
	"generator/words":      {"generator/diag", "generator/limit", "generator/naming", "generator/source"},
	"generator/labels":     {"generator/diag", "generator/limit", "generator/naming", "generator/source", "generator/table/..."},
	"generator/convert":    {"generator/diag", "generator/limit", "generator/source", "generator/words"},
	"generator/analyze":    {"generator/diag", "generator/labels", "generator/limit", "generator/model", "generator/naming", "generator/source", "generator/words"},
	"generator/lint":       {"generator/analyze", "generator/diag", "generator/limit", "generator/source"},
	"generator/list":       {"generator/limit", "generator/model"},
	"generator/sample":     nil,
	"generator/mock":       {"generator/analyze", "generator/diag", "generator/limit", "generator/model", "generator/sample", "templates/ratelimit", "templates/rest"},
	"generator/manifest":   {"generator/fileset", "generator/limit", "generator/model"},
	"generator/compat":     {"generator/diag", "generator/emit/quote", "generator/fileset", "generator/limit", "generator/manifest", "generator/model"},
	"generator/table":      {"generator/diag"},
	"generator/table/rate": {"generator/limit"},
	"generator/published":  {"generator/diag", "generator/table/..."},
	"generator/audit":      {"generator/diag", "generator/limit", "generator/model", "generator/published", "generator/table/..."},
	"generator/skeleton": {
		"generator/audit", "generator/diag", "generator/limit", "generator/model", "generator/naming", "generator/published", "generator/table/...",
	},

	"generator/emit/quote":             {"generator/diag"},
	"generator/emit/golang":            {"generator/diag", "generator/fileset", "generator/limit", "generator/model", "templates"},
	"generator/emit/config":            {"generator/diag", "generator/fileset", "generator/limit", "generator/model"},
	"generator/emit/config/envoy":      {"generator/emit/config", "generator/emit/quote", "generator/limit", "generator/model", "templates"},
	"generator/emit/config/grafana":    {"generator/emit/config", "generator/emit/quote", "generator/fileset", "generator/model", "templates"},
	"generator/emit/config/haproxy":    {"generator/emit/config", "generator/emit/quote", "generator/model", "templates"},
	"generator/emit/config/neutral":    {"generator/emit/config", "generator/emit/quote", "generator/model", "templates"},
	"generator/emit/config/nginx":      {"generator/emit/config", "generator/model", "templates"},
	"generator/emit/config/prometheus": {"generator/emit/config", "generator/emit/quote", "generator/model", "templates"},
	"generator/emit/config/reference":  {"generator/emit/config", "generator/emit/quote", "generator/fileset", "generator/limit", "generator/model", "templates"},
	"generator/emit":                   {"generator/diag", "generator/emit/...", "generator/fileset", "generator/model", "templates"},

	"generator": {"generator/...", "templates"},
}

// never are imports of others' packages that a package does without: the limiter does not depend on
// HTTP, and the rules of lint read the analysis, not OpenAPI.
var never = map[string][]string{
	"templates/ratelimit": {"net/http"},
	"generator/lint":      {"github.com/getkin/kin-openapi/openapi3"},
}

func TestArrows(t *testing.T) {
	const module = "github.com/limitgen/limitgen/"
	for pkg, imports := range importsBelow(t, "..") {
		allowed, known := arrows[pkg]
		if strings.HasPrefix(pkg, "generator") && !known {
			t.Errorf("%s has no line in arrows", pkg)
		}
		for _, path := range imports {
			own, inside := strings.CutPrefix(path, module)
			switch {
			case slices.Contains(never[pkg], path):
				t.Errorf("%s imports %s", pkg, path)
			case strings.HasPrefix(pkg, "templates") && inside && !strings.HasPrefix(own, "templates"):
				t.Errorf("%s imports %s; the run-time must not depend on the generator", pkg, own)
			case known && inside &&
				!slices.ContainsFunc(allowed, func(a string) bool { return matches(a, own) }):
				t.Errorf("%s imports %s, which has no arrow", pkg, own)
			}
		}
	}
}

func matches(pattern, path string) bool {
	below, all := strings.CutSuffix(pattern, "/...")
	return path == below || all && strings.HasPrefix(path, below+"/")
}

// importsBelow returns what the packages of the generator and the run-time import, except tests.
func importsBelow(t *testing.T, root string) map[string][]string {
	t.Helper()
	out := make(map[string][]string)
	for _, top := range []string{"generator", "templates"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() && d.Name() == "testdata" {
				return filepath.SkipDir
			}
			if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return nil
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(root, filepath.Dir(path))
			pkg := filepath.ToSlash(rel)
			for _, spec := range file.Imports {
				name, _ := strconv.Unquote(spec.Path.Value)
				out[pkg] = append(out[pkg], name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}
