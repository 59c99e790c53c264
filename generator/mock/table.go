package mock

import (
	"slices"
	"time"

	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/templates/ratelimit"
	"github.com/limitgen/limitgen/templates/rest"
)

// tables returns what a generated server is told of its API. TestTables compares them with the
// tables in generated code.
func tables(api *model.API) rest.ServerConfig {
	config := rest.ServerConfig{
		API: api.Name, Title: api.Title, DefaultPath: api.BasePath,
		Limits: limits(api), Plans: plans(api), Credentials: credentials(api),
		ErrorCode: api.ErrorCode, ErrorMessage: api.ErrorText, ErrorForm: api.ErrorForm,
		TrailingSlash: api.TrailingSlash, AssumeJSON: api.AssumeJSON,
	}
	if api.IPv6Prefix != limit.DefaultIPv6Prefix {
		config.IPv6 = api.IPv6Prefix
	}
	if api.ErrorForm != "" {
		config.ErrorMedia = api.ErrorMedia
	}
	if api.ErrorCode != "" || api.ErrorText != "" {
		for _, m := range api.ErrorExceeded {
			config.ErrorExceeded = append(config.ErrorExceeded,
				rest.Match{Pointer: m.Pointer, Value: m.Value})
		}
	}
	for _, s := range api.Servers {
		row := rest.ServerURL{URL: s.URL, Of: s.Of}
		for _, v := range s.Variables {
			row.Variables = append(row.Variables, rest.ServerVariable{
				Name: v.Name, Default: v.Default, Enum: v.Enum,
			})
		}
		config.Servers = append(config.Servers, row)
	}
	for _, op := range api.Operations {
		config.Operations = append(config.Operations, operation(api, op))
	}
	for _, s := range api.Schemas {
		config.Schemas = append(config.Schemas, schema(s))
	}
	return config
}

func limits(api *model.API) []ratelimit.Limit {
	var out []ratelimit.Limit
	for _, l := range api.Limits {
		row := ratelimit.Limit{
			API: api.Name, Name: l.Name, Quota: l.Quota, Window: time.Duration(l.Seconds) * time.Second,
			Unit: l.Unit, Burst: l.Burst, UTC: l.UTC, Per: l.Per, Alias: l.Alias,
		}
		if a := l.Announce; a != nil {
			row.Announced = ratelimit.Announced{
				Quota: a.Quota, Remaining: a.Remaining, Reset: a.Reset, ResetAs: a.ResetAs, Rate: a.Rate,
			}
		}
		for i := 1; i < len(l.Stages); i++ {
			before, s := l.Stages[i-1], l.Stages[i]
			stage := ratelimit.Stage{From: s.At.UTC()}
			if s.Quota != before.Quota {
				stage.Quota = s.Quota
			}
			if s.Burst != before.Burst {
				stage.Burst = s.Burst
			}
			row.Stages = append(row.Stages, stage)
		}
		out = append(out, row)
	}
	return out
}

func plans(api *model.API) map[string]map[string]ratelimit.Amount {
	out := make(map[string]map[string]ratelimit.Amount)
	for _, p := range api.Plans {
		out[p.Name] = make(map[string]ratelimit.Amount)
		for _, a := range p.Amounts {
			amount := ratelimit.Amount{Quota: a.Quota, Burst: a.Burst}
			if a.Rewindows(api.Window(a.Limit)) {
				amount.Window = time.Duration(a.Seconds) * time.Second
			}
			out[p.Name][a.Limit] = amount
		}
	}
	return out
}

func credentials(api *model.API) []rest.Credential {
	var out []rest.Credential
	for _, c := range api.Credentials {
		out = append(out, rest.Credential{
			Scheme: c.Scheme, In: places[c.In], Name: c.Name, Prefix: c.Prefix,
		})
	}
	return out
}

var places = map[model.Place]rest.Place{
	model.InPath: rest.InPath, model.InQuery: rest.InQuery, model.InHeader: rest.InHeader,
	model.InCookie: rest.InCookie, model.InBody: rest.InBody,
}

var styles = map[string]rest.Style{
	"label": rest.StyleLabel, "matrix": rest.StyleMatrix, "spaceDelimited": rest.StyleSpace,
	"pipeDelimited": rest.StylePipe, "deepObject": rest.StyleDeep, "json": rest.StyleJSON,
}

var tests = map[string]rest.Test{
	"present": rest.TestPresent, "absent": rest.TestAbsent, "array": rest.TestArray,
	"object": rest.TestObject, "list": rest.TestList,
}

var spellings = map[model.Spelling]rest.Spelling{
	model.SpeltListed: rest.SpeltListed, model.SpeltInteger: rest.SpeltInteger,
	model.SpeltNumber: rest.SpeltNumber, model.SpeltFormat: rest.SpeltFormat,
}

var bodies = map[model.BodyKind]rest.BodyKind{
	model.JSON: rest.BodyJSON, model.Form: rest.BodyForm, model.Multipart: rest.BodyMultipart,
	model.Text: rest.BodyText, model.Binary: rest.BodyBinary,
}

func operation(api *model.API, op *model.Operation) rest.Operation {
	out := rest.Operation{
		ID: op.ID, Method: op.HTTPMethod, Path: op.Path, Server: op.Server, RPC: op.RPC,
		ErrorMedia: errorMedia(op), Redirects: op.Redirects, Security: op.Security,
		Idempotent: op.Idempotent,
	}
	for _, p := range op.Params {
		out.Params = append(out.Params, rest.Param{
			In: places[p.In], Name: p.Name, Style: styles[p.Style], Explode: p.Explode,
			Required: p.Required, Schema: p.Schema, Default: p.Default, EncodedComma: p.EncodedComma,
			Again: p.Again, Single: p.Single, Empty: p.Empty, List: p.List, Number: p.Number,
		})
	}
	if op.Body != nil {
		out.Body = body(op.Body)
	}
	for _, b := range op.Bodies {
		out.Bodies = append(out.Bodies, body(b))
	}
	if op.Negotiates() {
		out.Answers, out.Unaccepted = op.Answers, op.Unaccepted
	}
	for _, r := range op.Rates {
		out.Rates = append(out.Rates, rate(api, r))
		if slices.ContainsFunc(r.Dimensions(), func(d *model.Dimension) bool { return d.Builtin == "operation" }) {
			out.Counter = op.Counter
		}
	}
	if t := op.Told; t != nil {
		out.Told = rest.Told{Param: t.Param, As: spellings[t.As], Format: t.Format, Texts: t.Texts}
	}
	if op.When != nil {
		out.When, out.WhenExpr = tests[op.When.Is], expression(op.When.Expr)
	}
	return out
}

func body(b *model.Body) rest.Body {
	out := rest.Body{
		Kind: bodies[b.Kind], Media: b.Media, Required: b.Required, Schema: b.Schema, Own: b.Own,
	}
	for _, f := range b.Files {
		out.Files = append(out.Files, rest.FormFile{
			Name: f.Name, Many: f.Many, Required: !f.Optional, Least: int(f.Min), Most: int(f.Max),
			Media: f.Media,
		})
	}
	for _, a := range b.Absent {
		out.Absent = append(out.Absent, rest.Absent{Pointer: a.Pointer, Default: a.Default})
	}
	for _, f := range b.Fields {
		out.Fields = append(out.Fields, rest.FormField{
			Name: f.Name, Media: f.Media, Styled: f.Styled, Style: styles[f.Style], Explode: f.Explode,
		})
	}
	return out
}

func rate(api *model.API, r *model.Rate) rest.Rate {
	out := rest.Rate{Limit: slices.Index(api.Limits, r.Limit), Early: r.Early}
	for _, d := range r.Dimensions() {
		out.Key = append(out.Key, dimension(d))
	}
	if r.Count == nil {
		out.Cost = r.Cost
		return out
	}
	count := expression(r.Count)
	out.Count, out.Times, out.Max = &count, r.Times, r.Max
	if r.Value {
		out.Value, out.Absent = true, r.Default
	}
	return out
}

func dimension(d *model.Dimension) rest.Dimension {
	switch d.Builtin {
	case "operation":
		return rest.Dimension{Kind: rest.DimOperation}
	case "credential":
		return rest.Dimension{Kind: rest.DimCredential}
	case "client-ip":
		return rest.Dimension{Kind: rest.DimClientIP}
	case "identity":
		return rest.Dimension{Kind: rest.DimIdentity}
	}
	return rest.Dimension{Expr: expression(d.Expr)}
}

func expression(x *model.Expr) rest.Expr {
	return rest.Expr{In: places[x.In], Name: x.Name, Pointer: x.Pointer, Default: x.Default}
}

func errorMedia(op *model.Operation) []rest.ErrorMedia {
	var out []rest.ErrorMedia
	for _, m := range op.ErrorMedia {
		out = append(out, rest.ErrorMedia(m))
	}
	return out
}
