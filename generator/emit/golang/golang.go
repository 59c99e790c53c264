// Package golang prints a model as one Go package. It chooses no names and reads no specs: the
// generated files come from jennifer, the run-time's files are copied as they stand.
package golang

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/limitgen/limitgen/generator/fileset"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/templates"
)

// Header is the first line of every generated file.
const Header = "// " + fileset.Header

// Identifiers are the package-level names that every generated package may declare, and those of the
// packages that it imports. They are taken before anything is named, whatever is emitted, so that
// another --emit changes no name.
func Identifiers() []string {
	return []string{
		"Client", "NewClient", "Handlers", "NewServer", "Unimplemented", "Scope", "Limits", "Plans", "ReadOverrides", "Descriptors",
		"limits", "plans", "operations", "credentials", "exceededAnswers", "schemas", "union",
		"context", "http", "io", "iter", "maps", "regexp", "time", "ratelimit", "rest",
	}
}

// Targets says what to print. Each pulls in what it needs.
type Targets struct {
	Client, Server, Limits bool
}

// File is one printed file.
type File = fileset.File

// Emit prints the package of an API. Runtime is the import path of the folder that the packages of
// the run-time stand in.
func Emit(api *model.API, t Targets, runtime string) ([]File, error) {
	e := &emitter{api: api, targets: t, runtime: runtime}
	e.file("doc.go", e.doc)
	if t.Client || t.Server {
		e.file("types.go", e.types)
		e.file("operations.go", e.operations)
	}
	if t.Client {
		e.file("client.go", e.client)
		for _, g := range api.Groups {
			e.file("client_"+g.File+".go", func(f *jen.File) { e.clientGroup(f, g) })
		}
	}
	if t.Server {
		e.file("server.go", e.server)
		e.file("server_schemas.go", e.schemas)
		for _, g := range api.Groups {
			e.file("server_"+g.File+".go", func(f *jen.File) { e.serverGroup(f, g) })
		}
	}
	e.file("limits.go", e.limits)
	return e.files, e.err
}

type emitter struct {
	api     *model.API
	targets Targets
	runtime string
	files   []File
	err     error
}

// file prints one file through jennifer, which formats it.
func (e *emitter) file(name string, print func(*jen.File)) {
	if e.err != nil {
		return
	}
	f := jen.NewFile(e.api.Package)
	f.ImportName(templates.Path+"ratelimit", "ratelimit")
	f.ImportName(templates.Path+"rest", "rest")
	f.HeaderComment(Header)
	f.HeaderComment("// Source: " + oneLine(filepath.ToSlash(e.api.Source)))
	print(f)
	var buf bytes.Buffer
	if err := f.Render(&buf); err != nil {
		e.err = fmt.Errorf("%s: %w", name, err)
		return
	}
	e.files = append(e.files, File{Name: name, Data: imported(buf.Bytes(), e.runtime)})
}

// ratelimit and rest name something of the run-time.
func ratelimit(name string) *jen.Statement { return jen.Qual(templates.Path+"ratelimit", name) }
func rest(name string) *jen.Statement      { return jen.Qual(templates.Path+"rest", name) }

// doc prints the package comment.
func (e *emitter) doc(f *jen.File) {
	title := oneLine(e.api.Title)
	if title == "" {
		title = "an HTTP API"
	}
	text := fmt.Sprintf("Package %s speaks %s", e.api.Package, title)
	if e.api.Version != "" {
		text += ", version " + oneLine(e.api.Version)
	}
	limited := len(e.api.Limits) > 0
	if limited {
		text += ", within its published rate limits"
	}
	text += "."
	if e.api.Description != "" {
		text += "\n\n" + e.api.Description
	}
	doc := comment(text)
	if e.targets.Client {
		doc += "\n//\n" + e.clientDoc(limited)
	}
	if e.targets.Server {
		text := "Server serves the API with the handlers that it is given; see NewServer."
		if limited {
			text = "Server enforces the same limits on the handlers that it is given; see NewServer."
		}
		doc += "\n//\n" + comment(text)
	}
	f.PackageComment(doc)
}

// clientDoc shows how a client is made, and says what its calls do at a limit and how they fail.
func (e *emitter) clientDoc(limited bool) string {
	args := []string{`""`} // the spec's first server
	if e.api.BaseURL == "" {
		args[0] = "baseURL"
	}
	for _, p := range e.api.Scope {
		args = append(args, p.Arg)
	}
	code := fmt.Sprintf("//\tclient, err := %s.NewClient(%s)", e.api.Package, strings.Join(args, ", "))
	fails := "A call fails with an *APIError when the API answers so."
	if !limited {
		return code + "\n//\n" + comment(fails)
	}
	return code + "\n//\n" + comment("A call waits until every limit that applies admits it, counted so that no delay of an answered "+
		"request can push more than the quota into any window at the server. What is not answered counts until it is "+
		"surely over; see WithTransit. "+fails+" It fails with a *LimitError, at once, when a limit cannot admit it before the "+
		"context's deadline.")
}
