package generator

import (
	"cmp"
	"context"
	"slices"

	"github.com/limitgen/limitgen/generator/build"
	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/emit/golang"
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/lint"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/source"
	"github.com/limitgen/limitgen/templates"
)

// analysis is a spec as all commands see it, so that one cannot refuse what another takes.
type analysis struct {
	doc   *source.Document // nil when the file cannot be read
	table *limit.Table
	api   *model.API
	found diag.List // what stops generation, and what building the model warns of
	lints diag.List // what lint warns of besides
}

// analyze reads a spec, looks for mistakes and builds the model.
func analyze(ctx context.Context, o Options) analysis {
	var a analysis
	a.doc, a.found = source.Load(o.Spec, o.Data)
	if a.doc == nil || ctx.Err() != nil {
		return a
	}
	table, diags := loadTable(a.doc)
	a.table, a.found = table, append(a.found, diags...)
	reserved := slices.Concat(templates.Identifiers(), golang.Identifiers())
	api, built := build.Build(a.doc, table, build.Options{Package: cmp.Or(o.Package, "list"), Source: o.Source, BasePath: o.Config.BasePath, Reserved: reserved})
	a.api = api
	for _, d := range lint.LintUnder(a.doc, o.Config.BasePath) {
		if d.Severity == diag.Error {
			a.found = append(a.found, d)
		} else {
			a.lints = append(a.lints, d)
		}
	}
	a.add(built)
	return a
}

// add takes findings over, save those that say of a place by other words what is known already.
func (a *analysis) add(more diag.List) {
	type place struct {
		pos  diag.Position
		rule string
	}
	known := make(map[place]bool)
	for _, d := range a.found {
		known[place{d.Pos, d.Rule}] = true
	}
	for _, d := range more {
		if !known[place{d.Pos, d.Rule}] {
			a.found = append(a.found, d)
		}
	}
}

// Lint reports all that is wrong with a spec: what stops Generate, what Generate warns of, and the
// rules of lint.
func Lint(ctx context.Context, o Options) diag.List {
	a := analyze(ctx, o)
	return append(a.found, a.lints...).Sorted()
}
