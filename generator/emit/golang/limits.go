package golang

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/limitgen/limitgen/generator/model"
)

// limits prints the table of limits and plans.
func (e *emitter) limits(f *jen.File) {
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
	common := commonParts(e.api)
	rows := make([]jen.Code, 0, len(e.api.Limits))
	for _, l := range e.api.Limits {
		rows = append(rows, jen.Id(l.Const).Op(":").Values(e.limitFields(l, common)...))
	}
	f.Line().Comment("// limits is the published table.")
	f.Var().Id("limits").Op("=").Index(jen.Op("...")).Add(ratelimit("Limit")).Add(multi(rows...))

	names := e.api.Names
	f.Line().Comment(comment(names.Limits + " returns the published table of limits, in the order of the spec."))
	f.Func().Id(names.Limits).Params().Index().Add(ratelimit("Limit")).Block(
		jen.Return(jen.Qual("slices", "Clone").Call(jen.Id("limits").Index(jen.Op(":")))),
	)
	f.Line().Comment(comment(names.ReadOverrides +
		" reads an account's quotas and bursts from JSON, for the option rest.WithOverrides: an object like " +
		"{\"NAME\": {\"quota\": 300, \"burst\": 600}}, or a whole limits.json, of which only the differences from the table apply. " +
		"Unknown limits, unknown members and values that are not positive integers are errors with line and column."))
	f.Func().Id(names.ReadOverrides).Params(jen.Id("r").Qual("io", "Reader")).Params(jen.Map(jen.String()).Add(ratelimit("Amount")), jen.Error()).Block(
		jen.Return(ratelimit("ReadOverrides").Call(jen.Id("r"), jen.Id("limits").Index(jen.Op(":")))),
	)
	if len(e.api.Plans) > 0 {
		e.plans(f)
	}
}

func (e *emitter) limitFields(l *model.Limit, common int) []jen.Code {
	out := []jen.Code{
		field("API", jen.Lit(e.api.Name)), field("Name", jen.Lit(l.Name)),
		field("Quota", jen.Lit(int(l.Quota))),
	}
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
		out = append(out, field("Per", jen.Index().String().Values(literals(l.Per)...)))
	}
	if l.Alias != "" {
		out = append(out, field("Alias", jen.Lit(l.Alias)))
	}
	if a := l.Announce; a != nil {
		var fields []jen.Code
		for _, f := range [][2]string{{"Quota", a.Quota}, {"Remaining", a.Remaining}, {"Reset", a.Reset}, {"ResetAs", a.ResetAs}, {"Rate", a.Rate}} {
			if f[1] != "" {
				fields = append(fields, field(f[0], jen.Lit(f[1])))
			}
		}
		out = append(out, field("Announced", ratelimit("Announced").Values(fields...)))
	}
	if common > 0 {
		out = append(out, field("Common", jen.Lit(common)))
	}
	if len(l.Stages) > 1 {
		out = append(out, field("Stages", jen.Index().Add(ratelimit("Stage")).Values(stageFields(l.Stages)...)))
	}
	return out
}

// stageFields print the days on which a limit changes, each with what changes.
func stageFields(all []*model.Stage) []jen.Code {
	var out []jen.Code
	for i, s := range all[1:] {
		before, at := all[i], s.At
		date := jen.Qual("time", "Date").Call(jen.Lit(at.Year()), jen.Qual("time", at.Month().String()),
			jen.Lit(at.Day()), jen.Lit(at.Hour()), jen.Lit(at.Minute()), jen.Lit(at.Second()),
			jen.Lit(at.Nanosecond()), jen.Qual("time", "UTC"))
		fields := []jen.Code{field("From", date)}
		if s.Quota != before.Quota {
			fields = append(fields, field("Quota", jen.Lit(int(s.Quota))))
		}
		if s.Burst != before.Burst {
			fields = append(fields, field("Burst", jen.Lit(int(s.Burst))))
		}
		out = append(out, jen.Values(fields...))
	}
	return out
}

// seconds prints a window as in hand-written code: time.Minute, 10 * time.Second.
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
			if a.Rewindows(e.api.Window(a.Limit)) {
				fields = append(fields, field("Window", seconds(a.Seconds)))
			}
			if a.Burst > 0 {
				fields = append(fields, field("Burst", jen.Lit(int(a.Burst))))
			}
			amounts = append(amounts, jen.Lit(a.Limit).Op(":").Values(fields...))
		}
		rows = append(rows, jen.Lit(p.Name).Op(":").Values(amounts...))
	}
	f.Line().Comment("// plans are the figures of each plan, by limit.")
	f.Var().Id("plans").Op("=").Map(jen.String()).Map(jen.String()).Add(ratelimit("Amount")).Add(multi(rows...))

	kind := jen.Map(jen.String()).Map(jen.String()).Add(ratelimit("Amount"))
	f.Line().Comment(comment(e.api.Names.Plans +
		" returns the plans of the spec by name: the changes to the published table, by limit."))
	f.Func().Id(e.api.Names.Plans).Params().Add(kind).Block(
		jen.Id("out").Op(":=").Make(kind, jen.Len(jen.Id("plans"))),
		jen.For(jen.List(jen.Id("name"), jen.Id("amounts")).Op(":=").Range().Id("plans")).Block(
			jen.Id("out").Index(jen.Id("name")).Op("=").Qual("maps", "Clone").Call(jen.Id("amounts")),
		),
		jen.Return(jen.Id("out")),
	)
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
		defs = append(defs, jen.Id(k.Name).Op("=").Index().Add(rest("Dimension")).Values(dims...))
	}
	f.Line().Comment("// Partition keys of the limits.")
	f.Var().Defs(defs...)
}

func dimension(d *model.Dimension) jen.Code {
	switch d.Builtin {
	case "operation":
		return jen.Values(field("Kind", rest("DimOperation")))
	case "credential":
		return jen.Values(field("Kind", rest("DimCredential")))
	case "client-ip":
		return jen.Values(field("Kind", rest("DimClientIP")))
	case "identity":
		return jen.Values(field("Kind", rest("DimIdentity")))
	}
	return jen.Values(field("Expr", exprValue(d.Expr)))
}

// exprValue prints an expression's fields; the type is omitted, as in a list.
func exprValue(x *model.Expr) *jen.Statement {
	fields := []jen.Code{field("In", rest(placeName(x.In)))}
	if x.Name != "" {
		fields = append(fields, field("Name", jen.Lit(x.Name)))
	}
	if x.Pointer != "" {
		fields = append(fields, field("Pointer", jen.Lit(x.Pointer)))
	}
	if x.Default != "" {
		fields = append(fields, field("Default", jen.Lit(x.Default)))
	}
	return rest("Expr").Values(fields...)
}

// countsOperation reports whether a rate counts each operation apart.
func countsOperation(r *model.Rate) bool {
	return r.Key != nil &&
		slices.ContainsFunc(r.Key.Dimensions, func(d *model.Dimension) bool { return d.Builtin == "operation" })
}

func placeName(p model.Place) string {
	return "In" + capital(string(p))
}

func rateFields(r *model.Rate) []jen.Code {
	out := []jen.Code{field("Limit", jen.Id(r.Limit.Const))}
	if r.Key != nil {
		out = append(out, field("Key", jen.Id(r.Key.Name)))
	}
	if r.Count == nil {
		out = append(out, field("Cost", jen.Lit(int(r.Cost))))
	} else {
		out = append(out, field("Count", jen.Op("&").Add(exprValue(r.Count))),
			field("Times", jen.Lit(int(r.Times))))
	}
	if r.Value {
		out = append(out, field("Value", jen.True()), field("Absent", jen.Lit(int(r.Default))))
	}
	if r.Count != nil && r.Max > 0 {
		out = append(out, field("Max", jen.Lit(int(r.Max))))
	}
	if r.Early {
		out = append(out, field("Early", jen.True()))
	}
	return out
}
