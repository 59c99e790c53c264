package golang

import (
	"fmt"
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/limitgen/limitgen/generator/model"
)

// servers prints the addresses of the API, and the options that set their variables.
func (e *emitter) servers(f *jen.File) {
	if e.named() {
		text := "Servers of the API."
		if e.targets.Client {
			text = "Servers of the API, for " + e.api.Names.NewClient + "."
		}
		if len(e.api.Variables) > 0 {
			text += " Names in braces are variables, which options set."
		}
		f.Line().Comment(comment(text))
		f.Const().DefsFunc(func(g *jen.Group) {
			for _, s := range e.api.Servers {
				if s.Const == "" {
					continue
				}
				if s.Description != "" {
					g.Comment(comment(s.Description))
				}
				g.Id(s.Const).Op("=").Lit(s.URL)
			}
		})
	}
	for _, v := range e.api.Variables {
		e.variable(f, v)
	}
	rows := make([]jen.Code, 0, len(e.api.Servers))
	for _, s := range e.api.Servers {
		rows = append(rows, jen.Values(serverFields(s)...))
	}
	f.Line().Comment("// servers describes the addresses of the API and of operations that have their own.")
	f.Var().Id("servers").Op("=").Index().Add(rest("ServerURL")).Add(multi(rows...))
}

// named reports whether constants name servers.
func (e *emitter) named() bool {
	return slices.ContainsFunc(e.api.Servers, func(s *model.ServerURL) bool { return s.Const != "" })
}

// otherServers says in a comment how to choose a server; "" without a choice.
func (e *emitter) otherServers() string {
	if !e.named() {
		return ""
	}
	return "The constants that begin with Server are the spec's servers."
}

// variable prints the option of a variable, and its values.
func (e *emitter) variable(f *jen.File, v *model.VariableOption) {
	value := jen.Id("value")
	param, pass := value.Clone().String(), value.Clone()
	if v.Type != nil {
		e.decl(f, v.Type, "")
		param, pass = value.Clone().Id(v.Type.Name), jen.String().Call(value)
	}
	text := fmt.Sprintf("%s sets the variable %s of the server that is called or served.",
		v.Option, oneLine(v.Name))
	f.Line().Comment(comment(text + "\n\n" + ended(v.Doc.Description)))
	f.Func().Id(v.Option).Params(param).Add(rest("Option")).Block(
		jen.Return(rest("WithServerVariable").Call(jen.Lit(v.Name), pass)),
	)
}

func serverFields(s *model.ServerURL) []jen.Code {
	url := jen.Lit(s.URL)
	if s.Const != "" {
		url = jen.Id(s.Const)
	}
	out := []jen.Code{field("URL", url)}
	if s.Of != "" {
		out = append(out, field("Of", jen.Lit(s.Of)))
	}
	if len(s.Variables) == 0 {
		return out
	}
	rows := make([]jen.Code, 0, len(s.Variables))
	for _, v := range s.Variables {
		fields := []jen.Code{field("Name", jen.Lit(v.Name)), field("Default", jen.Lit(v.Default))}
		if len(v.Enum) > 0 {
			fields = append(fields, field("Enum", jen.Index().String().Values(literals(v.Enum)...)))
		}
		rows = append(rows, jen.Values(fields...))
	}
	return append(out, field("Variables", jen.Index().Add(rest("ServerVariable")).Add(multi(rows...))))
}
