package analyze

import (
	"context"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/labels"
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/source"
)

// Analysis is a spec as all commands see it, so that none can refuse what another takes.
type Analysis struct {
	Doc        *source.Document // nil when the file cannot be read
	Servers    *source.Servers
	Table      *limit.Table  // nil when the document has none: nothing is limited then
	Items      []*limit.Rule // of path items, in the order of the document
	Operations []*Operation
	Labels     labels.Labels // the vendor's words by which operations came by their limits
	API        *model.API
	Found      diag.List // what is wrong, and what was read otherwise than written
}

// Analyze reads a spec and builds the model. spec is its name in diagnostics.
func Analyze(ctx context.Context, spec string, data []byte, o Options) *Analysis {
	doc, diags := source.Load(spec, data, o.Overlay...)
	a := &Analysis{Doc: doc}
	if doc != nil && ctx.Err() == nil {
		a = Document(doc, o)
	}
	a.Found = append(diags, a.Found...)
	return a
}

// Document analyses a spec that is loaded already.
func Document(doc *source.Document, o Options) *Analysis {
	a := &Analysis{Doc: doc}
	a.read(o)
	a.build(o)
	return a
}
