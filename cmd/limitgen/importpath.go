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
	"strconv"
	"strings"

	"github.com/limitgen/limitgen/generator/manifest"
)

// importPathOf is how Go imports a folder, after the nearest go.mod in it or above.
func importPathOf(dir string) (string, error) {
	folder, err := manifest.RealPath(dir)
	if err != nil {
		return "", err
	}
	for root := folder; ; root = filepath.Dir(root) {
		data, err := os.ReadFile(filepath.Join(root, "go.mod"))
		if errors.Is(err, fs.ErrNotExist) && root != filepath.Dir(root) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("no go.mod in or above %s says how to import it; give --import-path", dir)
		}
		module := modulePath(data)
		if module == "" {
			return "", fmt.Errorf("%s names no module; give --import-path", filepath.Join(root, "go.mod"))
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

// validImportPath accepts what Go does: elements of ASCII letters, digits and a few signs.
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
