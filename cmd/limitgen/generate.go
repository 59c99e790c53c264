package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/pflag"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/compat"
	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/emit"
	"github.com/limitgen/limitgen/generator/fileset"
	"github.com/limitgen/limitgen/generator/lint"
	"github.com/limitgen/limitgen/generator/manifest"
	"github.com/limitgen/limitgen/generator/source"
)

var generateVerb = verb{
	name:    "generate",
	args:    "--spec FILE|- --out DIR [FLAGS] | [DIR...]",
	summary: "write a Go package and limiter configuration for an OpenAPI file",
	long: `Write one Go package for an OpenAPI file (types, client, server and limits), and
configuration for the engines that enforce, watch and document the same limits.

Warnings go to standard error. Unchanged files keep their modification time; a run that
fails changes nothing. Files of an earlier run that are no longer wanted are removed and
listed. Files that limitgen did not write are never touched. DIR/limitgen.json records
the run for 'limitgen check'.
The packages that the code imports are the same for every API. They are written below DIR,
or once for all outputs that name the same --runtime, which can be generated at once.

Without --spec it writes all outputs below DIR (default .) anew: those that limitgen.yaml
lists as outputs, and those with a limitgen.json, which has the flags of the last run.`,
	more: emitHelp() + "\n" + companionHelp(),
	examples: []string{
		"limitgen generate --spec api.yaml --out internal/api --package chat --emit client",
		"limitgen generate --spec api.yaml --out deploy --emit nginx,prometheus --verify",
		"limitgen generate",
	},
	codes:  "0 ok, 1 the spec or a configuration has errors, 2 could not do it.",
	files:  specFiles,
	define: defineGenerate,
}

// job is the input of a run.
type job struct {
	args        *arguments
	spec        spec
	overlays    []source.File
	importPath  string // of the output
	runtimePath string // of the folder of --runtime
}

func defineGenerate(v verb, fs *pflag.FlagSet) func(s streams, args []string) int {
	j := job{args: newArguments()}
	addFlags(fs, j.args.flags)
	var how writing
	fs.BoolVar(&how.names, "names", false, "list the exported names that change or vanish, before writing")
	fs.BoolVar(&how.verify, "verify", false, "let installed validators (nginx -t, …) judge the configuration first")
	fs.BoolVar(&how.quiet, "quiet", false, "do not print warnings")
	jobs := fs.Int("jobs", 0, "without --spec, `NUMBER` of outputs at a time (default: of processors)")
	watch := fs.Bool("watch", false, "go on, write again whenever a spec is saved, and say what changed")
	return func(s streams, args []string) int {
		given := j.args.given(fs.Changed)
		switch {
		case len(args) > 0 && (len(given) > 0 || folders(args) != nil):
			return v.misuse(s, "unexpected argument %q; the spec is given as --spec, the folder as --out", args[0])
		case len(given) == 0 && *watch:
			dirs := orHere(args)
			return v.watch(s, dirs, func() ([]*arguments, int) { return v.outputs(s, dirs) }, how)
		case len(given) == 0:
			return v.regenerate(s, orHere(args), *jobs, how)
		case j.args.spec == "":
			return v.misuse(s, "--spec is missing")
		case j.args.out == "":
			return v.misuse(s, "--out is missing")
		case *watch && j.args.spec == manifest.Stdin:
			return v.misuse(s, "--watch cannot watch standard input; name a file for --spec")
		}
		if err := j.prepare(fs.Changed("package")); err != nil {
			return v.misuse(s, "%s", err)
		}
		if *watch {
			return v.watch(s, nil, func() ([]*arguments, int) { return []*arguments{j.args}, exitOK }, how)
		}
		if err := j.read(s); err != nil {
			return v.fail(s, "%s", err)
		}
		return v.write(s, j, how)
	}
}

// prepare checks the command line and completes the arguments. named says that it has --package.
func (j *job) prepare(named bool) error {
	if named {
		if err := validPackage(j.args.pkg); err != nil {
			return err
		}
	}
	if err := j.args.flags.Check(); err != nil {
		return err
	}
	if err := validOut("out", j.args.out); err != nil {
		return err
	}
	if j.args.runtime != "" {
		if err := validOut("runtime", j.args.runtime); err != nil {
			return err
		}
	}
	return j.importPaths()
}

// writing has the flags that no manifest records, since they do not change the output.
type writing struct {
	names, verify, quiet bool
	all                  bool // all outputs are written, so nothing is said of what others import
}

// write generates and writes.
func (v verb) write(s streams, j job, how writing) int {
	if file, name := foreignPackage(j.args.out, j.args.pkg); file != "" && emitsGo(j.args.emit) {
		return v.fail(s, "%s belongs to package %s, so package %s cannot be in the same folder; choose another --out, or --package %s",
			file, name, j.args.pkg, name)
	}
	result, diags := generator.Generate(context.Background(), j.options())
	if diags.HasErrors() {
		_ = s.style(s.err).Text(s.err, diags.Sorted())
		return exitFound
	}
	if !how.quiet {
		// Lint's findings include the generator's; here all of them are warnings.
		found, err := (&judge{known: map[string]*lint.Settings{}}).judge(j.args.spec, append(diags, result.Lints...))
		if err != nil {
			return v.fail(s, "%s", err)
		}
		_ = s.style(s.err).Brief(s.err, found.Sorted())
		for _, dir := range []string{j.args.out, j.args.runtime} {
			if part := unchecked(dir); part != "" {
				v.warn(s, "'limitgen check' does not look into folders named %s; name %s when you run it", part, manifest.Word(dir))
			}
		}
	}
	if how.verify && !v.verify(s, j.args.emit, result.Files) {
		return exitFound
	}
	plans, warning, err := j.plans(result)
	if err != nil {
		return v.fail(s, "%s", err)
	}
	if how.names {
		for _, p := range plans {
			for _, c := range compat.Diff(p.Old(), p.New()) {
				fmt.Fprintln(s.out, c)
			}
		}
	}
	removed, err := fileset.Write(plans...)
	if err != nil {
		return v.fail(s, "%s", err)
	}
	if warning != "" && !how.quiet && !how.all {
		v.warn(s, "%s", warning)
	}
	for _, line := range gone(removed) {
		fmt.Fprintln(s.out, "removed", diag.Printable(line))
	}
	return exitOK
}

// gone returns a line for each removed file, or one for all files of a removed folder.
func gone(removed []string) []string {
	const many = 3
	count := map[string]int{}
	for _, name := range removed {
		count[filepath.Dir(name)]++
	}
	var lines []string
	for _, name := range removed {
		dir := filepath.Dir(name)
		if _, err := os.Stat(dir); count[dir] < many || err == nil {
			lines = append(lines, name)
		} else if line := fmt.Sprintf("%s (%d files)", dir, count[dir]); !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return lines
}

// plans returns the plans for the folders that a run writes: shared ones of the run-time, if any,
// and the output. warning names other outputs that are affected, or is "".
func (j job) plans(result *generator.Result) (plans []*fileset.Plan, warning string, err error) {
	left, err := j.left()
	if err != nil {
		return nil, "", err
	}
	now, err := j.shared()
	if err != nil {
		return nil, "", err
	}
	for _, r := range []*shared{left, now} {
		if r == nil {
			continue
		}
		plan, err := r.inspect()
		if err != nil {
			return nil, "", err
		}
		plans, warning = append(plans, plan), r.warning(plan)
	}
	out, err := j.inspect(result, &manifest.Manifest{
		Arguments: j.args.flags, SpecSHA256: manifest.HashSpec(j.spec.data), OverlaySHA256: overlayHashes(j.overlays),
		PartsSHA256: j.partHashes(result), Version: release(), Terms: result.Terms,
	})
	return append(plans, out), warning, err
}

// inspect returns the plan for the output.
func (j job) inspect(result *generator.Result, m *manifest.Manifest) (*fileset.Plan, error) {
	return fileset.InspectShared(j.args.out, func(data []byte) ([]fileset.File, fileset.Record, error) {
		if manifest.IsRuntime(data) {
			return nil, nil, fmt.Errorf("%s holds packages that outputs share; name another folder for --out", j.args.out)
		}
		if j.args.runtime == "" {
			for _, name := range generator.Needs(j.options()) {
				if err := free(j.args.out, name); err != nil {
					return nil, nil, err
				}
			}
		}
		return result.Files, m, nil
	}, emit.RuntimeNames()...)
}

func (j job) options() generator.Options {
	o := j.args.options()
	o.Spec, o.Data, o.Source, o.Overlay, o.Read = j.spec.name, j.spec.data, j.spec.source, j.overlays, partsOf(j.spec.name, j.overlays)
	o.ImportPath, o.RuntimePath = j.importPath, j.runtimePath
	return o
}
