package templates

import (
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Path is the prefix of the import paths of the run-time's packages here. Emitted packages have
// another one.
const Path = "github.com/limitgen/limitgen/templates/"

// Package is a package of the run-time.
type Package struct {
	Name  string // of the package, and of its folder below Path
	Files []File
}

// Packages returns the packages of the run-time, in the order of their names. It is a variable so
// that tests can replace it.
var Packages = sync.OnceValue(func() []Package {
	var all []Package
	for _, name := range []string{"connectlimits", "grpclimits", "otelobserver", "promobserver", "ratelimit", "redisstore", "rest", "rlsstore", "slogobserver"} {
		all = append(all, Package{Name: name, Files: Files(name)})
	}
	return all
})

// Imports returns the names of the run-time's packages that a file imports.
func (f File) Imports() []string {
	file, err := parser.ParseFile(token.NewFileSet(), f.Name, f.Body, parser.ImportsOnly)
	if err != nil {
		panic("templates: " + err.Error()) // compiled at build time
	}
	var names []string
	for _, imp := range file.Imports {
		name, err := strconv.Unquote(imp.Path.Value)
		if rest, ok := strings.CutPrefix(name, Path); err == nil && ok {
			names = append(names, rest)
		}
	}
	return slices.Compact(names)
}
