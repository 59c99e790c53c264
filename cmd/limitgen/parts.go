package main

import (
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/manifest"
)

// maxPart bounds the size of a file that a spec refers to.
const maxPart = 64 << 20

// readPart reads a file that a spec refers to: from disk, or from the revision that the spec is
// read from. A name in a spec must not open a device or a pipe, which may never end.
func readPart(name string) ([]byte, error) {
	if ref, path, ok := atRevision(name); ok {
		return gitShow(ref, path)
	}
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", name)
	case info.Size() > maxPart:
		return nil, fmt.Errorf("%s is larger than %d MB", name, maxPart>>20)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxPart))
}

// partHashes returns the hashes of the spec's other files, by path relative to its folder.
func (j job) partHashes(result *generator.Result) map[string]string {
	if len(result.Parts) == 0 {
		return nil
	}
	out := make(map[string]string, len(result.Parts))
	for _, f := range result.Parts {
		out[j.fromSpec(f.Name)] = manifest.HashSpec(f.Data)
	}
	return out
}

// changedParts returns the names of the spec's other files that differ from the hashes in a
// manifest.
func (j job) changedParts(result *generator.Result, m *manifest.Manifest) []string {
	var out []string
	for _, f := range result.Parts {
		if m.PartsSHA256[j.fromSpec(f.Name)] != manifest.HashSpec(f.Data) {
			out = append(out, f.Name)
		}
	}
	return out
}

// fromSpec returns a file's path relative to the spec's folder, so that it does not depend on where
// limitgen runs.
func (j job) fromSpec(name string) string {
	if rel, err := filepath.Rel(path.Dir(filepath.ToSlash(j.spec.name)), name); err == nil {
		return filepath.ToSlash(rel)
	}
	return name
}
