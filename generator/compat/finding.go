package compat

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/diag"
)

// Kind is what changed, as an id that stays.
type Kind string

// Finding is one change from one version of a spec to another.
type Finding struct {
	Kind       Kind
	Severity   diag.Severity // Error breaks callers, Warning may, Note does not
	Old, New   diag.Position // what is on one side only has the place around it on the other
	Limit      string        // the limit that changed, or ""
	Operations []string      // those that it is about; by their new names where they have one
	Was, Is    string        // in words; "" where there was or is nothing
	Text       string        // what changed, in a sentence
	Caller     string        // what it means for a program that was built before
	Server     string        // what it means for a server that was built before
}

// Diagnostic is the finding as the printers of package diag take it.
func (f Finding) Diagnostic() diag.Diagnostic {
	return diag.Diagnostic{
		Pos: f.New, Was: f.Old, Severity: f.Severity, Rule: string(f.Kind),
		Message: fmt.Sprintf("%s; callers: %s; servers: %s (was %s)", f.Text, f.Caller, f.Server, f.Old),
	}
}

// Breaks reports whether any finding breaks callers.
func Breaks(list []Finding) bool {
	return slices.ContainsFunc(list, func(f Finding) bool { return f.Severity == diag.Error })
}

// order sorts findings: what breaks first, then by place in the new file, then by kind.
func order(list []Finding) []Finding {
	slices.SortStableFunc(list, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(a.Severity, b.Severity),
			cmp.Compare(a.New.Line, b.New.Line),
			cmp.Compare(a.New.Col, b.New.Col),
			cmp.Compare(a.Kind, b.Kind),
			cmp.Compare(a.Text, b.Text),
		)
	})
	return list
}

// wording is what a verdict means for programs that were built before the change.
type wording struct {
	head, caller, server string
}

// worded are the sentences about limits, which check, breaking and changelog share.
var worded = map[verdict]wording{
	looser: {"limit raised",
		"clients built from the old spec do not use the extra quota",
		"servers built from the old spec reject requests that are within the limit now"},
	tighter: {"limit lowered",
		"clients built from the old spec will be rejected (429)",
		"servers built from the old spec admit more than the limit"},
	mixed: {"limit lowered at one pace and raised at another",
		"clients built from the old spec may be rejected (429)",
		"servers built from the old spec admit more than the limit at one pace and reject requests within it at another"},
	other: {"counted differently",
		"clients built from the old spec may be rejected (429)",
		"servers built from the old spec count something else"},
}

// severity of a change of what callers are held to.
func (v verdict) severity() diag.Severity {
	if v.harms() {
		return diag.Error
	}
	return diag.Note
}

// listed names some operations and counts the others.
func listed(operations []string) string {
	text := strings.Join(operations[:min(named, len(operations))], ", ")
	if more := len(operations) - named; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// subject is "operation a" or "operations a, b".
func subject(operations []string) string {
	if len(operations) == 1 {
		return "operation " + operations[0]
	}
	return "operations " + listed(operations)
}

// named is how many operations a line names.
const named = 3
