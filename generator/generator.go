// Package generator is the pipeline: a spec goes in, files in memory come out. It does no I/O.
package generator

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/emit/golang"
	"github.com/limitgen/limitgen/generator/fileset"
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/manifest"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/source"
	"github.com/limitgen/limitgen/generator/words"
)

// Options say what to generate from what.
type Options struct {
	Spec    string   // the spec's name in diagnostics
	Data    []byte   // the spec
	Source  string   // the spec's name in headers; the base of Spec when empty
	Package string   // name of the Go package
	Emit    []string // client, server, limits and names of Targets; the first three when empty
	Config  config.Options

	Observe    []string // names of Companions
	Store      []string // names of Companions
	ImportPath string   // of the Go package, for the companions
}

// Result is what came out.
type Result struct {
	Files []fileset.File // by name
	Terms manifest.Terms
	Doc   *source.Document
	API   *model.API
}

// Generate renders all files in memory. With errors among the diagnostics there is no result.
func Generate(ctx context.Context, o Options) (*Result, diag.List) {
	if o.Source == "" {
		o.Source = path.Base(o.Spec)
	}
	a := analyze(ctx, o)
	doc, api, diags := a.doc, a.api, a.found.Sorted()
	if diags.HasErrors() {
		return nil, diags
	}
	if err := ctx.Err(); err != nil {
		diags.Errorf(diag.Position{File: o.Spec}, "canceled", "%v", err)
		return nil, diags
	}
	if o.Config.Name != "" {
		api.Name = o.Config.Name
	}
	result := &Result{Terms: terms(api), Doc: doc, API: api}
	if t := targets(o.Emit); t != (golang.Targets{}) {
		files, err := golang.Emit(api, t)
		if err != nil {
			diags.Errorf(diag.Position{File: o.Spec}, "internal", "the generated code does not parse, which is a bug of limitgen: %v", err)
			return nil, diags
		}
		for _, f := range files {
			result.Files = append(result.Files, fileset.File{Name: f.Name, Data: f.Data})
		}
	}
	beside, err := companions(api, o)
	if err != nil {
		diags.Errorf(diag.Position{File: o.Spec}, "internal", "a package beside the generated one does not parse, which is a bug of limitgen: %v", err)
		return nil, diags
	}
	result.Files = append(result.Files, beside...)
	files, left, more := configuration(api, o.Emit, o.Config)
	result.Terms.LeftOut = left
	diags = append(append(diags, more...), uncountable(api, o)...).Sorted()
	if diags.HasErrors() {
		return nil, diags
	}
	result.Files = append(result.Files, files...)
	slices.SortFunc(result.Files, func(a, b fileset.File) int { return strings.Compare(a.Name, b.Name) })
	return result, diags
}

// loadTable reads the table of limits; a document without one limits nothing. Words of ours that
// nothing reads are errors.
func loadTable(doc *source.Document) (*limit.Table, diag.List) {
	diags := words.Check(doc)
	node := doc.Node("x-rate-limits")
	if node == nil {
		return nil, diags
	}
	table, more := limit.ParseTable(doc.File, node)
	return table, append(diags, more...)
}

// targets reads which parts of the Go package to emit.
func targets(emit []string) golang.Targets {
	if len(emit) == 0 {
		return golang.Targets{Client: true, Server: true, Limits: true}
	}
	return golang.Targets{
		Client: slices.Contains(emit, "client"),
		Server: slices.Contains(emit, "server"),
		Limits: slices.Contains(emit, "limits"),
	}
}
