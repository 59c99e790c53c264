package main

import (
	"errors"
	"os"
	"slices"

	"github.com/limitgen/limitgen/generator/manifest"
	"github.com/limitgen/limitgen/generator/source"
)

const overlayUsage = "`FILE` that changes the spec: x-rate-limits and paths, or an OpenAPI Overlay"

const strictUsage = "treat an operation that no label rule matches as an error"

func checkOverlays(paths []string) error {
	if slices.Contains(paths, manifest.Stdin) {
		return errors.New("--overlay takes a file; standard input is for the spec alone")
	}
	return nil
}

// readOverlays reads files that change a spec.
func readOverlays(paths []string) ([]source.File, error) {
	var out []source.File
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		out = append(out, source.File{Name: path, Data: data})
	}
	return out, nil
}

func overlayHashes(files []source.File) []string {
	var out []string
	for _, f := range files {
		out = append(out, manifest.HashSpec(f.Data))
	}
	return out
}

// changedOverlays returns the names of overlays whose text is not what a manifest records.
func changedOverlays(files []source.File, m *manifest.Manifest) []string {
	var out []string
	for i, hash := range overlayHashes(files) {
		if i >= len(m.OverlaySHA256) || m.OverlaySHA256[i] != hash {
			out = append(out, files[i].Name)
		}
	}
	return out
}
