package compat

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"golang.org/x/exp/apidiff"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/fileset"
	"github.com/limitgen/limitgen/generator/model"
)

// Go compares what two specs generate as Go code that uses it sees it: each exported name that is
// gone or has another type is a finding. The files are those of a package at an import path, with
// the packages that it imports below it. It reads the standard library's source, so it needs a Go
// installation and takes a second or two.
func Go(was, is *model.API, old, new []fileset.File, importPath string) ([]Finding, error) {
	l := newGoLoader(importPath, new, old)
	before, err := l.check(importPath, mainFiles(old))
	if err != nil {
		return nil, err
	}
	after, err := l.check(importPath, mainFiles(new))
	if err != nil {
		return nil, err
	}
	c := &comparison{was: was, is: is, matching: match(was, is)}
	for _, change := range apidiff.Changes(before, after).Changes {
		if change.Compatible || c.isPlace(change.Message) {
			continue
		}
		f := Finding{
			Kind: ruleGo, Severity: diag.Error, Text: "Go API: " + change.Message,
			Caller: "Go code that uses it does not compile after the package is generated again",
			Server: "Go code that uses or implements it does not compile after the package is generated again",
		}
		f.Old, f.New, f.Operations = c.goPlaces(change.Message)
		c.add(f)
	}
	return order(c.found), nil
}

// isPlace reports whether a message is that a webhook's constant has another value, which is its
// place in a table and of no matter to code that uses it by name.
func (c *comparison) isPlace(message string) bool {
	name, what, _ := strings.Cut(message, ": ")
	return strings.HasPrefix(what, "value changed from ") &&
		slices.ContainsFunc(c.is.Webhooks, func(w *model.Webhook) bool { return w.Const == name })
}

// WithGo adds findings about Go code to others.
func WithGo(list, more []Finding) []Finding { return order(append(list, more...)) }

var goName = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]*`)

// goPlaces returns the places of the operation that a message of apidiff is about, and of the
// operations where it is about none.
func (c *comparison) goPlaces(message string) (old, new diag.Position, operations []string) {
	old, new = c.member(c.was, "paths"), c.member(c.is, "paths")
	subject, _, _ := strings.Cut(message, ":")
	names := goName.FindAllString(subject, -1)
	for _, p := range c.pairs {
		if about(names, p.was) || about(names, p.is) {
			return p.was.Pos, p.is.Pos, []string{p.is.ID}
		}
	}
	for _, op := range c.gone {
		if about(names, op) {
			return op.Pos, new, []string{op.ID}
		}
	}
	for _, op := range c.added {
		if about(names, op) {
			return old, op.Pos, []string{op.ID}
		}
	}
	return old, new, nil
}

// about reports whether one of some names is of an operation.
func about(names []string, op *model.Operation) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		return name == op.Method || name == op.Method+"Request" || name == op.Method+"Response" ||
			name != "" && name == op.ParamsType || op.Page != nil && name == op.Page.Method ||
			op.Parts != nil && name == op.Parts.Method ||
			slices.ContainsFunc(op.Media, func(m *model.Media) bool { return name == m.Method || name == m.Handler })
	})
}

// mainFiles returns the files of the package itself.
func mainFiles(files []fileset.File) []fileset.File {
	var out []fileset.File
	for _, f := range files {
		if path.Dir(f.Name) == "." {
			out = append(out, f)
		}
	}
	return out
}

// goLoader type-checks generated packages. Both versions share what they import, so that a type
// from there is the same type in both.
type goLoader struct {
	base   string
	below  map[string][]fileset.File // by import path
	made   map[string]*types.Package
	fset   *token.FileSet
	source types.Importer
}

// cgoOff guards build.Default, which the importer reads: without cgo, package net is plain Go.
var cgoOff sync.Mutex

func newGoLoader(base string, versions ...[]fileset.File) *goLoader {
	l := &goLoader{
		base: base, below: make(map[string][]fileset.File), made: make(map[string]*types.Package),
		fset: token.NewFileSet(),
	}
	l.source = importer.ForCompiler(l.fset, "source", nil)
	for _, files := range versions {
		here := make(map[string][]fileset.File)
		for _, f := range files {
			if dir := path.Dir(f.Name); dir != "." {
				here[path.Join(base, dir)] = append(here[path.Join(base, dir)], f)
			}
		}
		for dir, files := range here {
			if l.below[dir] == nil {
				l.below[dir] = files
			}
		}
	}
	return l
}

// Import returns a package below the base, or one of the standard library.
func (l *goLoader) Import(name string) (*types.Package, error) {
	if p := l.made[name]; p != nil {
		return p, nil
	}
	files := l.below[name]
	if files == nil {
		cgoOff.Lock()
		defer cgoOff.Unlock()
		enabled := build.Default.CgoEnabled
		build.Default.CgoEnabled = false
		defer func() { build.Default.CgoEnabled = enabled }()
		if build.Default.GOROOT == "" { // as in a program built with -trimpath
			build.Default.GOROOT = goRoot()
		}
		return l.source.Import(name)
	}
	p, err := l.check(name, files)
	if err == nil {
		l.made[name] = p
	}
	return p, err
}

// goRoot asks the go command where the standard library is; "" where there is no such command.
func goRoot() string {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// check reads the declarations of a package.
func (l *goLoader) check(name string, files []fileset.File) (*types.Package, error) {
	var parsed []*ast.File
	for _, f := range files {
		if !strings.HasSuffix(f.Name, ".go") || strings.HasSuffix(f.Name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(l.fset, f.Name, f.Data, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, file)
	}
	config := types.Config{Importer: l, IgnoreFuncBodies: true}
	p, err := config.Check(name, l.fset, parsed, nil)
	if err != nil {
		return nil, fmt.Errorf("the generated Go code cannot be read (which needs a Go installation): %w",
			err)
	}
	return p, nil
}
