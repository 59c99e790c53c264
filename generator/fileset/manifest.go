package fileset

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
)

// ManifestName is the file that records how a folder was generated.
const ManifestName = "limitgen.json"

// Manifest says how a folder was generated. It is the one place for hashes and versions, so that
// no header changes from run to run.
//
// Nothing here is trusted: check runs again with the arguments and compares. What it cannot tell is
// an edit of the arguments together with all files that they lead to, for that is what a run with
// the other arguments would have written.
type Manifest struct {
	Generated string    `json:"generated"` // Header, so that people and we know the file
	Arguments Arguments `json:"arguments"`
	// SpecSHA256 is of the spec with CRLF as LF. It is informative: a spec that changed without a
	// change of the output is no drift.
	SpecSHA256 string `json:"spec_sha256"`
	// Version is the tool's, and only a release's, so that builds from a checkout change nothing.
	Version string            `json:"version,omitempty"`
	Terms   Terms             `json:"terms"`
	Files   map[string]string `json:"files"` // name to SHA-256
}

// Terms are what callers are held to, so that check can say what a change of the spec means for
// them.
type Terms struct {
	Limits map[string]LimitTerms `json:"limits,omitempty"` // by name
	// Uses are what one request counts, by the name of an operation or variant; "" is nothing.
	Uses map[string]string `json:"uses,omitempty"`
	// LeftOut are the names of limits that a target's files do not enforce, by target.
	LeftOut map[string][]string `json:"left_out,omitempty"`
}

// LimitTerms is one limit.
type LimitTerms struct {
	Quota  int64  `json:"quota"`
	Window int64  `json:"window,omitempty"` // seconds; 0 for requests at the same time
	Unit   string `json:"unit"`
	Per    string `json:"per,omitempty"` // names of keys; "" for one counter of all requests
	Burst  int64  `json:"burst,omitempty"`
	UTC    bool   `json:"utc,omitempty"`
}

// Arguments repeat the run. Spec is relative to the folder with forward slashes, or "-" for
// standard input.
type Arguments struct {
	Spec    string   `json:"spec"`
	Package string   `json:"package"`
	Emit    []string `json:"emit"`
	// Choices about configuration. What stands at its default is left out.
	AllowApproximate bool   `json:"allow_approximate,omitempty"`
	BasePath         string `json:"base_path,omitempty"`
	IdentityHeader   string `json:"identity_header,omitempty"`
	PlanHeader       string `json:"plan_header,omitempty"`
	Plan             string `json:"plan,omitempty"`
	NginxMode        string `json:"nginx_mode,omitempty"`
	HAProxySeconds   string `json:"haproxy_seconds,omitempty"`
	Keys             int    `json:"keys,omitempty"`
	APIName          string `json:"api_name,omitempty"`
	// Companions, and the import path of the package where it was given and not found.
	Observe    []string `json:"observe,omitempty"`
	Store      []string `json:"store,omitempty"`
	ImportPath string   `json:"import_path,omitempty"`
}

// ParseManifest reads a manifest. What it accepts may still be edited: only comparing bytes with
// what a run would write now tells.
func ParseManifest(data []byte) (Manifest, error) {
	var m Manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return Manifest{}, fmt.Errorf("not valid JSON: %w", err)
	}
	if m.Arguments.Spec == "" || m.Arguments.Package == "" || len(m.Arguments.Emit) == 0 {
		return Manifest{}, errors.New("arguments are incomplete")
	}
	return m, nil
}

// HashSpec is the recorded hash of a spec: checkouts with CRLF have the same one.
func HashSpec(data []byte) string { return hash(unixLines(data)) }

// unixLines turns CRLF into LF.
func unixLines(data []byte) []byte {
	return bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

var (
	hashForm    = regexp.MustCompile(`^[0-9a-f]{64}$`)
	releaseForm = regexp.MustCompile(`^v(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$`)
)

// IsRelease reports whether a version is a released one: vX.Y.Z and nothing after it.
func IsRelease(version string) bool { return releaseForm.MatchString(version) }

// encode renders the manifest for files.
func (m Manifest) encode(files []File) ([]byte, error) {
	m.Files = make(map[string]string, len(files))
	for _, f := range files {
		m.Files[f.Name] = hash(f.Data)
	}
	return m.render()
}

// render spells the manifest in the one way that a run does. What is malformed is left out, so
// that an edited manifest never equals the one that is expected in its place.
func (m Manifest) render() ([]byte, error) {
	m.Generated = Header
	if !hashForm.MatchString(m.SpecSHA256) {
		m.SpecSHA256 = ""
	}
	if !IsRelease(m.Version) {
		m.Version = ""
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(m); err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	return b.Bytes(), nil
}

// ownManifest reports whether a file of the manifest's name is one: it carries our words, even
// when a merge left it unreadable, or it is empty. Somebody else's limitgen.json is not.
func ownManifest(data []byte) bool {
	return len(bytes.TrimSpace(data)) == 0 || bytes.Contains(data, []byte(Header))
}
