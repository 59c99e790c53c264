package golang

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/limitgen/limitgen/generator/limit"
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
		jen.Return(jen.Append(jen.Index().Add(ratelimit("Limit")).Values(), jen.Id("limits").Index(jen.Op(":")).Op("..."))),
	)
	f.Line().Comment(comment(names.ReadOverrides + " reads an account's quotas and bursts from JSON, for the option rest.WithOverrides: an object like " +
		"{\"NAME\": {\"quota\": 300, \"burst\": 600}}, or a whole limits.json, of which the figures that differ from the table count. " +
		"A name that no limit has, another member, and a figure that is not a whole number above 0 are errors that say where they stand."))
	f.Func().Id(names.ReadOverrides).Params(jen.Id("r").Qual("io", "Reader")).Params(jen.Map(jen.String()).Add(ratelimit("Amount")), jen.Error()).Block(
		jen.Return(ratelimit("ReadOverrides").Call(jen.Id("r"), jen.Id("limits").Index(jen.Op(":")))),
	)
	if len(e.api.Plans) > 0 {
		e.plans(f)
	}
}

func (e *emitter) limitFields(l *model.Limit, common int) []jen.Code {
	out := []jen.Code{field("API", jen.Lit(e.api.Name)), field("Name", jen.Lit(l.Name)), field("Quota", jen.Lit(int(l.Quota)))}
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
	if l.Alias != "" {
		out = append(out, field("Alias", jen.Lit(l.Alias)))
	}
	if a := l.Announce; a != nil {
		var fields []jen.Code
		for _, f := range [][2]string{{"Quota", a.Quota}, {"Remaining", a.Remaining}, {"Reset", a.Reset}, {"ResetAs", a.ResetAs}} {
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
		date := jen.Qual("time", "Date").Call(jen.Lit(at.Year()), jen.Qual("time", at.Month().String()), jen.Lit(at.Day()),
			jen.Lit(at.Hour()), jen.Lit(at.Minute()), jen.Lit(at.Second()), jen.Lit(at.Nanosecond()), jen.Qual("time", "UTC"))
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
	f.Var().Id("plans").Op("=").Map(jen.String()).Map(jen.String()).Add(ratelimit("Amount")).Add(multi(rows...))

	kind := jen.Map(jen.String()).Map(jen.String()).Add(ratelimit("Amount"))
	f.Line().Comment(comment(e.api.Names.Plans + " returns the plans of the spec by name: what each changes of the published table, by limit."))
	f.Func().Id(e.api.Names.Plans).Params().Add(kind).Block(
		jen.Id("out").Op(":=").Make(kind, jen.Len(jen.Id("plans"))),
		jen.For(jen.List(jen.Id("name"), jen.Id("amounts")).Op(":=").Range().Id("plans")).Block(
			jen.Id("out").Index(jen.Id("name")).Op("=").Qual("maps", "Clone").Call(jen.Id("amounts")),
		),
		jen.Return(jen.Id("out")),
	)
}

// operations prints the table of operations.
func (e *emitter) operations(f *jen.File) {
	if len(e.api.Operations) > 0 && !e.slim() {
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
		if e.slim() { // nothing names an operation by its index
			rows = append(rows, jen.Values(e.operationFields(op)...))
			continue
		}
		rows = append(rows, jen.Id(op.Const).Op(":").Add(multi(e.operationFields(op)...)))
	}
	f.Line().Comment("// operations says how each operation is sent, routed and counted.")
	f.Var().Id("operations").Op("=").Index(jen.Op("...")).Add(rest("Operation")).Add(multi(rows...))

	creds := make([]jen.Code, 0, len(e.api.Credentials))
	for _, c := range e.api.Credentials {
		fields := []jen.Code{field("Scheme", jen.Lit(c.Scheme)), field("In", rest(placeName(c.In))), field("Name", jen.Lit(c.Name))}
		if c.Prefix != "" {
			fields = append(fields, field("Prefix", jen.Lit(c.Prefix)))
		}
		creds = append(creds, jen.Values(fields...))
	}
	if len(creds) > 0 {
		f.Line().Comment("// credentials says where each security scheme's value stands.")
		f.Var().Id("credentials").Op("=").Index().Add(rest("Credential")).Values(creds...)
	}

	rows = nil
	for _, x := range e.api.Exceeded {
		fields := []jen.Code{field("Status", jen.Lit(x.Status))}
		if len(x.Body) > 0 {
			matches := make([]jen.Code, 0, len(x.Body))
			for _, m := range x.Body {
				matches = append(matches, jen.Values(field("Pointer", jen.Lit(m.Pointer)), field("Value", jen.Lit(m.Value))))
			}
			fields = append(fields, field("Body", jen.Index().Add(rest("Match")).Values(matches...)))
		}
		if x.Retry {
			fields = append(fields, field("Retry", jen.True()))
		}
		rows = append(rows, jen.Values(fields...))
	}
	if len(rows) > 0 && (e.targets.Client || e.targets.Limits) {
		f.Line().Comment("// exceededAnswers says how the API answers a request that is over a limit; the first match counts.")
		f.Var().Id("exceededAnswers").Op("=").Index().Add(rest("Exceeded")).Values(rows...)
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
		defs = append(defs, jen.Id(k.Name).Op("=").Index().Add(rest("Dimension")).Values(dims...))
	}
	f.Line().Comment("// Partition keys: what is counted apart.")
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

// exprValue prints an expression's fields; the type is elided where it stands in a list.
func exprValue(x *model.Expr) *jen.Statement {
	fields := []jen.Code{field("In", rest(placeName(x.In)))}
	if x.Name != "" {
		fields = append(fields, field("Name", jen.Lit(x.Name)))
	}
	if x.Pointer != "" {
		fields = append(fields, field("Pointer", jen.Lit(x.Pointer)))
	}
	return rest("Expr").Values(fields...)
}

// countsOperation reports whether a rate counts each operation apart.
func countsOperation(r *model.Rate) bool {
	return r.Key != nil && slices.ContainsFunc(r.Key.Dimensions, func(d *model.Dimension) bool { return d.Builtin == "operation" })
}

func placeName(p model.Place) string {
	return "In" + capital(string(p))
}

func (e *emitter) operationFields(op *model.Operation) []jen.Code {
	out := []jen.Code{
		field("ID", jen.Lit(op.ID)), field("Method", jen.Lit(op.HTTPMethod)),
		field("Path", jen.Lit(op.Path)),
	}
	if op.RPC != "" {
		out = append(out, field("RPC", jen.Lit(op.RPC)))
	}
	if slices.ContainsFunc(op.Rates, countsOperation) {
		out = append(out, field("Counter", jen.Lit(op.Counter)))
	}
	if op.Server != "" {
		out = append(out, field("Server", jen.Lit(op.Server)))
	}
	if params := e.params(op); len(params) > 0 {
		rows := make([]jen.Code, 0, len(params))
		for _, p := range params {
			rows = append(rows, jen.Values(e.paramFields(p)...))
		}
		list := multi(rows...)
		if e.slim() {
			list = jen.Values(rows...)
		}
		out = append(out, field("Params", jen.Index().Add(rest("Param")).Add(list)))
	}
	if op.Body != nil && (!e.slim() || readsBody(op)) {
		out = append(out, field("Body", rest("Body").Values(e.bodyFields(op.Body)...)))
	}
	if op.Accept != "" && e.targets.Client {
		out = append(out, field("Accept", jen.Lit(op.Accept)))
	}
	if len(op.Errors) > 0 && e.targets.Client {
		bodies := make([]jen.Code, 0, len(op.Errors))
		for _, b := range op.Errors {
			bodies = append(bodies, rest("ErrorType").Types(goType(b.Type)).Call(jen.Lit(b.Status)))
		}
		list := jen.Values(bodies...)
		if len(bodies) > 2 { // a line would be long
			list = multi(bodies...)
		}
		out = append(out, field("Errors", jen.Index().Add(rest("ErrorBody")).Add(list)))
	}
	if op.Redirects {
		out = append(out, field("Redirects", jen.True()))
	}
	if len(op.Rates) > 0 {
		rows := make([]jen.Code, 0, len(op.Rates))
		for _, r := range op.Rates {
			rows = append(rows, jen.Values(rateFields(r)...))
		}
		out = append(out, field("Rates", jen.Index().Add(rest("Rate")).Values(rows...)))
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
		out = append(out, field("Security", jen.Index().Index().String().Values(alternatives...)))
	}
	if op.Idempotent {
		out = append(out, field("Idempotent", jen.True()))
	}
	if op.When != nil {
		out = append(out, field("When", rest("Test"+strings.ToUpper(op.When.Is[:1])+op.When.Is[1:])))
		out = append(out, field("WhenExpr", exprValue(op.When.Expr)))
	}
	return out
}

var styles = map[string]string{
	"label": "StyleLabel", "matrix": "StyleMatrix", "spaceDelimited": "StyleSpace", "pipeDelimited": "StylePipe",
	"deepObject": "StyleDeep", "json": "StyleJSON",
}

func (e *emitter) paramFields(p *model.Param) []jen.Code {
	out := []jen.Code{field("In", rest(placeName(p.In))), field("Name", jen.Lit(p.Name))}
	if s := styles[p.Style]; s != "" {
		out = append(out, field("Style", rest(s)))
	}
	if p.Explode {
		out = append(out, field("Explode", jen.True()))
	}
	if p.Required && !e.slim() {
		out = append(out, field("Required", jen.True()))
	}
	if p.Schema != 0 && e.targets.Server {
		out = append(out, field("Schema", jen.Lit(p.Schema)))
	}
	if p.EncodedComma {
		out = append(out, field("EncodedComma", jen.True()))
	}
	if p.Default != "" && e.targets.Server {
		out = append(out, field("Default", jen.Lit(p.Default)))
	}
	if p.Empty {
		out = append(out, field("Empty", jen.True()))
	}
	if p.Again {
		out = append(out, field("Again", jen.True()))
	}
	if p.Single {
		out = append(out, field("Single", jen.True()))
	}
	if p.List {
		out = append(out, field("List", jen.True()))
	}
	if p.Number {
		out = append(out, field("Number", jen.True()))
	}
	return out
}

func (e *emitter) bodyFields(b *model.Body) []jen.Code {
	kinds := map[model.BodyKind]string{
		model.JSON: "BodyJSON", model.Form: "BodyForm", model.Multipart: "BodyMultipart",
		model.Text: "BodyText", model.Binary: "BodyBinary",
	}
	out := []jen.Code{field("Kind", rest(kinds[b.Kind])), field("Media", jen.Lit(b.Media))}
	if b.Required && !e.slim() {
		out = append(out, field("Required", jen.True()))
	}
	if i := e.bodySchema(b.Schema); i != 0 {
		out = append(out, field("Schema", jen.Lit(i)))
	}
	if len(b.Files) > 0 {
		files := make([]jen.Code, 0, len(b.Files))
		for _, file := range b.Files {
			if e.slim() {
				files = append(files, jen.Values(field("Name", jen.Lit(file.Name))))
				continue
			}
			files = append(files, jen.Values(fileFields(file)...))
		}
		out = append(out, field("Files", jen.Index().Add(rest("FormFile")).Values(files...)))
	}
	if len(b.Fields) > 0 {
		rows := make([]jen.Code, 0, len(b.Fields))
		for _, f := range b.Fields {
			rows = append(rows, jen.Values(formFieldFields(f)...))
		}
		out = append(out, field("Fields", jen.Index().Add(rest("FormField")).Values(rows...)))
	}
	return out
}

func formFieldFields(f *model.FormField) []jen.Code {
	out := []jen.Code{field("Name", jen.Lit(f.Name))}
	if f.Media != "" {
		out = append(out, field("Media", jen.Lit(f.Media)))
	}
	if f.Styled {
		out = append(out, field("Styled", jen.True()))
	}
	if s := styles[f.Style]; s != "" {
		out = append(out, field("Style", rest(s)))
	}
	if f.Explode {
		out = append(out, field("Explode", jen.True()))
	}
	return out
}

func fileFields(f *model.FileField) []jen.Code {
	out := []jen.Code{field("Name", jen.Lit(f.Name))}
	if f.Many {
		out = append(out, field("Many", jen.True()))
	}
	if !f.Optional {
		out = append(out, field("Required", jen.True()))
	}
	if f.Min > 0 {
		out = append(out, field("Least", jen.Lit(int(f.Min))))
	}
	if f.Max > 0 {
		out = append(out, field("Most", jen.Lit(int(f.Max))))
	}
	if f.Media != "" {
		out = append(out, field("Media", jen.Lit(f.Media)))
	}
	return out
}

func rateFields(r *model.Rate) []jen.Code {
	out := []jen.Code{field("Limit", jen.Id(r.Limit.Const))}
	if r.Key != nil {
		out = append(out, field("Key", jen.Id(r.Key.Name)))
	}
	if r.Count == nil {
		out = append(out, field("Cost", jen.Lit(int(r.Cost))))
	} else {
		out = append(out, field("Count", jen.Op("&").Add(exprValue(r.Count))), field("Times", jen.Lit(int(r.Times))))
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

// errorLine says of which types the bodies of a method's errors are, for its comment.
func errorLine(op *model.Operation) string {
	var names []string
	statuses := map[string][]string{}
	for _, b := range op.Errors {
		name := b.Type.String()
		if statuses[name] == nil {
			names = append(names, name)
		}
		text := strconv.Itoa(b.Status)
		switch {
		case b.Status == 0:
			text = "others"
		case b.Status < 10:
			text += "XX"
		}
		statuses[name] = append(statuses[name], text)
	}
	if len(names) == 0 || len(op.Errors) == 1 && op.Errors[0].Status == 0 { // the type of all errors needs no line at each method
		return ""
	}
	for i, name := range names {
		names[i] = name + " (" + strings.Join(statuses[name], ", ") + ")"
	}
	return "Error bodies: " + strings.Join(names, ", ") + "."
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

// quotaText is a quota of a limit in words, or the rate that it stands for.
func quotaText(l *model.Limit, quota int64) string {
	if l.Rated {
		return limit.Rate(quota, l.Unit, l.Seconds)
	}
	return limit.Quota(quota, l.Unit, l.Seconds)
}

func rateText(r *model.Rate) string {
	l := r.Limit
	text := quotaText(l, l.Quota)
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
	if l.Burst > 0 && !l.UTC {
		text += fmt.Sprintf(", up to %d at once", l.Burst)
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
	for _, s := range l.Stages {
		if !s.At.IsZero() {
			text += fmt.Sprintf("; from %s on %s", s.Text, quotaText(l, s.Quota))
		}
	}
	return oneLine(text)
}
