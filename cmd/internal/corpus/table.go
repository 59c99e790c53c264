package main

import (
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/cmd/internal/corpus/drive"
	"github.com/limitgen/limitgen/cmd/internal/corpus/module"
)

// table builds, vets and checks all packages and prints a line for each file.
func table(work, linter string, apis []*api, stdout, stderr io.Writer) bool {
	built := complaints(work, apis, stderr, "go", "build", "-trimpath", "./...")
	vetted := complaints(work, apis, stderr, "go", "vet", "-trimpath", "./...")
	checked, static := make(map[string]bool), "-"
	if linter != "" {
		checked = complaints(work, apis, stderr, linter, "run", "--no-config", "--default=none", "--enable=staticcheck", "./...")
	}
	fmt.Fprintf(stdout, "%-24s %-9s %-5s %-8s %-6s %-6s %10s %6s %6s %8s %7s %8s %6s %8s\n", "file", "generated", "same", "compiled",
		"vetted", "static", "operations", "client", "server", "warnings", "seconds", "alloc MB", "MB", "lines")
	ok := true
	for _, a := range apis {
		if !a.generated {
			fmt.Fprintf(stdout, "%-24s %-9s\n", filepath.Base(a.file), "no")
			continue
		}
		fine := a.same && !built[a.pkg] && !vetted[a.pkg] && !checked[a.pkg]
		if linter != "" {
			static = yes(!checked[a.pkg])
		}
		fmt.Fprintf(stdout, "%-24s %-9s %-5s %-8s %-6s %-6s %10d %6d %6d %8d %7.2f %8.0f %6.2f %8d\n", filepath.Base(a.file), "yes", yes(a.same),
			yes(!built[a.pkg]), yes(!vetted[a.pkg]), static, a.operations, len(a.client), len(a.server), a.warnings, a.seconds, float64(a.allocated)/1e6,
			float64(a.size)/1e6, a.lines)
		ok = ok && fine && len(a.client) == a.operations && len(a.server) == a.operations
	}
	return ok
}

func yes(ok bool) string {
	if ok {
		return "yes"
	}
	return "NO"
}

// complaints runs a command over all packages, shows what it says, and returns the packages that it
// names: those of apis, or all of them if it fails without naming one.
func complaints(work string, apis []*api, stderr io.Writer, name string, args ...string) map[string]bool {
	cmd := exec.Command(name, args...)
	cmd.Dir = work
	out, err := cmd.CombinedOutput()
	named := make(map[string]bool)
	if err == nil {
		return named
	}
	for i, line := range strings.Split(string(out), "\n") {
		if i < 40 {
			fmt.Fprintln(stderr, line)
		}
		line = strings.TrimPrefix(strings.TrimPrefix(line, "# "), module.Path+"/")
		pkg, _, _ := strings.Cut(strings.TrimPrefix(line, "./"), "/")
		named[strings.TrimSpace(pkg)] = true
	}
	if !slices.ContainsFunc(apis, func(a *api) bool { return named[a.pkg] }) {
		fmt.Fprintln(stderr, name, err)
		for _, a := range apis {
			named[a.pkg] = true
		}
	}
	return named
}

// driveAll prints what did not come back of the calls of each file, and the bodies that server and
// validator judge differently.
func driveAll(work string, apis []*api, stdout, stderr io.Writer) bool {
	todo := make(map[string]drive.Work)
	for _, a := range apis {
		if a.generated {
			todo[a.pkg] = drive.Work{Calls: a.calls, Trials: a.bench.Trials}
		}
	}
	found, err := module.Run(work, todo)
	if err != nil {
		fmt.Fprintln(stderr, "the driver:", err)
		return false
	}
	fmt.Fprintf(stdout, "\n%-24s %10s %7s %6s %8s %8s %7s %7s\n", "file", "operations", "calls", "lost", "bodies", "examples", "served", "differ")
	all, lost, bodies, differ, ran := 0, 0, 0, 0, true
	for _, a := range apis {
		if !a.generated {
			continue
		}
		operations := make(map[string]bool)
		for _, c := range a.calls {
			operations[c.Operation] = true
		}
		f := found[a.pkg]
		if f.Err != "" {
			fmt.Fprintf(stdout, "%-24s nothing was tried: %s\n", filepath.Base(a.file), f.Err)
			ran = false
			continue
		}
		judged, served, differences := a.bench.Judge(f.Tried)
		unknown := 0
		for _, d := range differences {
			if d.Known == "" {
				unknown++
			}
		}
		fmt.Fprintf(stdout, "%-24s %10d %7d %6d %8d %8d %7d %7d\n", filepath.Base(a.file), len(operations), len(a.calls), len(f.Faults), judged, a.bench.Examples, served, unknown)
		for _, fault := range f.Faults {
			fmt.Fprintf(stdout, "    %s (%s) %d: %.300s\n", fault.Operation, fault.Method, fault.Status, fault.Why)
		}
		for _, left := range a.bench.Left {
			fmt.Fprintf(stdout, "    not judged: %.1300s\n", left)
		}
		for _, d := range differences {
			if d.Known == "" {
				fmt.Fprintf(stdout, "    %s %.120s: %.300s\n", d.Operation, d.Body, d.Found)
			}
		}
		all, lost = all+len(a.calls), lost+len(f.Faults)
		bodies, differ = bodies+judged, differ+unknown
	}
	fmt.Fprintf(stdout, "%d of %d calls came back\n", all-lost, all)
	fmt.Fprintf(stdout, "%d of %d bodies are judged as the validator does\n", bodies-differ, bodies)
	return ran && lost*100 <= all && differ*1000 <= bodies
}
