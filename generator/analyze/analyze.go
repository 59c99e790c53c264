package analyze

import (
	"context"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/labels"
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/source"
)

// Analysis is the result of reading a spec. All commands use it, so that all accept the same specs.
type Analysis struct {
	Doc        *source.Document // nil if the file cannot be read
	Servers    *source.Servers
	Table      *limit.Table  // nil if the document has none: nothing is limited then
	Items      []*limit.Rule // of path items, in the order of the document
	Operations []*Operation
	Sent       []*Operation  // webhooks and callbacks
	Labels     labels.Labels // how labels assigned limits to operations
	API        *model.API
	Found      diag.List // errors and warnings

	requests []sentRequest // those of Sent, in the same order
}

// Analyze reads a spec and builds the model. spec is its name in diagnostics.
func Analyze(ctx context.Context, spec string, data []byte, o Options) *Analysis {
	doc, diags := source.Load(spec, data, o.Read, o.Overlay...)
	a := &Analysis{Doc: doc}
	if doc != nil && ctx.Err() == nil {
		a = Document(doc, o)
	}
	a.Found = append(diags, a.Found...)
	return a
}

// Document analyses a spec that has been loaded.
func Document(doc *source.Document, o Options) *Analysis {
	a := &Analysis{Doc: doc}
	a.read(o)
	a.build(o)
	return a
}
