package analyze

import (
	"errors"
	"maps"
	"mime"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/limitgen/limitgen/generator/diag"
)

const ruleExample = "example-mismatch"

// Examples reports examples of JSON bodies and of parameters that are not what their schema says: a
// server refuses such a request, so one of the two is wrong.
func (a *Analysis) Examples() diag.List {
	x := &exampleReader{a: a, seen: make(map[string]bool)}
	for _, op := range a.Doc.Operations() {
		if op.Item != nil {
			x.parameters(op.Pointer[:len(op.Pointer)-1], op.Item.Parameters)
		}
		x.parameters(op.Pointer, op.Op.Parameters)
		if body := op.Op.RequestBody; body != nil && body.Value != nil {
			x.contents(placeOf(body.Ref, join(op.Pointer, "requestBody")), "the body", body.Value.Content,
				inRequest)
		}
		if op.Op.Responses == nil {
			continue
		}
		for _, code := range slices.Sorted(maps.Keys(op.Op.Responses.Map())) {
			if res := op.Op.Responses.Value(code); res != nil && res.Value != nil {
				ptr := placeOf(res.Ref, join(op.Pointer, "responses", code))
				x.contents(ptr, "the answer "+code, res.Value.Content, inAnswer)
			}
		}
	}
	return x.diags
}

// exampleReader collects what it finds.
type exampleReader struct {
	a     *Analysis
	seen  map[string]bool // places that several operations refer to
	diags diag.List
}

// inRequest and inAnswer judge a value as one that goes in a direction: what is only read need not
// be in a request, nor what is only written in an answer. Where it is, neither side refuses it.
var (
	inRequest = []openapi3.SchemaValidationOption{
		openapi3.VisitAsRequest(), openapi3.DisableReadOnlyValidation(),
	}
	inAnswer = []openapi3.SchemaValidationOption{
		openapi3.VisitAsResponse(), openapi3.DisableWriteOnlyValidation(),
	}
)

// placeOf is the pointer to what a reference leads to, or to where it stands if it is none.
func placeOf(ref string, ptr []string) []string {
	if to := refPointer(ref); to != nil {
		return to
	}
	return ptr
}

func (x *exampleReader) parameters(base []string, list openapi3.Parameters) {
	for i, p := range list {
		if p != nil && p.Value != nil {
			ptr := placeOf(p.Ref, join(base, "parameters", itoa(i)))
			e := exampleAt{x, ptr, "the parameter " + p.Value.Name, inRequest}
			e.check(p.Value.Schema, p.Value.Example, p.Value.Examples)
		}
	}
}

func (x *exampleReader) contents(
	ptr []string, what string, all openapi3.Content, as []openapi3.SchemaValidationOption,
) {
	for _, media := range slices.Sorted(maps.Keys(all)) {
		kind, _, err := mime.ParseMediaType(media)
		if mt := all[media]; mt != nil && err == nil &&
			(kind == "application/json" || strings.HasSuffix(kind, "+json")) {
			e := exampleAt{x, join(ptr, "content", media), what, as}
			e.check(mt.Schema, mt.Example, mt.Examples)
		}
	}
}

// exampleAt is a place with examples.
type exampleAt struct {
	*exampleReader

	ptr  []string
	what string
	as   []openapi3.SchemaValidationOption
}

func (e exampleAt) check(schema *openapi3.SchemaRef, one any, several openapi3.Examples) {
	key := strings.Join(e.ptr, "\x00")
	if schema == nil || schema.Value == nil || e.seen[key] {
		return
	}
	e.seen[key] = true
	if one != nil {
		e.judge(schema.Value, one, join(e.ptr, "example"))
	}
	for _, name := range slices.Sorted(maps.Keys(several)) {
		if x := several[name]; x != nil && x.Value != nil && x.Value.Value != nil {
			e.judge(schema.Value, x.Value.Value, join(placeOf(x.Ref, join(e.ptr, "examples", name)),
				"value"))
		}
	}
}

func (e exampleAt) judge(schema *openapi3.Schema, value any, ptr []string) {
	err := schema.VisitJSON(value, e.as...)
	if err == nil {
		return
	}
	reason := err.Error()
	var fault *openapi3.SchemaError
	if errors.As(err, &fault) {
		reason = fault.Reason
		if p := fault.JSONPointer(); len(p) > 0 {
			reason = "/" + strings.Join(p, "/") + ": " + reason
		}
	}
	const longest = 160
	reason = strings.Join(strings.Fields(reason), " ")
	if text := []rune(reason); len(text) > longest {
		reason = string(text[:longest]) + "…"
	}
	e.diags.Warnf(e.a.Doc.Pos(ptr...), ruleExample,
		"the example of %s is not what its schema says: %s", e.what, reason)
}
