// Package lint finds what is wrong with an analysed spec and its limits. Each rule is one short
// file with its id; none of them mends anything.
package lint

import (
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/limitgen/limitgen/generator/analyze"
	"github.com/limitgen/limitgen/generator/diag"
)

// Check returns the findings of all rules about a spec that was analysed, sorted.
func Check(a *analyze.Analysis) diag.List {
	l := &linter{Analysis: a}
	for _, rule := range []func(*linter){
		pathTemplates, ambiguousPaths, pathParameters, keyParameters, costExpressions, missing429,
		maxBesideMaxItems, unusedLimits, unmatchedVariants, nothingLimited,
		tableNames, originDocs, costKinds, credentials, costsAboveQuota, errorPointers,
	} {
		rule(l)
	}
	return l.diags.Sorted()
}

// linter is an analysed spec. Rules read it and add findings.
type linter struct {
	*analyze.Analysis
	diags diag.List
}

// bodies returns the schemas that the body may have, in the order of their media types. A variant's
// own request takes the place of the operation's. known is false if a schema is not given.
func (l *linter) bodies(u *analyze.Use) (schemas []*openapi3.SchemaRef, known bool) {
	body := u.Op.Op.RequestBody
	if v := u.Variant; v != nil && v.Request != "" {
		ref, schema := l.component(v.Request)
		if schema != nil {
			return []*openapi3.SchemaRef{schema}, true
		}
		body = ref
		if body == nil {
			return nil, false // the analysis says so
		}
	}
	if body == nil || body.Value == nil {
		return nil, true
	}
	for _, name := range slices.Sorted(maps.Keys(body.Value.Content)) {
		media := body.Value.Content[name]
		if media == nil || media.Schema == nil {
			return nil, false
		}
		schemas = append(schemas, media.Schema)
	}
	return schemas, true
}

// component returns the request body or schema that a local reference names.
func (l *linter) component(ref string) (*openapi3.RequestBodyRef, *openapi3.SchemaRef) {
	c := l.Doc.T.Components
	if c == nil {
		return nil, nil
	}
	kind, name := splitRef(ref)
	switch kind {
	case "requestBodies":
		return c.RequestBodies[name], nil
	case "schemas":
		return nil, c.Schemas[name]
	}
	return nil, nil
}
