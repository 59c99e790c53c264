// Package golang prints a model as one Go package. It chooses no names and reads no specs: the
// generated files come from jennifer, the run-time's files are copied as they stand.
package golang

import (
	"github.com/dave/jennifer/jen"

	"github.com/limitgen/limitgen/generator/fileset"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/templates"
)

// Header is the first line of every generated file.
const Header = "// " + fileset.Header

// Identifiers are the unexported names that every generated package may declare. They are taken
// before anything is named, whatever is emitted, so that another --emit changes no name. The
// exported ones are model.Names, which give way to the spec's.
func Identifiers() []string {
	return []string{"limits", "plans", "operations", "credentials", "exceededAnswers", "schemas", "union"}
}

// Targets says what to print. Each pulls in what it needs.
type Targets struct {
	Client, Server, Limits bool
	RPC                    bool // beside one of them
}

// File is one printed file.
type File = fileset.File

// Emit prints the package of an API. Runtime is the import path of the folder that the packages of
// the run-time stand in.
func Emit(api *model.API, t Targets, runtime string) ([]File, error) {
	e := &emitter{api: api, targets: t, printer: newPrinter(api.Package, api.Source, runtime)}
	e.numberForms()
	e.file("doc.go", e.doc)
	if t.Client || t.Server {
		e.file("types.go", e.types)
	}
	e.file("operations.go", e.operations)
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
	if e.limited() {
		e.file("limits.go", e.limits)
	}
	if t.Limits && (e.limited() || e.slim()) {
		if e.readsForms() && !t.Server {
			e.file("forms.go", e.reduced)
		}
		e.file("transport.go", e.transport)
		e.file("middleware.go", e.middleware)
	}
	if t.RPC {
		e.file("rpc.go", e.rpc)
	}
	return e.files()
}

type emitter struct {
	*printer

	api     *model.API
	targets Targets
	forms   map[int]int // indexes of the schemas of forms, by those of the model
}

// ratelimit and rest name something of the run-time.
func ratelimit(name string) *jen.Statement { return jen.Qual(templates.Path+"ratelimit", name) }
func rest(name string) *jen.Statement      { return jen.Qual(templates.Path+"rest", name) }
