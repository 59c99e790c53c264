package analyze

import (
	"fmt"
	"slices"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/model"
)

// unread warns of a cost, a key and a variant that read a part of the body which no generated code
// can read: then every request costs the same, counts together, and is the same variant.
func (b *builder) unread(op *opSource, body *model.Body) {
	warn := func(e limit.Expr, what, effect string) {
		why := whyUnread(body, e)
		if why == "" ||
			slices.ContainsFunc(b.diags, func(d diag.Diagnostic) bool { return d.Pos == e.Pos && d.Rule == ruleUnread }) {
			return
		}
		b.diags.Warnf(e.Pos, ruleUnread, "%s reads %s of %s, %s, so %s", what, e.Text, op.use.Op.Name(),
			why, effect)
	}
	if v := op.variant; v != nil && v.When != nil {
		warn(v.When.Expr, fmt.Sprintf("the condition of variant %q", v.Name),
			"it sees a request without it")
	}
	for _, c := range op.use.Charges {
		if c.Cost.Count != nil {
			warn(*c.Cost.Count, fmt.Sprintf("the cost in %q", c.Limit.Name), "each request costs the same")
		}
		for _, d := range c.Per {
			for _, e := range d.Parts {
				warn(e, fmt.Sprintf("the key %q", d.Name), "its requests share one counter")
			}
		}
	}
}

const ruleUnread = "unread-body"

// whyUnread says why nothing of the body is found where an expression reads it; "" where something
// is.
func whyUnread(body *model.Body, e limit.Expr) string {
	switch {
	case e.From != limit.FromBody || body == nil:
		return ""
	case body.Kind == model.Text || body.Kind == model.Binary:
		return fmt.Sprintf("and nothing is read of a body of type %s", body.Media)
	}
	path := tokensOf(e.Pointer)
	if len(path) > 0 &&
		slices.ContainsFunc(body.Files, func(f *model.FileField) bool { return f.Name == path[0] }) {
		return "and files are neither counted nor read"
	}
	return ""
}
