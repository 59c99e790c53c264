package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/emit"
	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/manifest"
)

// arguments are the flags of generate that determine its output. A manifest records them, and check
// reads them from there. Paths are relative to the working folder.
type arguments struct {
	spec, out, pkg string
	overlays       []string
	strict         bool
	emit           []string
	config         config.Options
	observe, store []string
	rpc            []string
	importPath     string
	runtime        string
	on             string
	at             diag.Position // where a settings file lists the output; Line 0 elsewhere

	flags manifest.Arguments
}

// newArguments returns the defaults. Recorded flags are described only here.
func newArguments() *arguments {
	a := &arguments{emit: slices.Clone(goEmits), config: config.Defaults()}
	spec := manifest.Path("spec", "OpenAPI 3 `FILE`, YAML or JSON; - reads standard input", &a.spec, &a.out)
	spec.Always = true
	out := manifest.Path("out", "output folder `DIR`; it holds the output of one spec", &a.out, &a.out)
	out.Unrecorded = true
	over := manifest.Paths("overlay", overlayUsage, &a.overlays, &a.out)
	over.Check = func() error { return checkOverlays(a.overlays) }
	strict := manifest.Switch("strict", strictUsage, &a.strict)
	pkg := manifest.Text("package", "Go package `NAME` (default: the folder's name made valid)", &a.pkg)
	pkg.Always = true
	pkg.Implied = func() string { name, _ := packageFor(a.out); return name }
	pkg.Check = a.checkPackage
	emit := manifest.List("emit", "comma `LIST` of outputs, shown below", &a.emit)
	emit.Always = true
	emit.Check = func() (err error) { a.emit, err = parseEmit(a.emit); return err }
	a.flags = append(manifest.Arguments{spec, over, strict, out, pkg, emit}, configFlags(&a.config)...)

	observe := manifest.List("observe", "comma `LIST` of packages that report what the limits do", &a.observe)
	observe.Check = a.checkObserve
	store := manifest.List("store", "comma `LIST` of packages that count for several processes", &a.store)
	store.Check = a.checkStore
	rpc := manifest.List("rpc", "comma `LIST` of packages of interceptors for RPC frameworks", &a.rpc)
	rpc.Check = a.checkRPC
	runtime := manifest.Path("runtime", "folder `DIR` for packages that several outputs share (default: below --out)", &a.runtime, &a.out)
	runtime.Check = a.checkRuntime
	path := manifest.Text("import-path", "import `PATH` of the output (default: after the nearest go.mod)", &a.importPath)
	path.Check = a.checkImportPath
	on := manifest.Text("on", dayUsage, &a.on)
	on.Check = func() error { return validDay(a.on) }
	a.flags = append(a.flags, observe, store, rpc, runtime, path, on)
	return a
}

func (a *arguments) checkPackage() (err error) {
	if a.pkg != "" {
		return validPackage(a.pkg)
	}
	a.pkg, err = packageFor(a.out)
	return err
}

func (a *arguments) checkObserve() (err error) {
	a.observe, err = companionList("observe", a.observe)
	if err == nil && len(a.observe) > 0 && !slices.Contains(a.emit, "client") && !slices.Contains(a.emit, "server") {
		return errors.New("--observe needs client or server among --emit")
	}
	return err
}

func (a *arguments) checkStore() (err error) {
	a.store, err = companionList("store", a.store)
	if err == nil && len(a.store) > 0 && !emitsGo(a.emit) {
		return errors.New("--store needs client, server or limits among --emit")
	}
	return err
}

func (a *arguments) checkRPC() (err error) {
	a.rpc, err = companionList("rpc", a.rpc)
	if err == nil && len(a.rpc) > 0 && !emitsGo(a.emit) {
		return errors.New("--rpc needs client, server or limits among --emit")
	}
	return err
}

func (a *arguments) checkImportPath() error {
	switch {
	case a.importPath == "":
		return nil
	case !a.imported():
		return errors.New("--import-path has no effect without client, server or limits in --emit")
	}
	return validImportPath(a.importPath)
}

func (a *arguments) checkRuntime() error {
	if a.runtime != "" && !emitsGo(a.emit) {
		return errors.New("--runtime needs client, server or limits among --emit")
	}
	return nil
}

// imported reports whether anything that is written imports the output or the run-time.
func (a *arguments) imported() bool {
	return len(a.observe) > 0 || len(a.store) > 0 || len(a.rpc) > 0 || len(generator.Needs(a.options())) > 0
}

// options converts the arguments for the generator.
func (a *arguments) options() generator.Options {
	return generator.Options{Package: a.pkg, Strict: a.strict, Emit: a.emit, Config: a.config, Observe: a.observe, Store: a.store, RPC: a.rpc, Day: dayOf(a.on)}
}

// companionList sorts a list and removes duplicates.
func companionList(flag string, list []string) ([]string, error) {
	var known []string
	for _, c := range emit.Companions() {
		if c.Flag == flag {
			known = append(known, c.Name)
		}
	}
	for _, name := range list {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("--%s does not know %q%s; it takes a comma list of %s", flag, name, hint(name, "", known), strings.Join(known, ", "))
		}
	}
	return slices.DeleteFunc(known, func(name string) bool { return !slices.Contains(list, name) }), nil
}

// command returns the command line that repeats the run, with spec as the path of the spec.
func (a *arguments) command(spec string) string {
	given := a.spec
	defer func() { a.spec = given }()
	if given != manifest.Stdin {
		a.spec = spec
	}
	line := command(append([]string{"limitgen", "generate"}, a.flags.Words()...)...)
	switch {
	case given != manifest.Stdin:
		return line
	case spec == manifest.Stdin:
		return line + " <SPEC"
	}
	return line + " <" + quote(manifest.Word(spec))
}
