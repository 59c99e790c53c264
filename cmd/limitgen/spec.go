package main

import (
	"io"
	"os"
	"path/filepath"

	"github.com/limitgen/limitgen/generator/manifest"
)

// spec is an OpenAPI file.
type spec struct {
	name   string // in diagnostics
	source string // in the headers of generated files
	data   []byte
}

// readSpec reads a file, or standard input for "-".
func readSpec(path string, stdin io.Reader) (spec, error) {
	if path == manifest.Stdin {
		data, err := io.ReadAll(stdin)
		return spec{"<stdin>", "stdin", data}, err
	}
	data, err := os.ReadFile(path)
	return spec{path, filepath.Base(path), data}, err
}
