package generator_test

import (
	"bytes"
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator"
)

const example = "../spec/easemob.yaml"

func generate(t testing.TB, file string, data []byte, emit ...string) *generator.Result {
	t.Helper()
	result, diags := generator.Generate(context.Background(),
		generator.Options{Spec: file, Data: data, Package: "api", Emit: emit})
	for _, d := range diags {
		t.Log(d)
	}
	if result == nil {
		t.Fatal("nothing was generated")
	}
	return result
}

func read(t testing.TB, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestRendersAreIdentical(t *testing.T) {
	renders := 200
	if testing.Short() {
		renders = 20
	}
	data := read(t, example)
	first := generate(t, example, data)
	for i := range renders {
		again := generate(t, example, data)
		if len(again.Files) != len(first.Files) {
			t.Fatalf("render %d has %d files, the first had %d", i, len(again.Files), len(first.Files))
		}
		for j, f := range again.Files {
			if f.Name != first.Files[j].Name || !bytes.Equal(f.Data, first.Files[j].Data) {
				t.Fatalf("render %d differs in %s", i, f.Name)
			}
		}
	}
}

func TestNoVendorInTheGenerator(t *testing.T) {
	vendor := regexp.MustCompile(`(?i)ease` + `mob|ago` + `ra|huan` + `xin`)
	for _, root := range []string{".", "../templates"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") {
				return err
			}
			if m := vendor.Find(read(t, path)); m != nil {
				t.Errorf("%s names %s", path, m)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// hostile is what a spec may hold and a generated package must survive.
const hostile = "*/ panic(1) ` \" ' {{ . }} \\ \u202e\u2066 🙈\n// +build ignore\n//go:build ignore\r\nfunc init() { panic(2) }\u2028func x() {}"

func hostileSpec() []byte {
	quote := func(s string) string {
		r := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\u2028", `\L`, "\u202e",
			`\u202e`, "\u2066", `\u2066`)
		return `"` + r.Replace(s) + `"`
	}
	h := quote(hostile)
	spec := `openapi: 3.0.3
info: {title: ` + h + `, version: ` + h + `, description: ` + h + `}
tags: [{name: ` + h + `, description: ` + h + `}]
x-rate-limits:
  version: 1
  limits: {each: {quota: 1, window: 1s, per: [], description: ` + h + `}}
  default: {each: 1}
paths:
  "/a/{type}/{func}":
    get:
      operationId: ` + h + `
      summary: ` + h + `
      description: ` + h + `
      tags: [` + h + `]
      parameters:
        - {name: type, in: path, required: true, description: ` + h + `, schema: {type: string}}
        - {name: func, in: path, required: true, schema: {type: string}}
        - {name: ` + h + `, in: query, description: ` + h + `, schema: {type: string, enum: [` + h + `, "", "+1", "-1", range]}}
      responses:
        "200":
          description: ` + h + `
          content: {application/json: {schema: {$ref: "#/components/schemas/Client"}}}
components:
  schemas:
    Client:
      description: ` + h + `
      properties:
        ` + h + `: {type: string, description: ` + h + `}
        go: {type: string, enum: [` + h + `]}
        limiter: {$ref: "#/components/schemas/Limiter"}
    Limiter: {type: object, properties: {string: {type: string}}}
    error: {type: string, enum: [a, A]}
`
	return []byte(spec)
}

func TestHostileTextIsNotCode(t *testing.T) {
	result := generate(t, "hostile.yaml", hostileSpec())
	for _, f := range result.Files {
		file, err := parser.ParseFile(token.NewFileSet(), f.Name, f.Data, parser.ParseComments)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		for _, decl := range file.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && (fn.Name.Name == "init" ||
				fn.Name.Name == "x") {
				t.Errorf("%s has code from the spec: func %s", f.Name, fn.Name.Name)
			}
		}
		for _, group := range file.Comments {
			for _, c := range group.List {
				if strings.HasPrefix(c.Text, "/*") || strings.HasPrefix(c.Text, "//go:") ||
					strings.HasPrefix(c.Text, "// +build") {
					t.Errorf("%s has a comment that is more than text: %q", f.Name, c.Text)
				}
				if strings.ContainsAny(c.Text, "\u202e\u2066\u2028") {
					t.Errorf("%s has a comment with characters that hide text: %q", f.Name, c.Text)
				}
			}
		}
	}
}

// TestGeneratedCodeCompiles compiles and vets what hostile and ordinary specs generate, with every
// set of targets.
func TestGeneratedCodeCompiles(t *testing.T) {
	names := "openapi: 3.0.3\npaths: {}\ncomponents:\n  schemas:\n"
	for _, n := range []string{"Client", "Limiter", "Server", "Handlers", "Scope", "Limits", "Option", "Error", "error", "APIError", "string", "a-b", "a_b", "AB", "1st", "日本"} {
		names += "    " + n + ": {type: object, properties: {x: {type: string, enum: [a, A, '', '+1', '-1']}, X: {$ref: '#/components/schemas/" + n + "'}}, required: [X]}\n"
	}
	names = strings.Replace(names, "paths: {}", "paths: {'/a/{b}': {get: {tags: [test], responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Client'}}}}}}, put: {tags: [windows], responses: {}}}}", 1)
	for name, data := range map[string][]byte{"names": []byte(names), "example": read(t, example), "hostile": hostileSpec()} {
		for _, emit := range []string{"client,server,limits", "client", "server", "limits"} {
			t.Run(name+"/"+emit, func(t *testing.T) {
				t.Parallel()
				result := generate(t, name+".yaml", data, strings.Split(emit, ",")...)
				dir := t.TempDir()
				files := map[string][]byte{"go.mod": []byte("module api\n\ngo 1.25.0\n")}
				for _, f := range result.Files {
					files[f.Name] = f.Data
				}
				writeAll(t, dir, files)
				cmd := exec.Command("go", "vet", "./...")
				cmd.Dir = dir
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("%v\n%s", err, out)
				}
				if out, err := exec.Command("gofmt", "-l", dir).CombinedOutput(); err != nil || len(out) > 0 {
					t.Errorf("gofmt: %v\n%s", err, out)
				}
			})
		}
	}
}

// writeAll writes files into a folder, and the folders that they need.
func writeAll(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	for name, data := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestMutatedSpecsDoNotPanic fuzzes briefly in every run: bytes of real specs are changed at
// random.
func TestMutatedSpecsDoNotPanic(t *testing.T) {
	const noise = "{}[]:,#&*!|>'\"%@`\n\t -x0$~/"
	files, err := filepath.Glob("../spec/valid/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no valid specs to change", err)
	}
	for _, file := range append(files, example) {
		seed := read(t, file)
		rounds := 300
		if len(seed) > 100_000 {
			rounds = 5
		}
		r := rand.New(rand.NewPCG(1, uint64(len(seed))))
		for range rounds {
			data := bytes.Clone(seed)
			for range 1 + r.IntN(6) {
				i := r.IntN(len(data))
				switch r.IntN(3) {
				case 0:
					data[i] = noise[r.IntN(len(noise))]
				case 1:
					data = append(data[:i], data[min(len(data), i+1+r.IntN(30)):]...)
				default:
					j := r.IntN(len(data))
					data = slices.Concat(data[:i], data[j:min(len(data), j+r.IntN(200))], data[i:])
				}
				if len(data) == 0 {
					break
				}
			}
			result, diags := generator.Generate(context.Background(),
				generator.Options{Spec: "mutated.yaml", Data: data, Package: "api"})
			if result == nil && !diags.HasErrors() {
				t.Errorf("%s: nothing was generated and nothing said why", file)
			}
			for _, d := range diags {
				if d.Rule == "internal" {
					t.Errorf("%s: %v\n%s", file, d, data)
				}
			}
		}
	}
}

func FuzzGenerate(f *testing.F) {
	f.Add([]byte("openapi: 3.0.0\npaths: {}\n"))
	f.Add([]byte(`{"openapi":"3.1.0","paths":{"/x":{"get":{"responses":{"200":{"description":""}}}}}}`))
	f.Add([]byte("openapi: 3.0.0\nx-rate-limits: {version: 1, limits: {a: {quota: 1, window: 1s, per: [operation]}}, default: {a: 1}}\npaths: {/a/{b}: {get: {x-rate-limit: a}}}\n"))
	f.Add([]byte("openapi: 3.0.0\npaths: {/a: {get: {x-rate-limit: {variants: [{name: x, when: {expr: $request.body, is: array}}]}}}}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		result, diags := generator.Generate(context.Background(),
			generator.Options{Spec: "fuzz.yaml", Data: data, Package: "api"})
		if result == nil && !diags.HasErrors() {
			t.Error("nothing was generated and nothing said why")
		}
		for _, d := range diags {
			if strings.Contains(d.Rule, "internal") {
				t.Errorf("%v", d)
			}
		}
	})
}

// BenchmarkGenerateProcess is a whole run of the command, from start to files on disk.
func BenchmarkGenerateProcess(b *testing.B) {
	bin := filepath.Join(b.TempDir(), "limitgen")
	if out, err := exec.Command("go", "build", "-o", bin, "../cmd/limitgen").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	for b.Loop() {
		if out, err := exec.Command(bin, "generate", "--spec", example, "--out", filepath.Join(b.TempDir(), "api")).CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
	}
}

func BenchmarkGenerate(b *testing.B) {
	data := read(b, example)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		generate(b, example, data)
	}
}
