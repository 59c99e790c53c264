package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/limitgen/limitgen/generator/emit"
	"github.com/limitgen/limitgen/generator/manifest"
)

// importPathOf returns a folder's import path by the nearest go.mod in it or above.
func importPathOf(dir string) (string, error) {
	root, module, err := moduleOf(dir)
	if err != nil {
		return "", err
	}
	folder, err := manifest.RealPath(dir)
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(root, folder)
	if err != nil {
		return "", err
	}
	name := path.Join(module, filepath.ToSlash(rel))
	if err := validImportPath(name); err != nil {
		return "", fmt.Errorf("%s cannot be imported: %w", dir, err)
	}
	return name, nil
}

// moduleOf finds the nearest go.mod in a folder or above, and returns its folder and module path.
func moduleOf(dir string) (root, module string, err error) {
	folder, err := manifest.RealPath(dir)
	if err != nil {
		return "", "", err
	}
	for root := folder; ; root = filepath.Dir(root) {
		data, err := os.ReadFile(filepath.Join(root, "go.mod"))
		if errors.Is(err, fs.ErrNotExist) && root != filepath.Dir(root) {
			continue
		}
		if err != nil {
			return "", "", fmt.Errorf("no go.mod in or above %s says how to import it; give --import-path", dir)
		}
		module := modulePath(data)
		if module == "" {
			return "", "", fmt.Errorf("%s names no module; give --import-path", filepath.Join(root, "go.mod"))
		}
		return root, module, nil
	}
}

// importPaths fills in the import paths of the output and of the run-time's folder, if anything
// imports them.
func (j *job) importPaths() (err error) {
	if !j.args.imported() {
		return nil
	}
	if j.importPath = j.args.importPath; j.importPath == "" {
		if j.importPath, err = importPathOf(j.args.out); err != nil {
			return err
		}
	}
	if j.args.runtime == "" {
		return nil
	}
	if err := validRuntime(j.args.out, j.args.runtime); err != nil {
		return err
	}
	j.runtimePath, err = j.args.runtimePath()
	return err
}

// runtimePath returns the import path of the --runtime folder. It follows from --import-path, if
// given.
func (a *arguments) runtimePath() (string, error) {
	if a.importPath == "" {
		return importPathOf(a.runtime)
	}
	out, err := manifest.RealPath(a.out)
	if err != nil {
		return "", err
	}
	dir, err := manifest.RealPath(a.runtime)
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(out, dir)
	if err != nil {
		return "", err
	}
	name := path.Join(a.importPath, filepath.ToSlash(rel))
	if validImportPath(name) != nil {
		return "", fmt.Errorf("--import-path %s says nothing of --runtime %s, which is further up than it has elements", a.importPath, a.runtime)
	}
	return name, nil
}

// validRuntime rejects folders for --runtime from which an output could not import packages.
func validRuntime(out, dir string) error {
	base, err := manifest.RealPath(out)
	if err != nil {
		return err
	}
	folder, err := manifest.RealPath(dir)
	if err != nil {
		return err
	}
	if base == folder {
		return fmt.Errorf("--runtime %s is the output; leave it out, or name a folder for the packages of several outputs", dir)
	}
	if name := filepath.Base(base); filepath.Dir(base) == folder && slices.Contains(emit.RuntimeNames(), name) {
		return fmt.Errorf("--out %s is where --runtime %s puts the package %s", out, dir, name)
	}
	outRoot, outModule, errOut := moduleOf(out)
	dirRoot, dirModule, errDir := moduleOf(dir)
	if errOut == nil && errDir == nil && outRoot != dirRoot {
		return fmt.Errorf("--runtime %s is in module %s, but --out %s in %s; packages of one module import each other without a version", dir, dirModule, out, outModule)
	}
	return visible(base, folder, dir)
}

// visible rejects folders that Go's rules for internal and vendor hide from an output.
func visible(out, folder, dir string) error {
	parts := strings.Split(filepath.ToSlash(folder), "/")
	for i, part := range parts {
		parent := strings.Join(parts[:i], "/") + "/"
		switch {
		case part == "internal" && !strings.HasPrefix(filepath.ToSlash(out)+"/", parent):
			return fmt.Errorf("--runtime %s is internal to %s, so the output cannot import it", dir, filepath.FromSlash(parent))
		case part == "vendor" && i > 0:
			return fmt.Errorf("--runtime %s is below a folder named vendor, which belongs to the go command", dir)
		}
	}
	return nil
}

// modulePath reads the module directive of a go.mod, or returns "".
func modulePath(data []byte) string {
	lines := bufio.NewScanner(bytes.NewReader(data))
	for lines.Scan() {
		line, _, _ := strings.Cut(lines.Text(), "//")
		words := strings.Fields(line)
		if len(words) != 2 || words[0] != "module" {
			continue
		}
		if quoted, err := strconv.Unquote(words[1]); err == nil {
			return quoted
		}
		return words[1]
	}
	return ""
}

// validImportPath accepts Go's import paths: elements of ASCII letters, digits and a few signs.
func validImportPath(name string) error {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-._~+/", r)
	}
	bad := strings.IndexFunc(name, func(r rune) bool { return !plain(r) })
	if name == "" || bad >= 0 || path.Clean(name) != name || strings.HasPrefix(name, "/") || strings.HasPrefix(name, ".") {
		return fmt.Errorf("%q is not an import path", name)
	}
	return nil
}
