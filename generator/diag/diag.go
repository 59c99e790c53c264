// Package diag holds findings about a spec: position, severity, rule and message. It does not
// depend on OpenAPI, so every other package can report through it.
package diag

import (
	"cmp"
	"fmt"
	"slices"
)

// Position is a place in a file. Line and Col count from 1; Line 0 means the whole file.
// Col counts characters, not bytes, as editors do.
type Position struct {
	File string
	Line int
	Col  int
}

// String returns file:line:col, or the file alone if the line is unknown.
func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Severity says whether a finding stops generation.
type Severity int

// Error stops generate; Warning does not. Both make lint exit with 1. Note is for information that
// is not a fault, such as most changes.
const (
	Error Severity = iota
	Warning
	Note
)

func (s Severity) String() string {
	switch s {
	case Warning:
		return "warning"
	case Note:
		return "note"
	}
	return "error"
}

// Diagnostic is one finding. Message is lower case without a full stop and says what to do.
type Diagnostic struct {
	Pos      Position
	Severity Severity
	Rule     string
	Message  string
	Was      Position // the position in an earlier version; none for most findings
}

// String returns the form that editors and terminals link: file:line:col: severity: message [rule].
func (d Diagnostic) String() string {
	return fmt.Sprintf("%s: %s: %s [%s]", d.Pos, d.Severity, d.Message, d.Rule)
}

// List gathers findings.
type List []Diagnostic

// Errorf adds an error.
func (l *List) Errorf(pos Position, rule, format string, args ...any) {
	*l = append(*l, Diagnostic{
		Pos: pos, Severity: Error, Rule: rule, Message: fmt.Sprintf(format, args...),
	})
}

// Warnf adds a warning.
func (l *List) Warnf(pos Position, rule, format string, args ...any) {
	*l = append(*l, Diagnostic{
		Pos: pos, Severity: Warning, Rule: rule, Message: fmt.Sprintf(format, args...),
	})
}

// HasErrors reports whether anything in the list stops generation.
func (l List) HasErrors() bool {
	return slices.ContainsFunc(l, func(d Diagnostic) bool { return d.Severity == Error })
}

// Sorted returns the list by position, then rule, then message, each finding once.
func (l List) Sorted() List {
	out := slices.Clone(l)
	slices.SortStableFunc(out, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.Pos.File, b.Pos.File),
			cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Col, b.Pos.Col),
			cmp.Compare(a.Rule, b.Rule),
			cmp.Compare(a.Message, b.Message),
		)
	})
	return slices.Compact(out)
}
