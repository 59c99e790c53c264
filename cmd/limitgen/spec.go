package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

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
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%s does not exist%s", path, specsNear(path))
	}
	return spec{path, filepath.Base(path), data}, err
}

// specsNear suggests the file that a path may mean, or else says which ones there are.
func specsNear(path string) string {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return ", nor does its folder"
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() && slices.Contains(specFiles, strings.TrimPrefix(filepath.Ext(e.Name()), ".")) && e.Name() != settingsName {
			names = append(names, filepath.ToSlash(filepath.Join(filepath.Dir(path), e.Name())))
		}
	}
	const most = 5
	switch near := hint(filepath.ToSlash(path), "", names); {
	case near != "":
		return near
	case len(names) == 0:
		return "; 'limitgen init' writes a spec to start from"
	case len(names) > most:
		names = append(names[:most], "…")
	}
	return "; there is " + strings.Join(names, ", ")
}
