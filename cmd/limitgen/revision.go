package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/pflag"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/compat"
	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/manifest"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/source"
)

// version is one side of a comparison: a spec and the files that change it.
type version struct {
	spec
	overlays []source.File
	read     source.Reader // of other files that the spec refers to; nil means partsOf
}

// sides has the flags about how OLD and NEW are read.
type sides struct {
	basePath, on    string
	overlay, former []string // former is for OLD; without it, overlay is for both
	golang          bool     // compare exported names of generated Go code, too
}

func addSides(fs *pflag.FlagSet) *sides {
	var f sides
	fs.StringArrayVar(&f.overlay, "overlay", nil, overlayUsage+";\nbeside REF:PATH, as it was at REF")
	fs.StringArrayVar(&f.former, "old-overlay", nil, "`FILE` for OLD instead of --overlay")
	fs.StringVar(&f.basePath, "base-path", "", basePathUsage)
	fs.StringVar(&f.on, "on", "", dayUsage)
	return &f
}

// check checks the values of the flags.
func (f *sides) check() (err error) {
	if err := checkOverlays(append(slices.Clone(f.overlay), f.former...)); err != nil {
		return err
	}
	if err := validDay(f.on); err != nil {
		return err
	}
	f.basePath, err = validBasePath(f.basePath)
	return err
}

// old and new read a side.
func (f *sides) old(name string, s streams) (version, error) {
	if len(f.former) > 0 {
		return readVersion(name, f.former, false, s)
	}
	return readVersion(name, f.overlay, true, s)
}

func (f *sides) new(name string, s streams) (version, error) {
	return readVersion(name, f.overlay, true, s)
}

// atRevision splits REF:PATH. An existing file takes precedence over such a reading of its name.
func atRevision(name string) (ref, path string, ok bool) {
	ref, path, ok = strings.Cut(name, ":")
	if name == manifest.Stdin || !ok || path == "" {
		return "", name, false
	}
	if _, err := os.Stat(name); err == nil {
		return "", name, false
	}
	return ref, path, true
}

// readVersion reads a file, standard input, or REF:PATH. For the latter, overlays are read at REF
// too if along is set, unless they name a revision.
func readVersion(name string, overlays []string, along bool, s streams) (version, error) {
	var v version
	ref, path, history := atRevision(name)
	var err error
	if !history {
		v.spec, err = readSpec(name, s.in)
	} else {
		v.spec = spec{name: name, source: filepath.Base(path)}
		v.data, err = gitShow(ref, path)
	}
	for _, o := range overlays {
		if err != nil {
			break
		}
		file := source.File{Name: o}
		switch own, path, named := atRevision(o); {
		case named:
			file.Data, err = gitShow(own, path)
		case history && along:
			file.Name = ref + ":" + o
			file.Data, err = gitShow(ref, o)
		default:
			file.Data, err = os.ReadFile(o)
		}
		v.overlays = append(v.overlays, file)
	}
	return v, err
}

// gitShow returns a file as it was at a revision. A path is relative to the working folder,
// although git would start at the top of the repository.
func gitShow(ref, path string) ([]byte, error) {
	if ref == "" || strings.HasPrefix(ref, "-") {
		return nil, fmt.Errorf("%q names no revision", ref)
	}
	return git("show", "--end-of-options", ref+":"+fromHere(path))
}

func fromHere(path string) string {
	path = filepath.ToSlash(path)
	if !filepath.IsAbs(path) && !strings.HasPrefix(path, ".") {
		path = "./" + path
	}
	return path
}

// git runs git in this folder and returns its output.
func git(args ...string) ([]byte, error) { return gitIn("", args...) }

func gitIn(dir string, args ...string) ([]byte, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
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

// compare reads both sides and returns the changes. If the code is not exitOK, it has reported the
// error.
func (v verb) compare(s streams, old, new string, f *sides) ([]compat.Finding, int) {
	if old == manifest.Stdin && new == manifest.Stdin {
		return nil, v.misuse(s, "only one of OLD and NEW can be standard input")
	}
	was, err := f.old(old, s)
	if err != nil {
		return nil, v.fail(s, "%s", err)
	}
	is, err := f.new(new, s)
	if err != nil {
		return nil, v.fail(s, "%s", err)
	}
	models, diags, err := f.load(was, is)
	_ = s.style(s.err).Text(s.err, diags)
	if err != nil {
		return nil, v.fail(s, "%s", err)
	}
	found := compat.Specs(models[0], models[1])
	if f.golang {
		more, err := f.goChanges(was, is)
		if err != nil {
			return nil, v.fail(s, "--go: %s", err)
		}
		found = compat.WithGo(found, more)
	}
	return found, exitOK
}

// goChanges compares the Go code of both sides, which it generates in memory.
func (f *sides) goChanges(was, is version) ([]compat.Finding, error) {
	const importPath = "example.com/api"
	render := func(v version) (*generator.Result, error) {
		o := f.options(v)
		o.Package, o.ImportPath = "api", importPath
		result, diags := generator.Generate(context.Background(), o)
		if result == nil {
			return nil, errors.New(diags[0].String())
		}
		return result, nil
	}
	old, err := render(was)
	if err != nil {
		return nil, err
	}
	next, err := render(is)
	if err != nil {
		return nil, err
	}
	return compat.Go(old.API, next.API, old.Files, next.Files, importPath)
}

func (f *sides) options(v version) generator.Options {
	o := generator.Options{Spec: v.name, Data: v.data, Read: partsOf(v.name, v.overlays), Overlay: v.overlays, Day: dayOf(f.on), Config: config.Defaults()}
	if v.read != nil {
		o.Read = v.read
	}
	o.Config.BasePath = f.basePath
	return o
}

// load reads versions concurrently. It returns only errors; lint reports the other findings.
func (f *sides) load(versions ...version) ([]*model.API, diag.List, error) {
	models := make([]*model.API, len(versions))
	found := make([]diag.List, len(versions))
	var all sync.WaitGroup
	for i, v := range versions {
		all.Go(func() {
			o := f.options(v)
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
