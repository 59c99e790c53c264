package golang

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/limitgen/limitgen/generator/model"
)

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
	does := "sent and routed"
	if e.limited() {
		does = "sent, routed and counted"
	}
	f.Line().Comment("// operations describes how each operation is " + does + ".")
	f.Var().Id("operations").Op("=").Index(jen.Op("...")).Add(rest("Operation")).Add(multi(rows...))

	creds := make([]jen.Code, 0, len(e.api.Credentials))
	for _, c := range e.api.Credentials {
		fields := []jen.Code{
			field("Scheme", jen.Lit(c.Scheme)), field("In", rest(placeName(c.In))),
			field("Name", jen.Lit(c.Name)),
		}
		if c.Prefix != "" {
			fields = append(fields, field("Prefix", jen.Lit(c.Prefix)))
		}
		creds = append(creds, jen.Values(fields...))
	}
	if len(creds) > 0 {
		f.Line().Comment("// credentials describes where requests carry the value of each security scheme.")
		f.Var().Id("credentials").Op("=").Index().Add(rest("Credential")).Values(creds...)
	}

	rows = nil
	for _, x := range e.api.Exceeded {
		fields := []jen.Code{field("Status", jen.Lit(x.Status))}
		if len(x.Body) > 0 {
			matches := make([]jen.Code, 0, len(x.Body))
			for _, m := range x.Body {
				matches = append(matches, jen.Values(field("Pointer", jen.Lit(m.Pointer)),
					field("Value", jen.Lit(m.Value))))
			}
			fields = append(fields, field("Body", jen.Index().Add(rest("Match")).Values(matches...)))
		}
		if x.Retry {
			fields = append(fields, field("Retry", jen.True()))
		}
		rows = append(rows, jen.Values(fields...))
	}
	if len(rows) > 0 && (e.targets.Client || e.targets.Limits) {
		f.Line().Comment("// exceededAnswers describes the API's answers to a request over a limit; the first match counts.")
		f.Var().Id("exceededAnswers").Op("=").Index().Add(rest("Exceeded")).Values(rows...)
	}
}

// operationFields are the fields of an operation's row.
func (e *emitter) operationFields(op *model.Operation) []jen.Code {
	l := &composite{}
	l.add("ID", jen.Lit(op.ID))
	l.add("Method", jen.Lit(op.HTTPMethod))
	l.add("Path", jen.Lit(op.Path))
	l.text("RPC", op.RPC)
	if slices.ContainsFunc(op.Rates, countsOperation) {
		l.add("Counter", jen.Lit(op.Counter))
	}
	l.text("Server", op.Server)
	e.requestFields(l, op)
	e.answerFields(l, op)
	if len(op.Rates) > 0 {
		rows := make([]jen.Code, 0, len(op.Rates))
		for _, r := range op.Rates {
			rows = append(rows, jen.Values(rateFields(r)...))
		}
		l.add("Rates", jen.Index().Add(rest("Rate")).Values(rows...))
	}
	if op.Security != nil {
		alternatives := make([]jen.Code, 0, len(op.Security))
		for _, names := range op.Security {
			alternatives = append(alternatives, jen.Values(literals(names)...))
		}
		l.add("Security", jen.Index().Index().String().Values(alternatives...))
	}
	l.flag("Idempotent", op.Idempotent)
	if op.Told != nil {
		l.add("Told", toldValue(op.Told))
	}
	if op.When != nil {
		l.add("When", rest("Test"+strings.ToUpper(op.When.Is[:1])+op.When.Is[1:]))
		l.add("WhenExpr", exprValue(op.When.Expr))
	}
	return l.fields
}

// requestFields adds what an operation's requests hold.
func (e *emitter) requestFields(l *composite, op *model.Operation) {
	if params := e.params(op); len(params) > 0 {
		rows := make([]jen.Code, 0, len(params))
		for _, p := range params {
			rows = append(rows, jen.Values(e.paramFields(op, p)...))
		}
		list := multi(rows...)
		if e.slim() {
			list = jen.Values(rows...)
		}
		l.add("Params", jen.Index().Add(rest("Param")).Add(list))
	}
	if op.Body == nil || e.slim() && !readsBody(op) {
		return
	}
	l.add("Body", rest("Body").Values(e.bodyFields(op.Body)...))
	if len(op.Bodies) > 0 {
		rows := make([]jen.Code, 0, len(op.Bodies))
		for _, body := range op.Bodies {
			rows = append(rows, jen.Values(e.bodyFields(body)...))
		}
		l.add("Bodies", jen.Index().Add(rest("Body")).Add(multi(rows...)))
	}
}

// answerFields adds what an operation answers.
func (e *emitter) answerFields(l *composite, op *model.Operation) {
	if e.targets.Server && op.Negotiates() {
		l.add("Answers", jen.Index().String().Values(literals(op.Answers)...))
		l.flag("Unaccepted", op.Unaccepted)
	}
	if e.targets.Client {
		l.text("Accept", op.Accept)
	}
	if len(op.Errors) > 0 && e.targets.Client {
		bodies := make([]jen.Code, 0, len(op.Errors))
		for _, b := range op.Errors {
			as := "ErrorType"
			if b.Problem {
				as = "ProblemType"
			}
			bodies = append(bodies, rest(as).Types(goType(b.Type)).Call(jen.Lit(b.Status)))
		}
		list := jen.Values(bodies...)
		if len(bodies) > 2 { // a line would be long
			list = multi(bodies...)
		}
		l.add("Errors", jen.Index().Add(rest("ErrorBody")).Add(list))
	}
	if len(op.ErrorMedia) > 0 && e.checks() {
		rows := make([]jen.Code, 0, len(op.ErrorMedia))
		for _, m := range op.ErrorMedia {
			rows = append(rows, jen.Values(field("Status", jen.Lit(m.Status)),
				field("Media", jen.Lit(m.Media))))
		}
		l.add("ErrorMedia", jen.Index().Add(rest("ErrorMedia")).Add(multi(rows...)))
	}
	l.flag("Redirects", op.Redirects)
}

// toldValue is how an operation is told from others of the same path.
func toldValue(t *model.Told) *jen.Statement {
	l := &composite{}
	l.number("Param", t.Param)
	l.add("As", rest("Spelt"+string(t.As)))
	l.text("Format", t.Format)
	if len(t.Texts) > 0 {
		l.add("Texts", jen.Index().String().Values(literals(t.Texts)...))
	}
	return rest("Told").Values(l.fields...)
}

var styles = map[string]string{
	"label": "StyleLabel", "matrix": "StyleMatrix", "spaceDelimited": "StyleSpace",
	"pipeDelimited": "StylePipe", "deepObject": "StyleDeep", "json": "StyleJSON",
}

func (e *emitter) paramFields(op *model.Operation, p *model.Param) []jen.Code {
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
	if p.Schema != 0 && e.checks() {
		out = append(out, field("Schema", jen.Lit(p.Schema)))
	}
	if p.EncodedComma {
		out = append(out, field("EncodedComma", jen.True()))
	}
	if p.Default != "" && (e.checks() || isKey(op, p)) {
		out = append(out, field("Default", quoted(p.Default)))
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
	if len(b.Beside) > 0 && e.targets.Limits {
		out = append(out, field("Beside", jen.Index().String().Values(literals(b.Beside)...)))
	}
	if b.Own && e.targets.Server {
		out = append(out, field("Own", jen.True()))
	}
	if len(b.Absent) > 0 {
		rows := make([]jen.Code, 0, len(b.Absent))
		for _, a := range b.Absent {
			l := &composite{}
			l.text("Pointer", a.Pointer)
			l.add("Default", quoted(a.Default))
			rows = append(rows, jen.Values(l.fields...))
		}
		out = append(out, field("Absent", jen.Index().Add(rest("Absent")).Values(rows...)))
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
