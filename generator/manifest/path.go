package manifest

import (
	"os"
	"path/filepath"
)

// Stdin is how the command line and manifests say "standard input".
const Stdin = "-"

// Relative returns a path as a manifest in dir records it: from there, with forward slashes. Links
// in the way are followed, so that it holds for every working folder, and a folder has one name. A
// file keeps the name of a link to it.
func Relative(dir, path string) (string, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		if path, err = RealPath(path); err != nil {
			return "", err
		}
	}
	folder, err := RealPath(filepath.Dir(path))
	if err != nil {
		return "", err
	}
	base, err := RealPath(dir)
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

// FromHere returns where a path that a manifest in dir records leads, as seen from the working
// folder.
func FromHere(dir, recorded string) (string, error) {
	path := filepath.FromSlash(recorded)
	if !filepath.IsAbs(path) {
		base, err := RealPath(dir)
		if err != nil {
			return "", err
		}
		path = filepath.Join(base, path)
	}
	here, err := RealPath(".")
	if err != nil {
		return "", err
	}
	if rel, err := filepath.Rel(here, path); err == nil {
		return rel, nil
	}
	return path, nil
}

// RealPath returns the absolute path without links. What does not exist yet has none.
func RealPath(path string) (string, error) {
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
	real, err := RealPath(parent)
	return filepath.Join(real, filepath.Base(abs)), err
}
