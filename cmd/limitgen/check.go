package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/pflag"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/fileset"
	"github.com/limitgen/limitgen/generator/manifest"
)

var checkVerb = verb{
	name:    "check",
	args:    "[DIR...] [FLAGS]",
	summary: "report generated files that differ from what a run would write now",
	long: `Report generated files that differ from what 'limitgen generate' would write now.

It finds every limitgen.json below DIR (default .), generates in memory with the
arguments recorded there and compares bytes. It never writes. Each file is missing,
modified, out of date or stale; below them stand the command that repairs the folder,
and what changed for callers, with its place in the spec. Thirty days before a limit
changes by its from, check says so; that is not drift. The packages that an output
imports from its --runtime folder are checked with it. It does not look into hidden
folders, testdata, vendor, node_modules and folders that begin with an underscore.`,
	examples: []string{
		"limitgen check",
		"limitgen check gen/api --diff",
		"limitgen check gen/api --spec - <api.yaml",
	},
	codes:  "0 no drift, 1 drift or errors in a spec, 2 could not do it.",
	define: defineCheck,
}

// The rules of check, for the formats that name rules.
const (
	ruleDrift   = "drift"
	ruleChanged = "limit-changed"
)

// checker is one run of check.
type checker struct {
	verb
	streams
	diff  bool
	spec  string // --spec, or ""
	code  int    // the highest exit code so far
	found diag.List

	shared  []*sharedUse    // folders of the run-time
	settled map[string]bool // paths of files that need no further report, with links resolved
}

func defineCheck(v verb, fs *pflag.FlagSet) func(s streams, args []string) int {
	diff := fs.Bool("diff", false, "show the differences, and the exported Go names that changed or vanished")
	spec := fs.String("spec", "", "spec `FILE` of output that was generated with --spec -")
	format := fs.String("format", "text", "output `FORMAT`: text, json, github, gitlab or sarif")
	return func(s streams, dirs []string) int {
		print, err := printerFor(*format)
		if err != nil {
			return v.misuse(s, "%s", err)
		}
		c := &checker{verb: v, streams: s, diff: *diff, spec: *spec, settled: map[string]bool{}}
		if *format == "text" {
			return c.run(dirs)
		}
		c.out = io.Discard
		code := c.run(dirs)
		if err := print(s.out, c.found.Sorted()); err != nil {
			return v.fail(s, "%s", err)
		}
		return code
	}
}

// run checks all output below some folders and returns the exit code.
func (c *checker) run(dirs []string) int {
	if len(dirs) == 0 {
		dirs = []string{"."}
	}
	var outs, orphans []string
	for _, dir := range dirs {
		found, err := fileset.Find(dir)
		if err != nil {
			c.cannot("%s", err)
			continue
		}
		if len(found.Dirs) == 0 && !lists(dir) {
			c.cannot("no %s below %s; 'limitgen generate' writes one", fileset.ManifestName, dir)
		}
		outs = addPaths(outs, found.Dirs)
		orphans = addPaths(orphans, found.Orphans)
	}
	for _, dir := range dirs {
		c.configured(dir)
	}
	outs = slices.DeleteFunc(outs, c.findShared)
	c.outputs(outs)
	for _, use := range c.shared {
		c.runtime(use)
	}
	for _, path := range orphans {
		if c.isSettled(path) {
			continue
		}
		c.drift(path, "stale, under no %s; run: %s, or: rm %s", fileset.ManifestName,
			"limitgen generate --spec SPEC --out "+quote(manifest.Word(filepath.Dir(path))), quote(manifest.Word(path)))
	}
	return c.code
}

// addPaths adds paths without duplicates, since the given folders may overlap.
func addPaths(all, more []string) []string {
	for _, m := range more {
		same := func(p string) bool {
			a, errA := manifest.RealPath(p)
			b, errB := manifest.RealPath(m)
			return errA == nil && errB == nil && a == b
		}
		if !slices.ContainsFunc(all, same) {
			all = append(all, m)
		}
	}
	return all
}

func (c *checker) cannot(format string, args ...any) {
	c.code = c.fail(c.streams, format, args...)
}

// settle records that a file is reported or correct, even if no manifest lists it.
func (c *checker) settle(path string) {
	if real, err := manifest.RealPath(path); err == nil {
		c.settled[real] = true
	}
}

func (c *checker) isSettled(path string) bool {
	real, err := manifest.RealPath(path)
	return err == nil && c.settled[real]
}

// drift reports a file.
func (c *checker) drift(path, format string, args ...any) {
	fmt.Fprintf(c.out, "%s: %s\n", diag.Printable(path), diag.Printable(fmt.Sprintf(format, args...)))
	c.found.Errorf(diag.Position{File: path}, ruleDrift, format, args...)
	c.settle(path)
	c.code = max(c.code, exitFound)
}

// outputs checks every folder with a manifest. --spec is for the one that was generated from
// standard input.
func (c *checker) outputs(dirs []string) {
	piped := 0
	for _, dir := range dirs {
		if args, _, err := readManifest(dir); err == nil && args.spec == manifest.Stdin {
			piped++
		}
	}
	switch {
	case c.spec != "" && piped == 0 && len(dirs) > 0:
		c.cannot("--spec is for output that was generated with --spec -, which no folder here was")
	case c.spec != "" && piped > 1:
		c.cannot("--spec is for one folder, but %d were generated with --spec -; check them one by one", piped)
		c.spec = ""
	}
	for _, dir := range dirs {
		c.output(dir)
	}
}

// readManifest reads the manifest of a folder and its arguments.
func readManifest(dir string) (*arguments, *manifest.Manifest, error) {
	data, err := os.ReadFile(filepath.Join(dir, fileset.ManifestName))
	if err != nil {
		return nil, nil, err
	}
	a := newArguments()
	a.out = dir
	m := &manifest.Manifest{Arguments: a.flags}
	if err := m.Parse(data); err != nil {
		return nil, nil, err
	}
	return a, m, a.flags.Check()
}

// output checks one folder.
func (c *checker) output(dir string) {
	name := filepath.Join(dir, fileset.ManifestName)
	args, m, err := readManifest(dir)
	var pathErr *fs.PathError
	if err != nil {
		if errors.As(err, &pathErr) {
			err = pathErr.Err
		}
		c.drift(name, "modified, %s; run: limitgen generate --spec SPEC --out %s", err, quote(manifest.Word(dir)))
		return
	}
	path, err := c.specPath(args)
	if err != nil {
		c.cannot("%s: %s", name, err)
		return
	}
	j := job{args: args}
	if j.spec, err = readSpec(path, c.in); err != nil {
		c.cannot("%s: its spec cannot be read: %s; restore it, or write the folder anew: %s", name, err, args.command("SPEC"))
		return
	}
	if j.overlays, err = readOverlays(args.overlays); err != nil {
		c.cannot("%s: its overlay cannot be read: %s; restore it, or write the folder anew without it", name, err)
		return
	}
	if args.spec == manifest.Stdin {
		j.spec.source = "stdin"
	}
	if err := j.importPaths(); err != nil {
		c.cannot("%s: %s", name, err)
		return
	}
	if err := c.uses(j); err != nil {
		c.cannot("%s: %s", name, err)
		return
	}
	result, diags := generator.Generate(context.Background(), j.options())
	if diags.HasErrors() {
		// Warnings are left to lint and generate; here they would hide the drift.
		_ = c.style(c.err).Text(c.err, diags.Sorted())
		c.found = append(c.found, diags...)
		c.code = max(c.code, exitFound)
		fmt.Fprintf(c.err, "limitgen check: %s: the spec has errors, so nothing can be compared\n", diag.Printable(name))
		return
	}
	old := m.Terms
	m.Terms = result.Terms
	plan, err := j.inspect(result, m)
	if err != nil {
		c.cannot("%s: %s", name, err)
		return
	}
	if drifts := plan.Drift(); len(drifts) > 0 {
		c.report(dir, args.command(path), reasons(j, m, result), plan, drifts)
		c.terms(j, result, old)
	}
	c.announced(result.API)
}

// specPath returns the path of an output's spec from the working folder.
func (c *checker) specPath(args *arguments) (string, error) {
	if args.spec != manifest.Stdin {
		return args.spec, nil
	}
	if c.spec == "" {
		return "", errors.New("it was generated from standard input; name the spec: " +
			command("limitgen", "check", manifest.Word(args.out), "--spec", "SPEC"))
	}
	return c.spec, nil
}
