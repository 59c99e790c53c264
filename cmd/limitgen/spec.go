package main

import (
	"io"
	"os"
	"path/filepath"
)

// stdinSpec is how the command line and manifests say "standard input".
const stdinSpec = "-"

// spec is an OpenAPI file as it was read.
type spec struct {
	name   string // in diagnostics
	source string // in the headers of generated files
	data   []byte
}

// readSpec reads a file, or standard input for "-".
func readSpec(path string, stdin io.Reader) (spec, error) {
	if path == stdinSpec {
		data, err := io.ReadAll(stdin)
		return spec{"<stdin>", "stdin", data}, err
	}
	data, err := os.ReadFile(path)
	return spec{path, filepath.Base(path), data}, err
}

// relativeSpec is a spec's path as a manifest records it: from the folder, with forward slashes.
// Links in the way are followed, so that it holds wherever the command is run.
func relativeSpec(out, path string) (string, error) {
	if path == stdinSpec {
		return stdinSpec, nil
	}
	folder, err := realPath(filepath.Dir(path))
	if err != nil {
		return "", err
	}
	base, err := realPath(out)
	if err != nil {
		return "", err
	}
	full := filepath.Join(folder, filepath.Base(path))
	rel, err := filepath.Rel(base, full)
	if err != nil {
		rel = full // another drive of Windows
	}
	return filepath.ToSlash(rel), nil
}

// recordedSpec is where a manifest in dir says that its spec is, as seen from here.
func recordedSpec(dir, recorded string) (string, error) {
	path := filepath.FromSlash(recorded)
	if !filepath.IsAbs(path) {
		base, err := realPath(dir)
		if err != nil {
			return "", err
		}
		path = filepath.Join(base, path)
	}
	here, err := realPath(".")
	if err != nil {
		return "", err
	}
	if rel, err := filepath.Rel(here, path); err == nil {
		return rel, nil
	}
	return path, nil
}

// realPath is the absolute path without links. What does not exist yet has none.
func realPath(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		return real, nil
	}
	parent := filepath.Dir(abs)
	if parent == abs {
		return abs, nil
	}
	real, err := realPath(parent)
	return filepath.Join(real, filepath.Base(abs)), err
}
