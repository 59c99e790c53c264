// Package templates contains the sources of emitted files: the packages of the run-time, which are
// compiled and tested here and emitted under another import path, and the templates of files that
// are not Go.
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

// Config parses the templates of a folder below config/ and the shared ones. Functions are those
// that templates may call besides text/template's own, mostly for quoting.
func Config(folder string, functions template.FuncMap) *template.Template {
	t := template.New(folder).Funcs(functions).Option("missingkey=error")
	return template.Must(t.ParseFS(configFiles, "config/*.tmpl", "config/"+folder+"/*.tmpl"))
}

// ConfigHTML parses the templates of a folder below config/ as HTML, which escapes values by their
// context.
func ConfigHTML(folder string) *html.Template {
	t := html.New(folder).Option("missingkey=error")
	return html.Must(t.ParseFS(configFiles, "config/"+folder+"/*.tmpl"))
}

// ConfigFile returns a file below config/ that is emitted unchanged.
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

// buildIgnore excludes packages that need other modules from this one's build. They are compiled,
// vetted and tested where they are emitted, in gen: go:embed cannot reach files of a nested module.
const buildIgnore = "//go:build ignore\n\n"

// Files returns the files of a package of the run-time in the order of their names, without tests.
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
		files = append(files, File{Name: e.Name(), Body: bytes.TrimPrefix(data, []byte(buildIgnore))})
	}
	return files
}
