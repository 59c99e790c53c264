// Package templates holds what is emitted: the run-time part of generated packages, which is real
// Go, compiled and tested here and copied with another package clause, and the templates of what is
// not Go.
package templates

import (
	"bytes"
	"embed"
	"go/ast"
	"go/parser"
	"go/token"
	html "html/template"
	"path"
	"slices"
	"strings"
	"sync"
	"text/template"
)

//go:embed runtime/*.go
var runtimeFiles embed.FS

//go:embed config
var configFiles embed.FS

//go:embed otelobserver/*.go promobserver/*.go slogobserver/*.go redisstore/*.go rlsstore/*.go
var companionFiles embed.FS

// RuntimePath is how companions import the run-time; what is emitted imports the generated package
// instead.
const RuntimePath = "github.com/limitgen/limitgen/templates/runtime"

// Config parses the templates of a folder below config/, beside those that all folders share.
// Functions are what they may call besides text/template's own: quoting, for the most part.
func Config(folder string, functions template.FuncMap) *template.Template {
	t := template.New(folder).Funcs(functions).Option("missingkey=error")
	return template.Must(t.ParseFS(configFiles, "config/*.tmpl", "config/"+folder+"/*.tmpl"))
}

// ConfigHTML parses the templates of a folder below config/ as HTML, which escapes whatever is put
// in by where it stands.
func ConfigHTML(folder string) *html.Template {
	t := html.New(folder).Option("missingkey=error")
	return html.Must(t.ParseFS(configFiles, "config/"+folder+"/*.tmpl"))
}

// ConfigFile is a file below config/ that is emitted as it stands.
func ConfigFile(name string) []byte {
	data, err := configFiles.ReadFile("config/" + name)
	if err != nil {
		panic("templates: " + err.Error()) // embedded at build time
	}
	return data
}

// File is one file of the run-time.
type File struct {
	Name string
	// Group says who needs the file: "limits", "common", "client" or "server".
	Group string
	// Body is the text behind the package clause.
	Body []byte
}

// Runtime returns the files of the run-time in the order of their names, tests left out.
var Runtime = sync.OnceValue(func() []File {
	entries, err := runtimeFiles.ReadDir("runtime")
	if err != nil {
		panic("templates: " + err.Error()) // embedded at build time
	}
	var files []File
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		data, err := runtimeFiles.ReadFile(path.Join("runtime", e.Name()))
		if err != nil {
			panic("templates: " + err.Error())
		}
		_, body, _ := bytes.Cut(data, []byte("package runtime\n"))
		files = append(files, File{Name: e.Name(), Group: group(e.Name()), Body: body})
	}
	return files
})

// uncompiled keeps a companion that needs other modules out of this one. It is compiled, and
// tested, where it is emitted.
const uncompiled = "//go:build ignore\n\n"

// Companion returns the files of a package that is emitted beside a generated one, in the order of
// their names, tests left out. Body is all of a file.
func Companion(folder string) []File {
	entries, err := companionFiles.ReadDir(folder)
	if err != nil {
		panic("templates: " + err.Error()) // embedded at build time
	}
	var files []File
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		data, err := companionFiles.ReadFile(path.Join(folder, e.Name()))
		if err != nil {
			panic("templates: " + err.Error())
		}
		files = append(files, File{Name: e.Name(), Group: folder, Body: bytes.TrimPrefix(data, []byte(uncompiled))})
	}
	return files
}

// group reads a file's group from its name's prefix.
func group(name string) string {
	switch prefix, _, _ := strings.Cut(strings.TrimSuffix(name, ".go"), "_"); prefix {
	case "limit", "limits":
		return "limits"
	case "client":
		return "client"
	case "server", "schema":
		return "server"
	}
	return "common"
}

// Identifiers returns the package-level identifiers of the run-time and the names of the packages
// that it imports: they are taken before any name is given. All groups count, whatever is emitted,
// so that another --emit changes no name.
var Identifiers = sync.OnceValue(func() []string {
	var names []string
	for _, f := range Runtime() {
		file, err := parser.ParseFile(token.NewFileSet(), f.Name, append([]byte("package runtime\n"), f.Body...), parser.SkipObjectResolution)
		if err != nil {
			panic("templates: " + err.Error()) // compiled at build time
		}
		for _, decl := range file.Decls {
			names = append(names, declared(decl)...)
		}
		for _, imp := range file.Imports {
			names = append(names, path.Base(strings.Trim(imp.Path.Value, `"`)))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
})

// declared are the names that a top-level declaration gives to the package.
func declared(decl ast.Decl) []string {
	var names []string
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			names = append(names, d.Name.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				names = append(names, s.Name.Name)
			case *ast.ValueSpec:
				for _, n := range s.Names {
					names = append(names, n.Name)
				}
			}
		}
	}
	return names
}
