package analyze

import (
	"context"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/lint"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/source"
	"github.com/limitgen/limitgen/generator/words"
)

// Analysis is a spec as all commands see it, so that one cannot refuse what another takes.
type Analysis struct {
	Doc   *source.Document // nil when the file cannot be read
	Table *limit.Table
	API   *model.API
	Found diag.List // what stops generation, and what building the model warns of
	Lints diag.List // what lint warns of besides
}

// Analyze reads a spec, looks for mistakes and builds the model. spec is its name in diagnostics.
func Analyze(ctx context.Context, spec string, data []byte, o Options) *Analysis {
	a := &Analysis{}
	a.Doc, a.Found = source.Load(spec, data, o.Overlay...)
	if a.Doc == nil || ctx.Err() != nil {
		return a
	}
	table, diags := loadTable(a.Doc)
	a.Table, a.Found = table, append(a.Found, diags...)
	api, built := Build(a.Doc, table, o)
	a.API = api
	for _, d := range lint.LintUnder(a.Doc, o.BasePath) {
		if d.Severity == diag.Error {
			a.Found = append(a.Found, d)
		} else {
			a.Lints = append(a.Lints, d)
		}
	}
	a.add(built)
	return a
}

// add takes findings over, save those that say of a place by other words what is known already.
func (a *Analysis) add(more diag.List) {
	type place struct {
		pos  diag.Position
		rule string
	}
	known := make(map[place]bool)
	for _, d := range a.Found {
		known[place{d.Pos, d.Rule}] = true
	}
	for _, d := range more {
		if !known[place{d.Pos, d.Rule}] {
			a.Found = append(a.Found, d)
		}
	}
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
