// Package calls makes the calls that drive each operation of an API, with values made from its
// schemas.
package calls

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/limitgen/limitgen/cmd/internal/corpus/drive"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/sample"
	"github.com/limitgen/limitgen/generator/source"
)

// Of returns the calls of an API's operations: one for each answer that the spec describes.
func Of(doc *source.Document, api *model.API) []drive.Call {
	var out []drive.Call
	each(doc, api, func(call drive.Call, op *model.Operation, variants []*model.Operation, o source.OpRef) {
		if o.Op == nil {
			call.Skipped = "the spec has no such path"
			out = append(out, call)
			return
		}
		out = append(out, answers(call, op, variants, o)...)
	})
	return out
}

// A Body is an operation that takes JSON, with the schema of that.
type Body struct {
	Call     drive.Call
	Schema   *openapi3.SchemaRef
	Examples []any // that the spec gives
}

// Bodies returns the operations that take JSON, with arguments, but for variants: another body is
// another operation's.
func Bodies(doc *source.Document, api *model.API) []Body {
	var out []Body
	each(doc, api, func(call drive.Call, op *model.Operation, variants []*model.Operation, o source.OpRef) {
		if o.Op == nil || op.Body == nil || op.Body.Kind != model.JSON || len(variants) > 1 || o.Op.RequestBody.Value.Content[op.Body.Media] == nil {
			return
		}
		if arguments(&call, op, variants, o) == "" {
			mt := o.Op.RequestBody.Value.Content[op.Body.Media]
			out = append(out, Body{call, mt.Schema, examples(mt)})
		}
	})
	return out
}

// examples are those of a body, whole ones alone.
func examples(mt *openapi3.MediaType) []any {
	var out []any
	if mt.Example != nil {
		out = append(out, mt.Example)
	}
	for _, name := range slices.Sorted(maps.Keys(mt.Examples)) {
		if e := mt.Examples[name]; e.Value != nil && e.Value.Value != nil {
			out = append(out, e.Value.Value)
		}
	}
	if mt.Schema != nil && mt.Schema.Value != nil && mt.Schema.Value.Example != nil {
		out = append(out, mt.Schema.Value.Example)
	}
	return out
}

// each gives every operation with the variants of the same path, and what the document says of it.
func each(doc *source.Document, api *model.API, f func(call drive.Call, op *model.Operation, variants []*model.Operation, o source.OpRef)) {
	type key struct{ method, path string }
	ops := make(map[key]source.OpRef)
	byID := make(map[string]source.OpRef)
	for _, o := range doc.Operations() {
		ops[key{o.Method, o.Path}] = o
		byID[o.Op.OperationID] = o
	}
	variants := make(map[key][]*model.Operation)
	for _, op := range api.Operations {
		at := key{op.HTTPMethod, op.Path}
		variants[at] = append(variants[at], op)
	}
	for _, g := range api.Groups {
		for _, op := range g.Operations {
			o, ok := ops[key{op.HTTPMethod, op.Path}]
			if !ok {
				o = byID[op.Operation]
			}
			f(drive.Call{Operation: op.ID, Group: g.Field, Method: op.Method, Status: op.Result.Status}, op, variants[key{op.HTTPMethod, op.Path}], o)
		}
	}
}

// answers are an operation's calls with the same arguments: by each of its methods for each answer,
// and for each error.
func answers(call drive.Call, op *model.Operation, variants []*model.Operation, o source.OpRef) []drive.Call {
	out := successes(call, op, variants, o)
	for _, m := range op.Media {
		one := call
		one.Method = m.Method
		if m.Handler == "" {
			one.Serves = op.Method
		}
		out = append(out, successes(one, op.As(m), variants, o)...)
	}
	if why := arguments(&call, op, variants, o); why != "" || op.HTTPMethod == http.MethodHead {
		return out
	}
	codes := slices.Sorted(maps.Keys(o.Op.Responses.Map()))
	for _, code := range codes {
		status := refusal(code, codes)
		if status == 0 {
			continue
		}
		one := call
		one.Status, one.Result, one.Member = status, nil, ""
		one.Error, one.Media = failure(o.Op.Responses.Value(code))
		one.Typed = one.Media != "" && slices.ContainsFunc(op.Errors, func(b model.ErrorBody) bool {
			return b.Status == status || b.Status == status/100 || b.Status == 0
		})
		declared(&one, op.ErrorHeaders, o.Op.Responses.Value(code))
		out = append(out, one)
	}
	return out
}

// refusal is the status of an error that a response describes: for a range or the default one that
// no other describes. It is 0 for successes.
func refusal(code string, codes []string) int {
	if status, err := strconv.Atoi(code); err == nil {
		if status < 400 {
			return 0
		}
		return status
	}
	for _, status := range []int{418, 451, 500, 507, 599} {
		class := strconv.Itoa(status / 100)
		if slices.Contains(codes, strconv.Itoa(status)) || strings.EqualFold(code, "default") && slices.Contains(codes, class+"XX") {
			continue
		}
		if strings.EqualFold(code, class+"XX") || strings.EqualFold(code, "default") {
			return status
		}
	}
	return 0
}

// successes are the calls of one method.
func successes(call drive.Call, op *model.Operation, variants []*model.Operation, o source.OpRef) []drive.Call {
	if why := arguments(&call, op, variants, o); why != "" {
		call.Skipped = why
		return []drive.Call{call}
	}
	var out []drive.Call
	if op.HTTPMethod == http.MethodHead {
		return append(out, call) // answers have no bodies
	}
	if op.Result.Struct == "" {
		call.Skipped = result(&call, op, o, op.Result.Status, false, op.Result.Kind, op.Result.Media)
		return append(out, call)
	}
	for _, m := range op.Result.Members {
		one := call
		one.Status = m.Status
		one.Member = m.Name
		if m.Name == "" {
			one.Member = "-"
		}
		one.Skipped = result(&one, op, o, m.Status, m.Range, m.Kind, m.Media)
		out = append(out, one)
	}
	return out
}

// declared gives a call's answer values of the headers that the response declares.
func declared(call *drive.Call, h *model.Headers, ref *openapi3.ResponseRef) {
	if h == nil || ref == nil || ref.Value == nil {
		return
	}
	for _, f := range h.Fields {
		for name, header := range ref.Value.Headers {
			if !strings.EqualFold(name, f.Name) || header.Value == nil || strings.EqualFold(name, "Content-Length") { // the server's own
				continue
			}
			schema := header.Value.Schema
			for _, mt := range header.Value.Content {
				schema = mt.Schema
			}
			if value, ok := made(&sample.Maker{}, schema, parameterKind); ok {
				if call.Fields == nil {
					call.Headers, call.Fields = h.Type, make(map[string]json.RawMessage)
				}
				call.Fields[f.Field] = value
			}
		}
	}
	for _, f := range h.Fields {
		if f.Required && call.Fields[f.Field] == nil { // of another response
			call.Headers, call.Fields = "", nil
			return
		}
	}
}

// parameterKind is that of values outside of bodies.
const parameterKind model.BodyKind = "parameter"

// failure is the body of an answer that is an error.
func failure(ref *openapi3.ResponseRef) (body json.RawMessage, media string) {
	const nothing = `{}`
	if ref == nil || ref.Value == nil || ref.Value.Content["application/json"] == nil {
		return json.RawMessage(nothing), ""
	}
	value, ok := (&sample.Maker{}).Value(ref.Value.Content["application/json"].Schema)
	text, err := json.Marshal(value)
	if !ok || err != nil {
		return json.RawMessage(nothing), ""
	}
	return text, "application/json"
}

func result(call *drive.Call, op *model.Operation, o source.OpRef, status int, any2xx bool, kind model.BodyKind, media string) (why string) {
	ref := o.Op.Responses.Value(strconv.Itoa(status))
	for _, code := range []string{strconv.Itoa(status/100) + "XX", "default"} {
		if ref == nil || any2xx && code != "default" {
			ref = o.Op.Responses.Value(code)
		}
	}
	declared(call, op.Headers, ref)
	if kind == model.Empty {
		call.Result = nil
		return ""
	}
	var schema *openapi3.SchemaRef
	if ref != nil && ref.Value != nil {
		if mt := ref.Value.Content[media]; mt != nil {
			schema = mt.Schema
		}
	}
	value, ok := made(&sample.Maker{}, schema, kind)
	if !ok {
		return "no value of the answer was found"
	}
	call.Result, call.Lossless = value, kind == model.JSON
	return ""
}

func made(m *sample.Maker, schema *openapi3.SchemaRef, kind model.BodyKind) (json.RawMessage, bool) {
	m.Form = kind == model.Form || kind == model.Multipart || kind == parameterKind
	if kind == model.Binary {
		return json.RawMessage(`"some bytes"`), true
	}
	value, ok := m.Value(schema)
	text, err := json.Marshal(value)
	if _, is := value.(string); kind == model.Text && !is {
		text, err = json.Marshal(string(text))
	}
	return text, ok && err == nil
}

// arguments are the path's values, the body and the other parameters, as methods take them.
func arguments(call *drive.Call, op *model.Operation, variants []*model.Operation, o source.OpRef) (why string) {
	m := &sample.Maker{Sent: true}
	for _, p := range op.Args {
		value, ok := made(m, parameter(o, p), parameterKind)
		if !ok {
			return "no value of " + p.Name + " was found"
		}
		call.Args = append(call.Args, drive.Arg{Value: spelt(value, op, p)})
	}
	if op.Body != nil {
		arg, ok := body(m, op.Body, o)
		if !ok {
			return "no value of the body was found"
		}
		arg.Value = suits(arg.Value, op, variants)
		call.Args, call.Whole = append(call.Args, arg), op.Body.Kind == model.JSON
	}
	if op.ParamsType != "" {
		fields := make(map[string]json.RawMessage)
		for _, p := range op.Fields {
			value, ok := made(m, parameter(o, p), parameterKind)
			if !ok && p.Required {
				return "no value of " + p.Name + " was found"
			}
			if ok {
				fields[p.Field] = spelt(value, op, p)
			}
		}
		call.Args = append(call.Args, drive.Arg{Fields: fields})
	}
	return ""
}

func parameter(o source.OpRef, p *model.Param) *openapi3.SchemaRef {
	for _, list := range []openapi3.Parameters{o.Op.Parameters, o.Item.Parameters} {
		for _, ref := range list {
			if v := ref.Value; v == nil || v.In != string(p.In) || v.Name != p.Name {
				continue
			}
			for _, mt := range ref.Value.Content {
				return mt.Schema
			}
			return ref.Value.Schema
		}
	}
	return nil
}

func body(m *sample.Maker, b *model.Body, o source.OpRef) (drive.Arg, bool) {
	var schema *openapi3.SchemaRef
	if mt := o.Op.RequestBody.Value.Content[b.Media]; mt != nil {
		schema = mt.Schema
	}
	value, ok := made(m, schema, b.Kind)
	if !ok || b.Kind != model.Multipart {
		return drive.Arg{Value: value}, ok
	}
	rest := make(map[string]json.RawMessage)
	if json.Unmarshal(value, &rest) != nil {
		return drive.Arg{}, false
	}
	files := make(map[string]json.RawMessage)
	for _, f := range b.Files {
		delete(rest, f.Name)
		files[f.Field] = json.RawMessage(`"some bytes"`)
	}
	value, err := json.Marshal(rest)
	return drive.Arg{Value: value, Fields: files}, err == nil
}
