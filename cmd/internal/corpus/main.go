// Command corpus generates, compiles, vets and checks (by staticcheck, with --linter) every OpenAPI
// file of a folder and prints a line for each. Then it calls every operation over HTTP, from the
// generated client to the generated server, with values made from the schemas, once for each answer
// that is described, and lists what does not come back; and it has server and a validator judge
// bodies. It exits with 1 if a file that generates does not compile or is not the same twice, when
// an operation is lost in silence, or when more than one call in a hundred does not come back.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/limitgen/limitgen/cmd/internal/corpus/agree"
	"github.com/limitgen/limitgen/cmd/internal/corpus/calls"
	"github.com/limitgen/limitgen/cmd/internal/corpus/drive"
	"github.com/limitgen/limitgen/cmd/internal/corpus/module"
	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/source"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// An api is one file and what became of it.
type api struct {
	file, pkg  string
	generated  bool
	same       bool // generated a second time
	operations int
	client     map[string]bool // the operations that these files mention
	server     map[string]bool
	warnings   int
	seconds    float64 // of one generation
	allocated  uint64
	size       int // of the output
	lines      int
	calls      []drive.Call
	bench      *agree.Bench
}

func run(args []string, stdout, stderr io.Writer) int {
	linter := ""
	if len(args) == 3 && args[0] == "--linter" {
		linter, args = args[1], args[2:]
	}
	if len(args) != 1 {
		fmt.Fprintln(stderr, "usage: corpus [--linter GOLANGCI-LINT] DIR")
		return 2
	}
	work, err := os.MkdirTemp("", "corpus")
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	defer func() { _ = os.RemoveAll(work) }()
	files, err := specs(args[0])
	if err := errors.Join(err, module.New(work)); err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	var apis []*api
	for i, file := range files {
		a := &api{file: file, pkg: fmt.Sprintf("%s%d", packageOf(file), i)} // names may differ in a hyphen alone
		if err := a.generate(work, stderr); err != nil {
			fmt.Fprintln(stderr, err)
			return 2
		}
		apis = append(apis, a)
	}
	fine := table(work, linter, apis, stdout, stderr)
	if !driveAll(work, apis, stdout, stderr) || !fine {
		return 1
	}
	return 0
}

func specs(dir string) ([]string, error) {
	var out []string
	for _, pattern := range []string{"*.yaml", "*.yml", "*.json"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	if len(out) == 0 {
		return nil, errors.New(dir + " holds no .yaml, .yml or .json file")
	}
	return out, nil
}

var unfit = regexp.MustCompile(`[^a-z0-9]+`)

// packageOf names the folder of a file's package.
func packageOf(file string) string {
	return "api" + unfit.ReplaceAllString(strings.ToLower(filepath.Base(file)), "")
}

// mutants are the changed bodies of an operation.
const mutants = 25

// generate generates a file twice and writes the package.
func (a *api) generate(work string, stderr io.Writer) error {
	data, err := os.ReadFile(a.file)
	if err != nil {
		return err
	}
	options := generator.Options{Spec: a.file, Data: data, Package: "api", RuntimePath: module.Path, Read: os.ReadFile}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := time.Now()
	result, diags := generator.Generate(context.Background(), options)
	a.seconds = time.Since(began).Seconds()
	runtime.ReadMemStats(&after)
	a.allocated = after.TotalAlloc - before.TotalAlloc
	for _, d := range diags {
		if d.Severity == diag.Warning {
			a.warnings++
			continue
		}
		fmt.Fprintln(stderr, d)
	}
	if result == nil {
		return nil // the diagnostics say why, with their place
	}
	again, _ := generator.Generate(context.Background(), options)
	a.generated, a.same = true, again != nil && len(again.Files) == len(result.Files)
	a.client, a.server = make(map[string]bool), make(map[string]bool)
	for i, f := range result.Files {
		a.same = a.same && again.Files[i].Name == f.Name && bytes.Equal(again.Files[i].Data, f.Data)
		a.size += len(f.Data)
		a.lines += bytes.Count(f.Data, []byte{'\n'})
		if strings.HasPrefix(f.Name, "client_") {
			find(a.client, called, f.Data)
		}
		if strings.HasPrefix(f.Name, "server_") {
			find(a.server, handled, f.Data)
		}
	}
	a.operations = len(result.API.Operations)
	doc, _ := source.Load(a.file, data, os.ReadFile)
	a.calls = calls.Of(doc, result.API)
	text, err := doc.T.MarshalJSON()
	if err != nil {
		return err
	}
	v, err := agree.NewValidator(text)
	if err != nil {
		return err
	}
	a.bench = agree.New(calls.Bodies(doc, result.API), v, mutants)
	return module.Add(work, a.pkg, result)
}

var (
	called  = regexp.MustCompile(`\.NewCall\((\w+)\)`)
	handled = regexp.MustCompile(`\.Handle\((\w+), `)
)

// find adds the operations that a file mentions.
func find(seen map[string]bool, mention *regexp.Regexp, data []byte) {
	for _, m := range mention.FindAllSubmatch(data, -1) {
		seen[string(m[1])] = true
	}
}
