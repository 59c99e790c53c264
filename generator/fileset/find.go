package fileset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Found is the result of Find.
type Found struct {
	Dirs    []string // folders with a manifest
	Orphans []string // files with our header that no manifest lists
}

// Find looks for manifests in dir and below. It follows no symbolic links below dir and skips the
// folders that IsSkipped names.
//
// A manifest covers all files of its own folder and of the folders in which it lists files.
func Find(dir string) (Found, error) {
	var found Found
	if info, err := os.Stat(dir); err != nil {
		return found, err
	} else if !info.IsDir() {
		return found, fmt.Errorf("%s is not a folder", dir)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return found, err
	}
	defer root.Close()
	known := map[string]bool{}
	var ours []string
	spoken := map[string]bool{} // folders
	err = fs.WalkDir(root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && e.Name() != ManifestName:
			if name != "." && IsSkipped(e.Name()) {
				return fs.SkipDir
			}
		case e.Name() == ManifestName:
			spoken[path.Dir(name)] = true
			found.Dirs = append(found.Dirs, filepath.Join(dir, filepath.FromSlash(path.Dir(name))))
			data, _ := root.ReadFile(name) // an unreadable one lists nothing
			for file := range listed(data) {
				if validName(file) == nil {
					known[path.Join(path.Dir(name), file)] = true
					spoken[path.Join(path.Dir(name), path.Dir(file))] = true
				}
			}
			if e.IsDir() {
				return fs.SkipDir
			}
		case e.Type().IsRegular() && fileHasHeader(root, name):
			ours = append(ours, name)
		}
		return nil
	})
	if err != nil {
		var pathErr *fs.PathError
		if errors.As(err, &pathErr) {
			return found, fmt.Errorf("%s: %w", filepath.Join(dir, filepath.FromSlash(pathErr.Path)),
				pathErr.Err)
		}
		return found, err
	}
	for _, name := range ours {
		if !known[name] && !spoken[path.Dir(name)] {
			found.Orphans = append(found.Orphans, filepath.Join(dir, filepath.FromSlash(name)))
		}
	}
	slices.Sort(found.Dirs)
	return found, nil
}

// IsSkipped reports whether Find leaves out folders of this name: those that the go command ignores
// (testdata, and names that begin with a dot or an underscore), and vendor and node_modules, which
// contain copies of other projects' output.
func IsSkipped(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") ||
		name == "testdata" || name == "vendor" || name == "node_modules"
}
