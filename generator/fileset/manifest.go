package fileset

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// ManifestName is the file that records how a folder was generated.
const ManifestName = "limitgen.json"

// Record renders the manifest of a folder: JSON with a member "files", which lists names and
// hashes, and further data that this package does not interpret.
type Record interface {
	// Encode renders the manifest that lists files, which are hashes by name.
	Encode(files map[string]string) ([]byte, error)
	// Respell renders what a manifest says once more, in the one way that a run does.
	Respell(data []byte) ([]byte, error)
}

// listed returns the hashes of the files that a manifest lists, by name. One that cannot be read
// lists nothing.
func listed(manifest []byte) map[string]string {
	var m struct {
		Files map[string]string `json:"files"`
	}
	if json.Unmarshal(manifest, &m) != nil {
		return nil
	}
	return m.Files
}

// encode renders the manifest of files.
func encode(r Record, files []File) ([]byte, error) {
	hashes := make(map[string]string, len(files))
	for _, f := range files {
		hashes[f.Name] = hash(f.Data)
	}
	return r.Encode(hashes)
}

// unixLines turns CRLF into LF.
func unixLines(data []byte) []byte {
	return bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// ownManifest reports whether a file of the manifest's name is one: it has limitgen's members, even
// if a merge left it unreadable, or it is empty. A limitgen.json of another origin is not.
func ownManifest(data []byte) bool {
	return len(bytes.TrimSpace(data)) == 0 || bytes.Contains(data, []byte(Header))
}
