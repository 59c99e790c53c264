package compat

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/diag"
)

// Kind is a stable id of a kind of change.
type Kind string

// Finding is one change from one version of a spec to another.
type Finding struct {
	Kind       Kind
	Severity   diag.Severity // Error breaks callers, Warning may, Note does not
	Old, New   diag.Position // a thing on one side only has the enclosing position on the other
	Limit      string        // the limit that changed, or ""
	Operations []string      // the operations concerned, by their new names if they have one
	Was, Is    string        // in words; "" if there was or is nothing
	Text       string        // what changed, in a sentence
	Caller     string        // the effect on clients built before the change
	Server     string        // the effect on servers built before the change
}

// Diagnostic converts the finding for the printers of package diag.
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

// order sorts findings by severity, position in the new file and kind.
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

// wording describes the effect of a verdict on programs built before the change.
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

// severity returns the severity of a changed limit.
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

// named bounds the operations that a line names.
const named = 3
