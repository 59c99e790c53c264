package diag

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"
)

// gitlabFinding is an entry of a GitLab code quality report. GitLab shows what is in the report of
// a branch and not in that of its target, by fingerprint.
type gitlabFinding struct {
	Description string         `json:"description"`
	Check       string         `json:"check_name"`
	Fingerprint string         `json:"fingerprint"`
	Severity    string         `json:"severity"`
	Location    gitlabLocation `json:"location"`
}

type gitlabLocation struct {
	Path  string      `json:"path"`
	Lines gitlabLines `json:"lines"`
}

type gitlabLines struct {
	Begin int `json:"begin"`
}

// GitLab prints a code quality report. A fingerprint is of the file, the rule and the message, and
// not of the line, so that a finding which an edit above it moves is not a new one.
func GitLab(w io.Writer, l List) error {
	severity := map[Severity]string{Error: "critical", Warning: "minor", Note: "info"}
	out := make([]gitlabFinding, 0, len(l))
	seen := map[string]int{}
	for _, d := range l {
		id := d.Pos.File + "\x00" + d.Rule + "\x00" + d.Message
		seen[id]++
		sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", id, seen[id]))
		out = append(out, gitlabFinding{
			Description: d.Message, Check: d.Rule, Fingerprint: hex.EncodeToString(sum[:16]),
			Severity: severity[d.Severity], Location: gitlabLocation{
				filepath.ToSlash(d.Pos.File), gitlabLines{max(1, d.Pos.Line)},
			},
		})
	}
	return encode(w, out)
}
