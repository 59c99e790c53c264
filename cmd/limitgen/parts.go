package main

import (
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/manifest"
	"github.com/limitgen/limitgen/generator/source"
)

// maxPart bounds the size of a file that a spec refers to.
const maxPart = 64 << 20

// partsOf returns what reads the files that a spec, or an overlay of it, refers to: from disk, or
// from the revision that the spec is read from. Findings and output quote what is read, so a spec
// in a repository reaches only files there, and those of the repositories or folders of its
// overlays. Without a repository there is no such bound.
func partsOf(spec string, overlays []source.File) source.Reader {
	inside := []string{repositoryOf(spec)}
	for _, f := range overlays {
		root := repositoryOf(f.Name)
		if folder, err := manifest.RealPath(filepath.Dir(f.Name)); root == "" && err == nil {
			root = folder
		}
		inside = append(inside, root)
	}
	return func(name string) ([]byte, error) {
		if ref, path, ok := atRevision(name); ok {
			return gitShow(ref, path)
		}
		if real, err := manifest.RealPath(name); err == nil && !slices.ContainsFunc(inside, func(root string) bool { return within(root, real) }) {
			return nil, fmt.Errorf("it is outside of %s, the repository of the spec; copy it there", inside[0])
		}
		return readPart(name)
	}
}

// repositoryOf returns the real path of the folder at or above a file's that has a .git; "" if
// there is none.
func repositoryOf(file string) string {
	folder, err := manifest.RealPath(filepath.Dir(file))
	for ; err == nil; folder = filepath.Dir(folder) {
		if _, none := os.Stat(filepath.Join(folder, ".git")); none == nil {
			return folder
		}
		if folder == filepath.Dir(folder) {
			break
		}
	}
	return ""
}

// within reports whether a real path is in a folder; all are in "".
func within(folder, name string) bool {
	return folder == "" || strings.HasPrefix(name, strings.TrimSuffix(folder, string(filepath.Separator))+string(filepath.Separator))
}

// readPart reads a file. A name in a spec must not open a device or a pipe, which may never end.
func readPart(name string) ([]byte, error) {
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
