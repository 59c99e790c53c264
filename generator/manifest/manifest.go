// Package manifest is the record of a run beside its output: its arguments, the spec's hash, the
// limits of callers, and a hash of each file. Hashes and versions are only there, so that headers
// do not change from run to run.
//
// Nothing in a manifest is trusted: check repeats the run with its arguments and compares bytes. It
// cannot detect an edit of the arguments together with all resulting files, since a run with those
// arguments would have written the same.
package manifest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"

	"github.com/limitgen/limitgen/generator/fileset"
)

// Manifest says how a folder was generated.
type Manifest struct {
	Arguments Arguments
	// SpecSHA256 is of the spec with CRLF as LF. It is informative: a spec that changed without a
	// change of the output is not drift.
	SpecSHA256 string
	// OverlaySHA256 are likewise those of the overlays, in their order.
	OverlaySHA256 []string
	// PartsSHA256 are those of other files that the spec refers to, by name from the spec's folder.
	PartsSHA256 map[string]string
	Version     string // the tool's, and only a release's, so that builds from a checkout change nothing
	Terms       Terms
}

// written is a manifest as it is in its file.
type written struct {
	Generated     string            `json:"generated"` // fileset.Header, so that people and we know the file
	Arguments     json.RawMessage   `json:"arguments"`
	SpecSHA256    string            `json:"spec_sha256"`
	OverlaySHA256 []string          `json:"overlay_sha256,omitempty"`
	PartsSHA256   map[string]string `json:"parts_sha256,omitempty"`
	Version       string            `json:"version,omitempty"`
	Terms         Terms             `json:"terms"`
	Files         map[string]string `json:"files"` // name to SHA-256
}

// Parse reads a manifest, its arguments into those that m has. What it accepts may still have been
// edited: only comparing bytes with the output of a run can detect that.
func (m *Manifest) Parse(data []byte) error {
	var w written
	if err := json.Unmarshal(data, &w); err != nil {
		return fmt.Errorf("not valid JSON: %w", err)
	}
	if len(w.Arguments) == 0 {
		return errIncomplete
	}
	m.SpecSHA256, m.OverlaySHA256, m.PartsSHA256 = w.SpecSHA256, w.OverlaySHA256, w.PartsSHA256
	m.Version, m.Terms = w.Version, w.Terms
	return m.Arguments.UnmarshalJSON(w.Arguments)
}

// Encode renders the manifest for files, which are hashes by name.
func (m *Manifest) Encode(files map[string]string) ([]byte, error) {
	args, err := m.Arguments.MarshalJSON()
	if err != nil {
		return nil, err
	}
	w := written{
		Arguments: args, SpecSHA256: m.SpecSHA256, OverlaySHA256: m.OverlaySHA256,
		PartsSHA256: m.PartsSHA256, Version: m.Version, Terms: m.Terms, Files: files,
	}
	return w.encode()
}

// Respell renders the content of a manifest again.
func (m *Manifest) Respell(data []byte) ([]byte, error) {
	var w written
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, fmt.Errorf("not valid JSON: %w", err)
	}
	return w.encode()
}

// encode spells a manifest in the one way that a run does. Malformed parts are left out, so that an
// edited manifest never equals the expected one.
func (w written) encode() ([]byte, error) {
	w.Generated = fileset.Header
	if !hashForm.MatchString(w.SpecSHA256) {
		w.SpecSHA256 = ""
	}
	if slices.ContainsFunc(w.OverlaySHA256, func(h string) bool { return !hashForm.MatchString(h) }) {
		w.OverlaySHA256 = nil
	}
	for _, hash := range w.PartsSHA256 {
		if !hashForm.MatchString(hash) {
			w.PartsSHA256 = nil
			break
		}
	}
	if !IsRelease(w.Version) {
		w.Version = ""
	}
	return spell(w)
}

// HashSpec returns the recorded hash of a spec: checkouts with CRLF have the same one.
func HashSpec(data []byte) string {
	sum := sha256.Sum256(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")))
	return hex.EncodeToString(sum[:])
}

var (
	hashForm    = regexp.MustCompile(`^[0-9a-f]{64}$`)
	releaseForm = regexp.MustCompile(`^v(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$`)
)

// IsRelease reports whether a version is a released one: vX.Y.Z and nothing after it.
func IsRelease(version string) bool { return releaseForm.MatchString(version) }
