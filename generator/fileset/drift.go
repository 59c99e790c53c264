package fileset

import (
	"bytes"

	"github.com/rogpeppe/go-internal/diff"
)

// Kind says how a file differs from the result of a run.
type Kind string

// Modified says that the file changed since it was written, OutOfDate that its input did. The
// recorded hash decides only between these two.
const (
	Missing   Kind = "missing"
	Modified  Kind = "modified"
	OutOfDate Kind = "out of date"
	Stale     Kind = "stale"
)

// Drift is one file that a run would change.
type Drift struct {
	Name string // relative to the folder
	Path string // as the system spells it
	Kind Kind
	Note string // a further remark, or ""
	// Refused means that a run will not repair it until the file is moved away.
	Refused  bool
	Old, New []byte
}

// Drift lists every file that a run would write, remove or refuse, the manifest last.
func (p *Plan) Drift() []Drift {
	var out []Drift
	for _, s := range p.steps {
		if !s.changes() {
			continue
		}
		d := Drift{
			Name: s.name, Path: p.path(s.name), Note: s.refusal, Refused: s.refusal != "", Old: s.had,
			New: s.want,
		}
		switch {
		case d.Refused && s.want == nil:
			d.Kind = Stale
		case d.Refused:
			d.Kind = Modified
		case s.had == nil:
			d.Kind = Missing
		case s.want == nil:
			d.Kind = Stale
			if isTemporary(s.name) {
				d.Note = "an interrupted run left it"
			}
		case onlyLineEnds(s):
			d.Kind, d.Note = Modified, "it differs only in its line ends: keep the folder at LF in .gitattributes"
		case s.name == ManifestName:
			d.Kind, d.Note = p.manifestDrift(s, len(out) > 0)
		case s.recorded == hash(s.had):
			d.Kind = OutOfDate
		case p.unfinished[hash(s.had)]:
			d.Kind, d.Note = OutOfDate, "an interrupted run wrote it"
		default:
			d.Kind = Modified
		}
		out = append(out, d)
	}
	return out
}

// onlyLineEnds reports whether a file differs only by a checkout that turned LF into CRLF.
func onlyLineEnds(s step) bool {
	return bytes.Equal(unixLines(s.had), s.want)
}

// manifestDrift distinguishes an outdated manifest from an edited one: the former has the form that
// a run writes, and some file differs too.
func (p *Plan) manifestDrift(s step, others bool) (Kind, string) {
	again, err := p.record.Respell(s.had)
	switch {
	case err != nil:
		return Modified, err.Error()
	case others && bytes.Equal(again, s.had):
		return OutOfDate, ""
	}
	return Modified, ""
}

// UnifiedDiff shows the change from old to new, or nothing when they are equal.
func UnifiedDiff(oldName string, old []byte, newName string, new []byte) []byte {
	return diff.Diff(oldName, old, newName, new)
}
