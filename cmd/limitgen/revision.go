package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/compat"
	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/manifest"
	"github.com/limitgen/limitgen/generator/model"
)

// readVersion reads one side of a comparison: a file, standard input, or REF:PATH. A file that is
// there is read, whatever its name looks like.
func readVersion(name string, s streams) (spec, error) {
	ref, path, ok := strings.Cut(name, ":")
	if name == manifest.Stdin || !ok || ref == "" || path == "" {
		return readSpec(name, s.in)
	}
	if _, err := os.Stat(name); err == nil {
		return readSpec(name, s.in)
	}
	data, err := gitShow(ref, path)
	return spec{name, filepath.Base(path), data}, err
}

// gitShow is a file as it was at a revision. A path that git would read from the top of the
// repository is read from here, as files are.
func gitShow(ref, path string) ([]byte, error) {
	path = filepath.ToSlash(path)
	if strings.HasPrefix(ref, "-") {
		return nil, fmt.Errorf("%q names no revision", ref)
	}
	if !filepath.IsAbs(path) && !strings.HasPrefix(path, ".") {
		path = "./" + path
	}
	return git("show", "--end-of-options", ref+":"+path)
}

// git runs git here and returns what it prints.
func git(args ...string) ([]byte, error) {
	cmd := exec.Command("git", args...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		if text := strings.TrimSpace(said.String()); text != "" {
			return nil, fmt.Errorf("git %s: %s", args[0], strings.TrimPrefix(text, "fatal: "))
		}
		return nil, fmt.Errorf("git %s: %w", args[0], err)
	}
	return out.Bytes(), nil
}

// compare reads both sides and returns what changed. With a code other than exitOK it has said why
// there is no comparison.
func (v verb) compare(s streams, old, new, basePath string) ([]compat.Finding, int) {
	if old == manifest.Stdin && new == manifest.Stdin {
		return nil, v.misuse(s, "only one of OLD and NEW can be standard input")
	}
	was, err := readVersion(old, s)
	if err != nil {
		return nil, v.fail(s, "%s", err)
	}
	is, err := readVersion(new, s)
	if err != nil {
		return nil, v.fail(s, "%s", err)
	}
	models, diags, err := loadModels(basePath, was, is)
	_ = s.style(s.err).Text(s.err, diags)
	if err != nil {
		return nil, v.fail(s, "%s", err)
	}
	return compat.Specs(models[0], models[1]), exitOK
}

// loadModels reads specs side by side. Of their findings only errors are told; lint tells the rest.
func loadModels(basePath string, specs ...spec) ([]*model.API, diag.List, error) {
	models := make([]*model.API, len(specs))
	found := make([]diag.List, len(specs))
	var all sync.WaitGroup
	for i, sp := range specs {
		all.Go(func() {
			o := generator.Options{Spec: sp.name, Data: sp.data}
			o.Config.BasePath = basePath
			models[i], found[i] = generator.Model(context.Background(), o)
		})
	}
	all.Wait()
	var errs diag.List
	for _, list := range found {
		for _, d := range list {
			if d.Severity == diag.Error {
				errs = append(errs, d)
			}
		}
	}
	if len(errs) > 0 {
		return nil, errs, errors.New("a spec has errors, so nothing can be compared")
	}
	return models, nil, nil
}
