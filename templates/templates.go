// Package templates holds what is emitted: the packages of the run-time, which are real Go, compiled
// and tested here and emitted under another import path, and the templates of what is not Go.
package templates

import (
	"bytes"
	"embed"
	html "html/template"
	"path"
	"strings"
	"text/template"
)

//go:embed ratelimit/*.go rest/*.go
//go:embed otelobserver/*.go promobserver/*.go slogobserver/*.go redisstore/*.go rlsstore/*.go grpclimits/*.go connectlimits/*.go
var packageFiles embed.FS

//go:embed config
var configFiles embed.FS

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

// File is one file of a package.
type File struct {
	Name string
	Body []byte // from the package clause, or a comment before it, on
}

// uncompiled keeps a package that needs other modules out of this one. It is compiled, and tested,
// where it is emitted.
const uncompiled = "//go:build ignore\n\n"

// Files returns the files of a package of the run-time in the order of their names, tests left
// out.
func Files(folder string) []File {
	entries, err := packageFiles.ReadDir(folder)
	if err != nil {
		panic("templates: " + err.Error()) // embedded at build time
	}
	var files []File
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		data, err := packageFiles.ReadFile(path.Join(folder, e.Name()))
		if err != nil {
			panic("templates: " + err.Error())
		}
		files = append(files, File{Name: e.Name(), Body: bytes.TrimPrefix(data, []byte(uncompiled))})
	}
	return files
}
