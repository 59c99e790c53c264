// Package generator is the pipeline: a spec goes in, files in memory come out. It does no I/O.
package generator

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/limitgen/limitgen/generator/analyze"
	"github.com/limitgen/limitgen/generator/compat"
	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/emit"
	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/emit/golang"
	"github.com/limitgen/limitgen/generator/fileset"
	"github.com/limitgen/limitgen/generator/lint"
	"github.com/limitgen/limitgen/generator/list"
	"github.com/limitgen/limitgen/generator/manifest"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/source"
)

// Options say what to generate from what.
type Options struct {
	Spec    string        // the spec's name in diagnostics
	Data    []byte        // the spec
	Read    source.Reader // of other files that the spec refers to; nil means none
	Overlay []source.File // files that change the spec, in their order
	Strict  bool          // treat an operation that no label rule matches as an error
	Day     time.Time     // whose figures are written, of limits that are announced to change; zero is before all days
	Source  string        // the spec's name in headers; the base of Spec when empty
	Package string        // name of the Go package
	Emit    []string      // client, server, limits and names of emit.Targets; the first three when empty
	Config  config.Options

	Observe    []string // names of emit.Companions
	Store      []string // names of emit.Companions
	RPC        []string // names of emit.Companions
	ImportPath string   // of the Go package; its name when empty
	// RuntimePath is the import path of the folder that holds the run-time's packages, which are
	// then not among the files; see emit.Runtime. When empty, they are below the output.
	RuntimePath string
}

// runtimePath returns what the import paths of the run-time's packages begin with.
func (o Options) runtimePath() string {
	return cmp.Or(o.RuntimePath, o.ImportPath, o.Package)
}

// Result is what came out.
type Result struct {
	Files []fileset.File // by name
	Parts []source.File  // other files that the spec refers to
	Terms manifest.Terms
	API   *model.API
	Lints diag.List // what lint warns of besides
}

// analyze reads the spec once, for every command. lints are what lint alone warns of.
func (o Options) analyze(ctx context.Context) (a *analyze.Analysis, lints diag.List) {
	a = analyze.Analyze(ctx, o.Spec, o.Data, analyze.Options{
		Package: cmp.Or(o.Package, "list"), Source: cmp.Or(o.Source, path.Base(o.Spec)),
		BasePath: o.Config.BasePath, Read: o.Read, Overlay: o.Overlay, Strict: o.Strict, Day: o.Day,
		Reserved: golang.Identifiers(),
	})
	if a.API == nil {
		return a, nil
	}
	for _, d := range lint.Check(a) {
		if d.Severity == diag.Error {
			a.Found = append(a.Found, d)
		} else {
			lints = append(lints, d)
		}
	}
	return a, lints
}

// Generate renders all files in memory. The result is nil if the diagnostics contain errors.
func Generate(ctx context.Context, o Options) (*Result, diag.List) {
	result, diags := o.read(ctx)
	if diags.HasErrors() {
		return nil, diags.Sorted()
	}
	if diags = append(diags, result.emit(o)...).Sorted(); diags.HasErrors() {
		return nil, diags
	}
	diags = append(diags, announced(result.API, result.Files)...).Sorted()
	return result, diags
}

// read is a result without files. The document ends here: it is as large as all that is printed,
// so nothing that holds it may outlive this call.
func (o Options) read(ctx context.Context) (*Result, diag.List) {
	a, lints := o.analyze(ctx)
	diags := a.Found
	if err := ctx.Err(); err != nil && !diags.HasErrors() {
		diags.Errorf(diag.Position{File: o.Spec}, "canceled", "%v", err)
	}
	if diags.HasErrors() {
		return nil, diags
	}
	if o.Config.Name != "" {
		a.API.Name = o.Config.Name
	}
	return &Result{Parts: a.Doc.Parts, Terms: manifest.TermsOf(a.API), API: a.API, Lints: lints}, diags
}

// announced warns of limits that change after the day whose figures are written. Go code has all of
// them, and configuration those of one day.
func announced(api *model.API, files []fileset.File) (diags diag.List) {
	if !slices.ContainsFunc(files, func(f fileset.File) bool { return strings.HasPrefix(f.Name, emit.ConfigDir+"/") }) {
		return nil
	}
	for _, l := range api.Limits {
		if next := l.Next(api.Day); next != nil {
			diags.Warnf(next.Pos, string(compat.Scheduled),
				"limit %s becomes %s on %s, which the configuration written now lacks; generate it again then",
				l.Name, compat.InWords(l, next), next.Text)
		}
	}
	return diags
}

// emit adds the files of all that is asked for.
func (r *Result) emit(o Options) (diags diag.List) {
	if t := targets(o.Emit); t != (golang.Targets{}) {
		r.API.SetDay(time.Time{}) // Go code has all days and goes by its clock
		t.RPC = len(o.RPC) > 0
		own, err := golang.Emit(r.API, t, o.runtimePath())
		r.API.SetDay(o.Day)
		if err != nil {
			diags.Errorf(diag.Position{File: o.Spec}, "internal",
				"the generated code does not parse, which is a bug of limitgen: %v", err)
			return diags
		}
		r.Files = append(r.Files, own...)
	}
	if o.RuntimePath == "" {
		r.Files = append(r.Files, emit.Runtime(o.runtimePath(), Needs(o))...)
	}
	beside := o.beside()
	packages, err := emit.Packages(r.API, beside)
	if err != nil {
		diags.Errorf(diag.Position{File: o.Spec}, "internal",
			"a package beside the generated one does not parse, which is a bug of limitgen: %v", err)
		return diags
	}
	config, left, diags := emit.Config(r.API, o.Emit, o.Config)
	r.Terms.LeftOut = left
	r.Files = slices.Concat(r.Files, packages, config)
	slices.SortFunc(r.Files, func(a, b fileset.File) int { return strings.Compare(a.Name, b.Name) })
	diags = append(diags, emit.Uncalled(r.API, beside)...)
	return append(diags, emit.Uncountable(r.API, beside, o.Config)...)
}

func (o Options) beside() emit.Beside {
	return emit.Beside{Observe: o.Observe, Store: o.Store, RPC: o.RPC, Runtime: o.runtimePath()}
}

// Needs returns the names of the run-time's packages that the output imports.
func Needs(o Options) []string { return emit.Needs(targets(o.Emit), o.beside()) }

// Lint reports all that is wrong with a spec: what stops Generate, what Generate warns of, and the
// rules of lint.
func Lint(ctx context.Context, o Options) diag.List {
	a, lints := o.analyze(ctx)
	return append(a.Found, lints...).Sorted()
}

// Model reads a spec and renders nothing. The model is nil if the diagnostics contain errors.
func Model(ctx context.Context, o Options) (*model.API, diag.List) {
	a, _ := o.analyze(ctx)
	if a.Found.HasErrors() || ctx.Err() != nil {
		return nil, a.Found.Sorted()
	}
	return a.API, a.Found.Sorted()
}

// Read is Model with the document and its table of limits beside it.
func Read(ctx context.Context, o Options) (*analyze.Analysis, diag.List) {
	a, _ := o.analyze(ctx)
	if a.Found.HasErrors() || ctx.Err() != nil {
		return nil, a.Found.Sorted()
	}
	return a, a.Found.Sorted()
}

// Effective says which limits are in force at every operation. Nothing is listed when the spec has
// errors.
func Effective(ctx context.Context, o Options) ([]list.Operation, diag.List) {
	a, _ := o.analyze(ctx)
	if a.Found.HasErrors() || ctx.Err() != nil {
		return nil, a.Found.Sorted()
	}
	return list.Operations(a.API), a.Found.Sorted()
}

// Matrix says what each target that enforces limits can do with each of them.
func Matrix(ctx context.Context, o Options) ([]emit.Support, diag.List) {
	a, _ := o.analyze(ctx)
	if a.Found.HasErrors() || ctx.Err() != nil {
		return nil, a.Found.Sorted()
	}
	found, diags := emit.Matrix(a.API, o.Config)
	return found, append(a.Found, diags...).Sorted()
}

// targets reads which parts of the Go package to emit.
func targets(emit []string) golang.Targets {
	if len(emit) == 0 {
		return golang.Targets{Client: true, Server: true, Limits: true}
	}
	return golang.Targets{
		Client: slices.Contains(emit, "client"),
		Server: slices.Contains(emit, "server"),
		Limits: slices.Contains(emit, "limits"),
	}
}
