package analyze

import (
	"errors"
	"maps"
	"mime"
	"slices"
	"strconv"
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
		for i, p := range op.Op.Parameters {
			if p.Value != nil {
				e := exampleAt{x, pointerTo(op.Pointer, p.Ref, "parameters", strconv.Itoa(i)), "the parameter " + p.Value.Name}
				e.check(p.Value.Schema, p.Value.Example, p.Value.Examples)
			}
		}
		if body := op.Op.RequestBody; body != nil && body.Value != nil {
			x.contents(pointerTo(op.Pointer, body.Ref, "requestBody"), "the body", body.Value.Content)
		}
		if op.Op.Responses == nil {
			continue
		}
		for _, code := range slices.Sorted(maps.Keys(op.Op.Responses.Map())) {
			if res := op.Op.Responses.Value(code); res != nil && res.Value != nil {
				x.contents(pointerTo(op.Pointer, res.Ref, "responses", code), "the answer "+code, res.Value.Content)
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

// pointerTo is the pointer to a part of an operation, or to what it refers to.
func pointerTo(base []string, ref string, path ...string) []string {
	if rest, ok := strings.CutPrefix(ref, "#/"); ok {
		return strings.Split(strings.NewReplacer("~1", "/", "~0", "~").Replace(rest), "/")
	}
	return append(slices.Clone(base), path...)
}

func (x *exampleReader) contents(ptr []string, what string, all openapi3.Content) {
	for _, media := range slices.Sorted(maps.Keys(all)) {
		kind, _, err := mime.ParseMediaType(media)
		if mt := all[media]; mt != nil && err == nil && (kind == "application/json" || strings.HasSuffix(kind, "+json")) {
			e := exampleAt{x, append(slices.Clone(ptr), "content", media), what}
			e.check(mt.Schema, mt.Example, mt.Examples)
		}
	}
}

// exampleAt is a place with examples.
type exampleAt struct {
	*exampleReader

	ptr  []string
	what string
}

func (e exampleAt) check(schema *openapi3.SchemaRef, one any, several openapi3.Examples) {
	key := strings.Join(e.ptr, "\x00")
	if schema == nil || schema.Value == nil || e.seen[key] {
		return
	}
	e.seen[key] = true
	if one != nil {
		e.judge(schema.Value, one, append(slices.Clone(e.ptr), "example"))
	}
	for _, name := range slices.Sorted(maps.Keys(several)) {
		if x := several[name]; x != nil && x.Value != nil && x.Value.Value != nil {
			e.judge(schema.Value, x.Value.Value, append(pointerTo(append(slices.Clone(e.ptr), "examples", name), x.Ref), "value"))
		}
	}
}

func (e exampleAt) judge(schema *openapi3.Schema, value any, ptr []string) {
	err := schema.VisitJSON(value)
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
	e.diags.Warnf(e.a.Doc.Pos(ptr...), ruleExample, "the example of %s is not what its schema says: %s", e.what, reason)
}
