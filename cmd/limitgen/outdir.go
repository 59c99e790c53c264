package main

import (
	"fmt"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/fileset"
	"github.com/limitgen/limitgen/generator/manifest"
)

// validOut rejects folders that cannot be meant for output: a file, the root of the file system and
// the home folder, which mistakes such as an unset variable in --out "$DIR/" lead to.
func validOut(flag, out string) error {
	if info, err := os.Stat(out); err == nil && !info.IsDir() {
		return fmt.Errorf("--%s %s is not a folder", flag, out)
	}
	real, err := manifest.RealPath(out)
	if err != nil {
		return err
	}
	if filepath.Dir(real) == real {
		return fmt.Errorf("--%s %s is the root of the file system; name a folder for the output", flag, out)
	}
	if home, err := os.UserHomeDir(); err == nil {
		if home, err = manifest.RealPath(home); err == nil && home == real {
			return fmt.Errorf("--%s %s is your home folder; name a folder for the output", flag, out)
		}
	}
	return nil
}

// foreignPackage names a Go file in out that belongs to another package than pkg, so that the
// folder would not compile with the output in it, or nothing. Files of ours are replaced, so they
// do not count.
func foreignPackage(out, pkg string) (file, name string) {
	entries, err := os.ReadDir(out)
	if err != nil {
		return "", "" // it does not exist yet; an unreadable one fails when written
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || filepath.Ext(e.Name()) != ".go" || strings.HasPrefix(e.Name(), ".") || strings.HasPrefix(e.Name(), "_") {
			continue
		}
		path := filepath.Join(out, e.Name())
		data, err := os.ReadFile(path)
		if err != nil || fileset.HasHeader(data) || ignored(string(data)) {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), e.Name(), data, parser.PackageClauseOnly)
		if err != nil || f.Name == nil {
			continue
		}
		name := f.Name.Name
		if strings.HasSuffix(e.Name(), "_test.go") {
			name = strings.TrimSuffix(name, "_test")
		}
		if name != pkg && name != "documentation" {
			return path, f.Name.Name
		}
	}
	return "", ""
}

// ignored reports whether a build constraint excludes a file from every build, as for a generator
// that is run by hand.
func ignored(text string) bool {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "package ") {
			return false
		}
		if !constraint.IsGoBuild(line) {
			continue
		}
		expr, err := constraint.Parse(line)
		return err == nil && !expr.Eval(func(tag string) bool { return tag != "ignore" })
	}
	return false
}

// unchecked returns the part of a path below the working folder that check skips, or "".
func unchecked(out string) string {
	if out == "" {
		return ""
	}
	here, err := manifest.RealPath(".")
	if err != nil {
		return ""
	}
	real, err := manifest.RealPath(out)
	if err != nil {
		return ""
	}
	rel, err := filepath.Rel(here, real)
	if err != nil || rel == "." {
		return ""
	}
	parts := strings.Split(filepath.ToSlash(rel), "/")
	if parts[0] == ".." {
		return ""
	}
	if i := slices.IndexFunc(parts, fileset.IsSkipped); i >= 0 {
		return parts[i]
	}
	return ""
}
