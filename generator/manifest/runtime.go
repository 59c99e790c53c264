package manifest

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/limitgen/limitgen/generator/fileset"
)

// Runtime is the manifest of a folder with packages that several outputs import.
type Runtime struct {
	// Users are the names of the packages that each output needs, by the output's path from the
	// folder, with forward slashes.
	Users   map[string][]string
	Version string // as a Manifest's
}

// shared is such a manifest as it is in its file.
type shared struct {
	Generated string              `json:"generated"`
	Users     map[string][]string `json:"users"`
	Version   string              `json:"version,omitempty"`
	Files     map[string]string   `json:"files"`
}

// IsRuntime reports whether a manifest is that of a shared folder, also where a merge left it
// unreadable.
func IsRuntime(data []byte) bool {
	var members map[string]json.RawMessage
	if json.Unmarshal(data, &members) == nil {
		return members["users"] != nil && members["arguments"] == nil
	}
	return bytes.Contains(data, []byte(`"users"`)) && !bytes.Contains(data, []byte(`"arguments"`))
}

// Parse reads a manifest of a shared folder.
func (r *Runtime) Parse(data []byte) error {
	var s shared
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("not valid JSON: %w", err)
	}
	r.Users, r.Version = s.Users, s.Version
	return nil
}

// Encode renders the manifest for files, which are hashes by name.
func (r *Runtime) Encode(files map[string]string) ([]byte, error) {
	return shared{Users: r.Users, Version: r.Version, Files: files}.encode()
}

// Respell renders what a manifest says once more.
func (r *Runtime) Respell(data []byte) ([]byte, error) {
	var s shared
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("not valid JSON: %w", err)
	}
	return s.encode()
}

func (s shared) encode() ([]byte, error) {
	s.Generated = fileset.Header
	if !IsRelease(s.Version) {
		s.Version = ""
	}
	return spell(s)
}

// spell renders a manifest as JSON that people read.
func spell(manifest any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(manifest); err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	return b.Bytes(), nil
}
