// Command corpus generates, compiles and vets every OpenAPI file of a folder and prints a
// line for each. Then it calls every operation over HTTP, from the generated client to the generated
// server, with values made from the schemas, once for each answer that is described, and lists what
// does not come back. It exits with 1 if a file that generates does not compile, when an operation
// is lost in silence, or when more than one call in a hundred does not come back.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/cmd/internal/corpus/drive"
	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/emit"
	"github.com/limitgen/limitgen/generator/source"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	if len(args) != 1 {
		fmt.Fprintln(stderr, "usage: corpus DIR")
		return 2
	}
	work, err := os.MkdirTemp("", "corpus")
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	defer func() { _ = os.RemoveAll(work) }()
	if err := os.WriteFile(filepath.Join(work, "go.mod"), []byte("module corpus\n\ngo 1.25.0\n"), 0o644); err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	if err := errors.Join(runtime(work), writeDriver(work)); err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	files, err := specs(args[0])
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	fmt.Fprintf(stdout, "%-24s %-10s %-9s %-7s %10s %8s %8s %9s\n", "file", "generated", "compiled", "vetted", "operations", "client", "server", "warnings")
	bad := 0
	drives := make(map[string][]drive.Call)
	for i, file := range files {
		name := fmt.Sprintf("api%d", i)
		calls, ok := report(file, filepath.Join(work, name), stdout, stderr)
		if !ok {
			bad = 1
		} else if calls != nil {
			drives[name] = calls
		}
	}
	if !driveAll(work, files, drives, stdout, stderr) {
		bad = 1
	}
	return bad
}

// driveAll prints what did not come back of the calls of each file, by package.
func driveAll(work string, files []string, calls map[string][]drive.Call, stdout, stderr io.Writer) bool {
	faults, err := runAll(work, slices.Sorted(maps.Keys(calls)), calls)
	if err != nil {
		fmt.Fprintln(stderr, "the driver:", err)
		return false
	}
	fmt.Fprintf(stdout, "\n%-24s %10s %10s %10s\n", "file", "operations", "calls", "lost")
	all, lost := 0, 0
	for i, file := range files {
		name := fmt.Sprintf("api%d", i)
		if calls[name] == nil {
			continue
		}
		operations := make(map[string]bool)
		for _, c := range calls[name] {
			operations[c.Operation] = true
		}
		fmt.Fprintf(stdout, "%-24s %10d %10d %10d\n", filepath.Base(file), len(operations), len(calls[name]), len(faults[name]))
		for _, f := range faults[name] {
			fmt.Fprintf(stdout, "    %s %d: %.300s\n", f.Operation, f.Status, f.Why)
		}
		all, lost = all+len(calls[name]), lost+len(faults[name])
	}
	fmt.Fprintf(stdout, "%d of %d calls came back\n", all-lost, all)
	return lost*100 <= all
}

// runtime writes the packages of the run-time once for all files.
func runtime(work string) error {
	for _, f := range emit.Runtime("corpus", []string{"rest"}) {
		name := filepath.Join(work, f.Name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			return err
		}
	}
	return nil
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

// report prints the line of one file, and returns the calls that drive it and whether nothing is
// wrong with it.
func report(file, dir string, stdout, stderr io.Writer) ([]drive.Call, bool) {
	line := func(generated, compiled, vetted string, operations, client, server, warnings int) {
		fmt.Fprintf(stdout, "%-24s %-10s %-9s %-7s %10d %8d %8d %9d\n", filepath.Base(file), generated, compiled, vetted, operations, client, server, warnings)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return nil, false
	}
	result, diags := generator.Generate(context.Background(), generator.Options{Spec: file, Data: data, Package: "api", RuntimePath: "corpus"})
	warnings := 0
	for _, d := range diags {
		if d.Severity == diag.Warning {
			warnings++
			continue
		}
		fmt.Fprintln(stderr, d)
	}
	if result == nil {
		line("no", "-", "-", 0, 0, 0, warnings)
		return nil, true // the diagnostics say why, with their place
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		fmt.Fprintln(stderr, err)
		return nil, false
	}
	var drives []byte
	client, server := make(map[string]bool), make(map[string]bool)
	for _, f := range result.Files {
		if strings.HasPrefix(f.Name, "client_") {
			find(client, calls, f.Data)
		}
		if strings.HasPrefix(f.Name, "server_") {
			find(server, handles, f.Data)
		}
		if f.Name == "server.go" {
			drives = f.Data
		}
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o644); err != nil {
			fmt.Fprintln(stderr, err)
			return nil, false
		}
	}
	drives, err = driven(result.API, drives)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "drive.go"), drives, 0o644)
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return nil, false
	}
	compiled := step(dir, stderr, "build", ".")
	vetted := compiled && step(dir, stderr, "vet", ".")
	operations := len(result.API.Operations)
	line("yes", yes(compiled), yes(vetted), operations, len(client), len(server), warnings)
	if !vetted || len(client) != operations || len(server) != operations {
		return nil, false
	}
	doc, _ := source.Load(file, data, nil)
	return callsOf(doc, result.API), true
}

var (
	calls   = regexp.MustCompile(`\.NewCall\((\w+)\)`)
	handles = regexp.MustCompile(`\.Handle\((\w+), `)
)

// find adds the operations that a file mentions.
func find(seen map[string]bool, mention *regexp.Regexp, data []byte) {
	for _, m := range mention.FindAllSubmatch(data, -1) {
		seen[string(m[1])] = true
	}
}

// step runs the go command in a generated package and shows the first lines of what it complains
// about.
func step(dir string, stderr io.Writer, args ...string) bool {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err == nil {
		return true
	}
	lines := strings.SplitN(string(out), "\n", 8)
	fmt.Fprintln(stderr, strings.Join(lines[:min(len(lines), 7)], "\n"))
	return false
}

func yes(ok bool) string {
	if ok {
		return "yes"
	}
	return "NO"
}
