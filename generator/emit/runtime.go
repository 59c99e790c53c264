package emit

import (
	"path"
	"slices"

	"github.com/limitgen/limitgen/generator/emit/golang"
	"github.com/limitgen/limitgen/generator/fileset"
	"github.com/limitgen/limitgen/templates"
)

// Needs returns the names of the run-time's packages that an output imports, in order: those that
// it is asked for, and what these import.
func Needs(t golang.Targets, b Beside) []string {
	var names []string
	if t != (golang.Targets{}) {
		names = append(names, "ratelimit", "rest")
	}
	for _, c := range Companions() {
		if b.has(c) {
			names = append(names, c.Folder)
		}
	}
	return closure(names)
}

// RuntimeNames returns the names of all packages that the run-time may have.
func RuntimeNames() []string {
	var names []string
	for _, p := range templates.Packages() {
		names = append(names, p.Name)
	}
	return names
}

// closure adds what packages import and leaves out what is not a package of the run-time.
func closure(names []string) []string {
	all := make(map[string]templates.Package)
	for _, p := range templates.Packages() {
		all[p.Name] = p
	}
	var out []string
	for i := 0; i < len(names); i++ {
		p, ok := all[names[i]]
		if !ok || slices.Contains(out, p.Name) {
			continue
		}
		out = append(out, p.Name)
		for _, f := range p.Files {
			names = append(names, f.Imports()...)
		}
	}
	slices.Sort(out)
	return out
}

// Runtime renders packages of the run-time, and those that they import, for a folder of which the
// import path is importPath: each in a folder of its name. They do not depend on an API, so all
// outputs of one version of limitgen need the same bytes.
func Runtime(importPath string, names []string) []fileset.File {
	wanted := closure(slices.Clone(names))
	var out []fileset.File
	for _, p := range templates.Packages() {
		if !slices.Contains(wanted, p.Name) {
			continue
		}
		for _, f := range p.Files {
			out = append(out, fileset.File{
				Name: path.Join(p.Name, f.Name), Data: golang.RuntimeFile(f.Body, importPath),
			})
		}
	}
	return out
}
