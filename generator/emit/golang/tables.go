package golang

import (
	"fmt"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/model"
)

// multi prints a composite literal with one element a line. jennifer's Dict would sort the fields.
func multi(items ...jen.Code) *jen.Statement {
	return jen.Custom(jen.Options{Open: "{", Close: "}", Separator: ",", Multi: true}, items...)
}

// field is one "name: value" of a composite literal.
func field(name string, value jen.Code) jen.Code {
	return jen.Id(name).Op(":").Add(value)
}

// limits prints the table of limits and plans.
func (e *emitter) limits(f *jen.File) {
	if len(e.api.Limits) > 0 {
		f.Line().Comment("// Indexes of the table of limits.")
		f.Const().DefsFunc(func(g *jen.Group) {
			for i, l := range e.api.Limits {
				if i == 0 {
					g.Id(l.Const).Op("=").Iota()
					continue
				}
				g.Id(l.Const)
			}
		})
	}
	rows := make([]jen.Code, 0, len(e.api.Limits))
	for _, l := range e.api.Limits {
		rows = append(rows, jen.Id(l.Const).Op(":").Values(limitFields(l)...))
	}
	f.Line().Comment("// limits is the published table.")
	f.Var().Id("limits").Op("=").Index(jen.Op("...")).Id("Limit").Add(multi(rows...))

	f.Line().Comment("// Limits returns the published table of limits, in the order of the spec.")
	f.Func().Id("Limits").Params().Index().Id("Limit").Block(
		jen.Return(jen.Append(jen.Index().Id("Limit").Values(), jen.Id("limits").Index(jen.Op(":")).Op("..."))),
	)
	f.Line().Comment("// ReadOverrides reads an account's figures from JSON, for the options that take overrides: an object like")
	f.Comment("// {\"NAME\": {\"quota\": 300, \"burst\": 600}}, or a whole limits.json, of which what differs from the table counts.")
	f.Comment("// What would be without effect is an error that says where it stands: a name that no limit has, another member,")
	f.Comment("// a figure that is not a whole number above 0.")
	f.Func().Id("ReadOverrides").Params(jen.Id("r").Qual("io", "Reader")).Params(jen.Map(jen.String()).Id("Amount"), jen.Error()).Block(
		jen.Return(jen.Id("readOverrides").Call(jen.Id("r"), jen.Id("limits").Index(jen.Op(":")))),
	)
	if len(e.api.Plans) > 0 && (e.targets.Client || e.targets.Server) {
		e.plans(f)
	}
}

func limitFields(l *model.Limit) []jen.Code {
	out := []jen.Code{field("Name", jen.Lit(l.Name)), field("Quota", jen.Lit(int(l.Quota)))}
	if l.Seconds > 0 {
		out = append(out, field("Window", seconds(l.Seconds)))
	}
	out = append(out, field("Unit", jen.Lit(l.Unit)))
	if l.Burst > 0 {
		out = append(out, field("Burst", jen.Lit(int(l.Burst))))
	}
	if l.UTC {
		out = append(out, field("UTC", jen.True()))
	}
	if len(l.Per) > 0 {
		per := make([]jen.Code, len(l.Per))
		for i, p := range l.Per {
			per[i] = jen.Lit(p)
		}
		out = append(out, field("Per", jen.Index().String().Values(per...)))
	}
	return out
}

// seconds prints a window as people write it: time.Minute, 10 * time.Second.
func seconds(n int64) jen.Code {
	for _, u := range []struct {
		seconds int64
		name    string
	}{{3600, "Hour"}, {60, "Minute"}, {1, "Second"}} {
		if n%u.seconds != 0 {
			continue
		}
		if n == u.seconds {
			return jen.Qual("time", u.name)
		}
		return jen.Lit(int(n/u.seconds)).Op("*").Qual("time", u.name)
	}
	return jen.Lit(int(n))
}

func (e *emitter) plans(f *jen.File) {
	rows := make([]jen.Code, 0, len(e.api.Plans))
	for _, p := range e.api.Plans {
		amounts := make([]jen.Code, 0, len(p.Amounts))
		for _, a := range p.Amounts {
			var fields []jen.Code
			if a.Quota > 0 {
				fields = append(fields, field("Quota", jen.Lit(int(a.Quota))))
			}
			if a.Burst > 0 {
				fields = append(fields, field("Burst", jen.Lit(int(a.Burst))))
			}
			amounts = append(amounts, jen.Lit(a.Limit).Op(":").Values(fields...))
		}
		rows = append(rows, jen.Lit(p.Name).Op(":").Values(amounts...))
	}
	f.Line().Comment("// plans are what may be bought: quotas and bursts by limit.")
	f.Var().Id("plans").Op("=").Map(jen.String()).Map(jen.String()).Id("Amount").Add(multi(rows...))

	kind := jen.Map(jen.String()).Map(jen.String()).Id("Amount")
	f.Line().Comment("// Plans returns the plans of the spec by name: what each changes of the published table, by limit.")
	f.Func().Id("Plans").Params().Add(kind).Block(
		jen.Id("out").Op(":=").Make(kind, jen.Len(jen.Id("plans"))),
		jen.For(jen.List(jen.Id("name"), jen.Id("amounts")).Op(":=").Range().Id("plans")).Block(
			jen.Id("out").Index(jen.Id("name")).Op("=").Qual("maps", "Clone").Call(jen.Id("amounts")),
		),
		jen.Return(jen.Id("out")),
	)
}

// operations prints the table of operations.
func (e *emitter) operations(f *jen.File) {
	if len(e.api.Operations) > 0 {
		f.Line().Comment("// Indexes of the table of operations.")
		f.Const().DefsFunc(func(g *jen.Group) {
			for i, op := range e.api.Operations {
				if i == 0 {
					g.Id(op.Const).Op("=").Iota()
					continue
				}
				g.Id(op.Const)
			}
		})
	}
	e.keys(f)
	rows := make([]jen.Code, 0, len(e.api.Operations))
	for _, op := range e.api.Operations {
		rows = append(rows, jen.Id(op.Const).Op(":").Add(multi(e.operationFields(op)...)))
	}
	f.Line().Comment("// operations says how each operation is sent, routed and counted.")
	f.Var().Id("operations").Op("=").Index(jen.Op("...")).Id("operation").Add(multi(rows...))

	creds := make([]jen.Code, 0, len(e.api.Credentials))
	for _, c := range e.api.Credentials {
		fields := []jen.Code{field("scheme", jen.Lit(c.Scheme)), field("in", jen.Id(placeName(c.In))), field("name", jen.Lit(c.Name))}
		if c.Prefix != "" {
			fields = append(fields, field("prefix", jen.Lit(c.Prefix)))
		}
		creds = append(creds, jen.Values(fields...))
	}
	f.Line().Comment("// credentials says where each security scheme's value stands.")
	f.Var().Id("credentials").Op("=").Index().Id("credential").Values(creds...)

	rows = nil
	for _, x := range e.api.Exceeded {
		fields := []jen.Code{field("status", jen.Lit(x.Status))}
		if len(x.Body) > 0 {
			matches := make([]jen.Code, 0, len(x.Body))
			for _, m := range x.Body {
				matches = append(matches, jen.Values(jen.Lit(m.Pointer), jen.Lit(m.Value)))
			}
			fields = append(fields, field("body", jen.Index().Id("match").Values(matches...)))
		}
		if x.Retry {
			fields = append(fields, field("retry", jen.True()))
		}
		rows = append(rows, jen.Values(fields...))
	}
	if e.targets.Client {
		f.Line().Comment("// exceededAnswers says how the API answers a request that is over a limit; the first match counts.")
		f.Var().Id("exceededAnswers").Op("=").Index().Id("exceeded").Values(rows...)
	}
}

// keys prints each partition key once.
func (e *emitter) keys(f *jen.File) {
	if len(e.api.Keys) == 0 {
		return
	}
	defs := make([]jen.Code, 0, len(e.api.Keys))
	for _, k := range e.api.Keys {
		dims := make([]jen.Code, 0, len(k.Dimensions))
		for _, d := range k.Dimensions {
			dims = append(dims, dimension(d))
		}
		defs = append(defs, jen.Id(k.Name).Op("=").Index().Id("dimension").Values(dims...))
	}
	f.Line().Comment("// Partition keys: what is counted apart.")
	f.Var().Defs(defs...)
}

func dimension(d *model.Dimension) jen.Code {
	switch d.Builtin {
	case "operation":
		return jen.Values(field("kind", jen.Id("dimOperation")))
	case "credential":
		return jen.Values(field("kind", jen.Id("dimCredential")))
	case "client-ip":
		return jen.Values(field("kind", jen.Id("dimClientIP")))
	case "identity":
		return jen.Values(field("kind", jen.Id("dimIdentity")))
	}
	return jen.Values(field("expr", exprValue(d.Expr)))
}

// exprValue prints an expression's fields; the type is elided where it stands in a list.
func exprValue(x *model.Expr) *jen.Statement {
	fields := []jen.Code{field("in", jen.Id(placeName(x.In)))}
	if x.Name != "" {
		fields = append(fields, field("name", jen.Lit(x.Name)))
	}
	if x.Pointer != "" {
		fields = append(fields, field("pointer", jen.Lit(x.Pointer)))
	}
	return jen.Id("expr").Values(fields...)
}

func placeName(p model.Place) string {
	return "in" + strings.ToUpper(string(p[:1])) + string(p[1:])
}

func (e *emitter) operationFields(op *model.Operation) []jen.Code {
	out := []jen.Code{
		field("id", jen.Lit(op.ID)), field("method", jen.Lit(op.HTTPMethod)),
		field("path", jen.Lit(op.Path)), field("counter", jen.Lit(op.Counter)),
	}
	if op.Server != "" {
		out = append(out, field("server", jen.Lit(op.Server)))
	}
	if len(op.Params) > 0 {
		rows := make([]jen.Code, 0, len(op.Params))
		for _, p := range op.Params {
			rows = append(rows, jen.Values(e.paramFields(p)...))
		}
		out = append(out, field("params", jen.Index().Id("param").Add(multi(rows...))))
	}
	if op.Body != nil {
		out = append(out, field("body", jen.Id("body").Values(e.bodyFields(op.Body)...)))
	}
	if len(op.Rates) > 0 {
		rows := make([]jen.Code, 0, len(op.Rates))
		for _, r := range op.Rates {
			rows = append(rows, jen.Values(rateFields(r)...))
		}
		out = append(out, field("rates", jen.Index().Id("rate").Values(rows...)))
	}
	if op.Security != nil {
		alternatives := make([]jen.Code, 0, len(op.Security))
		for _, names := range op.Security {
			lits := make([]jen.Code, 0, len(names))
			for _, n := range names {
				lits = append(lits, jen.Lit(n))
			}
			alternatives = append(alternatives, jen.Values(lits...))
		}
		out = append(out, field("security", jen.Index().Index().String().Values(alternatives...)))
	}
	if op.Idempotent {
		out = append(out, field("idempotent", jen.True()))
	}
	if op.When != nil {
		out = append(out, field("when", jen.Id("test"+strings.ToUpper(op.When.Is[:1])+op.When.Is[1:])))
		out = append(out, field("whenExpr", exprValue(op.When.Expr)))
	}
	return out
}

var styles = map[string]string{
	"label": "styleLabel", "matrix": "styleMatrix", "spaceDelimited": "styleSpace", "pipeDelimited": "stylePipe",
	"deepObject": "styleDeep", "json": "styleJSON",
}

func (e *emitter) paramFields(p *model.Param) []jen.Code {
	out := []jen.Code{field("in", jen.Id(placeName(p.In))), field("name", jen.Lit(p.Name))}
	if s := styles[p.Style]; s != "" {
		out = append(out, field("style", jen.Id(s)))
	}
	if p.Explode {
		out = append(out, field("explode", jen.True()))
	}
	if p.Required {
		out = append(out, field("required", jen.True()))
	}
	if p.Schema != 0 && e.targets.Server {
		out = append(out, field("schema", jen.Lit(p.Schema)))
	}
	if p.EncodedComma {
		out = append(out, field("encodedComma", jen.True()))
	}
	if p.Single {
		out = append(out, field("single", jen.True()))
	}
	if p.List {
		out = append(out, field("list", jen.True()))
	}
	if p.Number {
		out = append(out, field("number", jen.True()))
	}
	return out
}

func (e *emitter) bodyFields(b *model.Body) []jen.Code {
	kinds := map[model.BodyKind]string{
		model.JSON: "bodyJSON", model.Form: "bodyForm", model.Multipart: "bodyMultipart",
		model.Text: "bodyText", model.Binary: "bodyBinary",
	}
	out := []jen.Code{field("kind", jen.Id(kinds[b.Kind])), field("media", jen.Lit(b.Media))}
	if b.Required {
		out = append(out, field("required", jen.True()))
	}
	if b.Schema != 0 && e.targets.Server {
		out = append(out, field("schema", jen.Lit(b.Schema)))
	}
	if len(b.Files) > 0 {
		files := make([]jen.Code, 0, len(b.Files))
		for _, file := range b.Files {
			files = append(files, jen.Values(fileFields(file)...))
		}
		out = append(out, field("files", jen.Index().Id("formFile").Values(files...)))
	}
	return out
}

func fileFields(f *model.FileField) []jen.Code {
	out := []jen.Code{field("name", jen.Lit(f.Name))}
	if f.Many {
		out = append(out, field("many", jen.True()))
	}
	if !f.Optional {
		out = append(out, field("required", jen.True()))
	}
	if f.Min > 0 {
		out = append(out, field("least", jen.Lit(int(f.Min))))
	}
	if f.Max > 0 {
		out = append(out, field("most", jen.Lit(int(f.Max))))
	}
	return out
}

func rateFields(r *model.Rate) []jen.Code {
	out := []jen.Code{field("limit", jen.Id(r.Limit.Const))}
	if r.Key != nil {
		out = append(out, field("key", jen.Id(r.Key.Name)))
	}
	if r.Count == nil {
		out = append(out, field("cost", jen.Lit(int(r.Cost))))
	} else {
		out = append(out, field("count", jen.Op("&").Add(exprValue(r.Count))), field("times", jen.Lit(int(r.Times))))
	}
	if r.Value {
		out = append(out, field("value", jen.True()), field("absent", jen.Lit(int(r.Default))))
	}
	if r.Count != nil && r.Max > 0 {
		out = append(out, field("max", jen.Lit(int(r.Max))))
	}
	if r.Early {
		out = append(out, field("early", jen.True()))
	}
	return out
}

// limitLine says what a method's limits are, for its comment.
func limitLine(op *model.Operation) string {
	if len(op.Rates) == 0 {
		return ""
	}
	lines := make([]string, 0, len(op.Rates))
	for _, r := range op.Rates {
		lines = append(lines, "Limit: "+rateText(r)+".")
	}
	return strings.Join(lines, "\n")
}

// valueText says which number of the request a call costs.
func valueText(r *model.Rate) string {
	text := r.Count.Name
	switch {
	case r.Count.In == model.InBody && r.Count.Pointer == "":
		text = "the body's number"
	case r.Count.In == model.InBody:
		text = strings.TrimPrefix(r.Count.Pointer, "/") + " in the body"
	}
	if r.Times > 1 {
		text = fmt.Sprintf("%d times %s", r.Times, text)
	}
	return fmt.Sprintf("%s (%d when absent)", text, r.Default)
}

func rateText(r *model.Rate) string {
	l := r.Limit
	text := config.Quota(l)
	var per []string
	own := false
	for _, p := range l.Per {
		if p == "operation" {
			own = true
			continue
		}
		per = append(per, p)
	}
	if len(per) > 0 {
		text += " per " + strings.Join(per, " and ")
	}
	if !own {
		text += " (" + l.Name + ")"
	} else {
		text += " for this operation (" + l.Name + ")"
	}
	switch {
	case r.Value:
		text += fmt.Sprintf("; a call counts %s", valueText(r))
		if r.Max > 0 {
			text += fmt.Sprintf(", at most %d", r.Max)
		}
	case r.Count != nil:
		what := "each part of " + r.Count.Name
		if r.Count.In == model.InBody {
			what = "each item of the body"
			if r.Count.Pointer != "" {
				what = "each item of " + strings.TrimPrefix(r.Count.Pointer, "/") + " in the body"
			}
		}
		text += fmt.Sprintf("; %s counts %d", what, r.Times)
		if r.Max > 0 {
			text += fmt.Sprintf(", at most %d a call", r.Max)
		}
	case r.Cost != 1:
		text += fmt.Sprintf("; a call counts %d", r.Cost)
	}
	return oneLine(text)
}
