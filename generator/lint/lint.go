// Package lint checks an analysed spec and its limits. Each rule is one short file with its id; no
// rule changes the spec.
package lint

import (
	"github.com/limitgen/limitgen/generator/analyze"
	"github.com/limitgen/limitgen/generator/diag"
)

// Check returns the findings of all rules, sorted.
func Check(a *analyze.Analysis) diag.List {
	l := &linter{Analysis: a}
	for _, rule := range []func(*linter){
		pathTemplates, ambiguousPaths, pathParameters, keyParameters, costExpressions, missing429,
		maxBesideMaxItems, unusedLimits, unmatchedVariants, nothingLimited,
		tableNames, originDocs, costKinds, credentials, costsAboveQuota, errorPointers, sharedFields,
		examples,
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
