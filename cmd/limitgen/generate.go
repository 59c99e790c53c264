package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/compat"
	"github.com/limitgen/limitgen/generator/fileset"
	"github.com/limitgen/limitgen/generator/lint"
)

var generateVerb = verb{
	name:    "generate",
	args:    "--spec FILE|- --out DIR [FLAGS]",
	summary: "write a Go package and limiter configuration for an OpenAPI file",
	long: `Write one Go package for an OpenAPI file (types, client, server and limits), and
configuration for the engines that enforce, watch and document the same limits.

Warnings go to standard error. Unchanged files keep their modification time; a run that
fails changes nothing. Files of an earlier run that are no longer wanted are removed and
listed. Files that limitgen did not write are never touched. DIR/limitgen.json records
the run for 'limitgen check'.`,
	more: emitHelp() + "\n" + companionHelp(),
	examples: []string{
		"limitgen generate --spec api.yaml --out internal/api --package chat --emit client",
		"limitgen generate --spec api.yaml --out deploy --emit nginx,prometheus --verify",
		"cat api.yaml | limitgen generate --spec - --out gen/api",
	},
	codes:  "0 ok, 1 the spec or a configuration has errors, 2 could not do it.",
	files:  specFiles,
	define: defineGenerate,
}

// job is what a run is made from. A manifest records it; check reads it back.
type job struct {
	path       string // of the spec, as it was given
	spec       spec
	out        string
	args       fileset.Arguments
	importPath string // of the package, where companions need it
}

func defineGenerate(v verb, fs *pflag.FlagSet) func(s streams, args []string) int {
	path := fs.String("spec", "", "OpenAPI 3 `FILE`, YAML or JSON; - reads standard input")
	out := fs.String("out", "", "output folder `DIR`; it holds the output of one spec")
	pkg := fs.String("package", "", "Go package `NAME` (default: the folder's name made valid)")
	emit := fs.String("emit", strings.Join(goEmits, ","), "comma `LIST` of outputs, shown below")
	var how writing
	fs.BoolVar(&how.names, "names", false, "list the exported names that change or vanish, before writing")
	fs.BoolVar(&how.verify, "verify", false, "let installed validators (nginx -t, …) judge the configuration first")
	fs.BoolVar(&how.quiet, "quiet", false, "do not print warnings")
	choices := addChoices(fs)
	beside := addCompanions(fs)
	return func(s streams, args []string) int {
		switch {
		case len(args) > 0:
			return v.misuse(s, "unexpected argument %q; the spec is given as --spec, the folder as --out", args[0])
		case *path == "":
			return v.misuse(s, "--spec is missing")
		case *out == "":
			return v.misuse(s, "--out is missing")
		}
		j := job{path: *path, out: *out}
		var err error
		if j.args, err = arguments(*path, *out, *pkg, fs.Changed("package"), *emit); err != nil {
			return v.misuse(s, "%s", err)
		}
		if err := validChoices(*choices); err != nil {
			return v.misuse(s, "%s", err)
		}
		recordChoices(&j.args, *choices)
		if err := beside.record(&j.args); err != nil {
			return v.misuse(s, "%s", err)
		}
		if err := j.findImportPath(); err != nil {
			return v.misuse(s, "%s", err)
		}
		if j.spec, err = readSpec(*path, s.in); err != nil {
			return v.fail(s, "%s", err)
		}
		return v.write(s, j, how)
	}
}

// writing is how a run is carried out. No manifest records it.
type writing struct{ names, verify, quiet bool }

// arguments brings the command line into its recorded form.
func arguments(path, out, pkg string, named bool, emit string) (a fileset.Arguments, err error) {
	if a.Emit, err = parseEmit(splitList(emit)); err != nil {
		return a, err
	}
	if a.Package = pkg; !named {
		if a.Package, err = packageFor(out); err != nil {
			return a, err
		}
	} else if err := validPackage(pkg); err != nil {
		return a, err
	}
	if err := validOut(out); err != nil {
		return a, err
	}
	a.Spec, err = relativeSpec(out, path)
	return a, err
}

// write generates and writes.
func (v verb) write(s streams, j job, how writing) int {
	if file, name := foreignPackage(j.out, j.args.Package); file != "" && emitsGo(j.args.Emit) {
		return v.fail(s, "%s belongs to package %s, so package %s cannot stand beside it; choose another --out, or --package %s",
			file, name, j.args.Package, name)
	}
	result, diags := generator.Generate(context.Background(), j.options())
	if diags.HasErrors() {
		_ = s.style(s.err).Text(s.err, diags.Sorted())
		return exitFound
	}
	if !how.quiet {
		// Lint's findings include what the generator says; here all of them are warnings.
		found, err := (&judge{known: map[string]*lint.Settings{}}).judge(j.path, append(diags, lint.LintUnder(result.Doc, j.args.BasePath)...))
		if err != nil {
			return v.fail(s, "%s", err)
		}
		_ = s.style(s.err).Brief(s.err, found.Sorted())
		if part := unchecked(j.out); part != "" {
			fmt.Fprintf(s.err, "limitgen generate: warning: 'limitgen check' does not look into folders named %s; name %s when you run it\n",
				part, pathWord(j.out))
		}
	}
	if how.verify && !v.verify(s, j.args.Emit, result.Files) {
		return exitFound
	}
	plan, err := fileset.Inspect(j.out, result.Files, fileset.Manifest{
		Arguments: j.args, SpecSHA256: fileset.HashSpec(j.spec.data), Version: release(), Terms: result.Terms,
	})
	if err != nil {
		return v.fail(s, "%s", err)
	}
	if how.names {
		for _, c := range compat.Diff(plan.Old(), plan.New()) {
			fmt.Fprintln(s.out, c)
		}
	}
	removed, err := plan.Write()
	if err != nil {
		return v.fail(s, "%s", err)
	}
	for _, name := range removed {
		fmt.Fprintln(s.out, "removed", name)
	}
	return exitOK
}

func (j job) options() generator.Options {
	return generator.Options{
		Spec: j.spec.name, Data: j.spec.data, Source: j.spec.source,
		Package: j.args.Package, Emit: j.args.Emit,
		Config: recordedChoices(j.args), Observe: j.args.Observe, Store: j.args.Store, ImportPath: j.importPath,
	}
}

// command is the command line that does the job again. specPath is the spec as seen from here.
func (j job) command(specPath string) string {
	words := []string{"limitgen", "generate", "--spec", stdinSpec, "--out", pathWord(j.out)}
	if j.args.Spec != stdinSpec {
		words[3] = pathWord(specPath)
	}
	if name, err := packageFor(j.out); err != nil || name != j.args.Package {
		words = append(words, "--package", j.args.Package)
	}
	if emit := strings.Join(j.args.Emit, ","); emit != strings.Join(goEmits, ",") {
		words = append(words, "--emit", emit)
	}
	words = append(words, choiceWords(j.args)...)
	words = append(words, companionWords(j.args)...)
	line := command(words...)
	if j.args.Spec != stdinSpec {
		return line
	}
	if specPath == stdinSpec {
		return line + " <SPEC"
	}
	return line + " <" + quote(pathWord(specPath))
}
