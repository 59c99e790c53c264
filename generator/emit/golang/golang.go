// Package golang prints a model as one Go package, through jennifer. Names that derive from the
// spec are the model's; the run-time's files are copied.
package golang

import (
	"github.com/dave/jennifer/jen"

	"github.com/limitgen/limitgen/generator/fileset"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/templates"
)

// Header is the first line of every generated file.
const Header = "// " + fileset.Header

// Identifiers returns the unexported names that every generated package may declare. They are
// reserved before anything is named, whatever is emitted, so that another --emit changes no name.
// The exported ones are model.Names, which give way to the spec's.
func Identifiers() []string {
	return []string{"limits", "plans", "operations", "credentials", "exceededAnswers", "schemas", "scopeOf", "servers",
		"union", "webhookTable"}
}

// Targets selects what to print.
type Targets struct {
	Client, Server, Limits bool
	RPC                    bool // beside one of them
}

// File is one printed file.
type File = fileset.File

// Emit prints the package of an API. runtime is the import path of the folder with the packages of
// the run-time.
func Emit(api *model.API, t Targets, runtime string) ([]File, error) {
	e := &emitter{api: api, targets: t, printer: newPrinter(api.Package, api.Source, runtime)}
	e.numberForms()
	e.file("doc.go", e.doc)
	if t.Client || t.Server {
		e.file("types.go", e.types)
		if len(e.withHeaders()) > 0 {
			e.file("headers.go", e.headers)
		}
	}
	e.file("operations.go", e.operations)
	if len(api.Servers) > 0 {
		e.file("servers.go", e.servers)
	}
	if t.Client {
		e.file("client.go", e.client)
		for _, g := range api.Groups {
			e.file("client_"+g.File+".go", func(f *jen.File) { e.clientGroup(f, g) })
		}
	}
	if e.checks() {
		e.file("server_schemas.go", e.schemas)
	}
	if t.Server {
		e.file("server.go", e.server)
		for _, g := range api.Groups {
			e.file("server_"+g.File+".go", func(f *jen.File) { e.serverGroup(f, g) })
		}
	}
	if e.hooks() {
		e.file("webhooks.go", e.webhooks)
		e.file("webhooks_send.go", e.webhookSender)
	}
	if e.limited() {
		e.file("limits.go", e.limits)
	}
	if t.Limits && (e.limited() || e.slim()) {
		if e.readsForms() && !e.checks() {
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
