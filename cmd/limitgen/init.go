package main

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/manifest"
)

var initVerb = verb{
	name:    "init",
	args:    "[SPEC] [FLAGS]",
	summary: "write what a repository needs to begin",
	long: `Write the files that a repository needs to begin with limitgen, and say what to run next:
without SPEC a spec to start from (api.yaml), for an existing one an overlay with limits
beside it (limits.yaml); limitgen.yaml, which lists the output for 'limitgen generate';
generate.go with the go:generate line; and with --ci the step for a pipeline.

Files that are there already are kept.`,
	examples: []string{
		"limitgen init",
		"limitgen init vendor/api.yaml --out internal/api",
		"limitgen init --ci github",
	},
	codes:  "0 ok, 2 could not do it.",
	files:  specFiles,
	define: defineInit,
}

//go:embed init
var initFiles embed.FS

// pipelines maps the values of --ci to the files that they write.
var pipelines = map[string]string{"github": ".github/workflows/limitgen.yml", "gitlab": ".gitlab/limitgen.yml"}

// beginning is the input of the files that init writes.
type beginning struct {
	verb
	streams
	spec, overlay, out, ci string
}

func defineInit(v verb, fs *pflag.FlagSet) func(s streams, args []string) int {
	out := fs.String("out", "gen/api", "folder `DIR` for the output")
	ci := fs.String("ci", "", "write the step for a `PIPELINE`: github or gitlab")
	return func(s streams, args []string) int {
		switch {
		case len(args) > 1:
			return v.misuse(s, "it takes one spec, not %d", len(args))
		case *ci != "" && pipelines[*ci] == "":
			return v.misuse(s, "--ci does not know %q%s; it takes github or gitlab", *ci, hint(*ci, "", []string{"github", "gitlab"}))
		}
		if err := validOut("out", *out); err != nil {
			return v.misuse(s, "%s", err)
		}
		b := &beginning{verb: v, streams: s, spec: "api.yaml", out: filepath.ToSlash(*out), ci: *ci}
		if len(args) == 1 {
			b.spec, b.overlay = filepath.ToSlash(args[0]), "limits.yaml"
		}
		if err := b.write(len(args) == 1); err != nil {
			return v.fail(s, "%s", err)
		}
		return exitOK
	}
}

func (b *beginning) write(given bool) error {
	if given {
		sp, err := readSpec(b.spec, nil)
		if err != nil {
			return err
		}
		if has, err := hasTable(b.spec, sp.data); err != nil {
			return err
		} else if has {
			b.overlay = "" // its limits are in it
		}
	}
	listed, err := b.fit()
	if err != nil {
		return err
	}
	type file struct{ name, text string }
	var files []file
	if !given {
		files = append(files, file{b.spec, template("api.yaml")})
	}
	if b.overlay != "" {
		files = append(files, file{b.overlay, template("limits.yaml")})
	}
	files = append(files, file{settingsName, ""})
	if pkg := packageHere(); pkg != "" {
		files = append(files, file{"generate.go", "package " + pkg + "\n\n//go:generate go tool limitgen generate\n"})
	}
	if b.ci != "" {
		files = append(files, file{pipelines[b.ci], b.pipeline()})
	}
	for _, f := range files {
		if f.name == settingsName && !listed {
			err = b.addOutput()
		} else {
			err = b.add(f.name, f.text) // of settings that list the output nothing is written
		}
		if err != nil {
			return err
		}
	}
	b.next()
	return nil
}

func template(name string) string {
	data, err := initFiles.ReadFile("init/" + name)
	if err != nil {
		panic(err) // it is embedded
	}
	return string(data)
}

// hasTable reports whether a spec has limits already.
func hasTable(name string, data []byte) (bool, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return false, fmt.Errorf("%s: %w", name, err)
	}
	return len(root.Content) > 0 && memberOf(root.Content[0], "x-rate-limits") != nil, nil
}

// pipeline returns the step that runs limitgen in CI.
func (b *beginning) pipeline() string {
	text := template(b.ci + ".yml")
	version := release()
	switch b.ci {
	case "github":
		if version == "" {
			version = "main"
		}
		if b.overlay == "" {
			text = strings.Replace(text, ", overlay: OVERLAY", "", 1)
		}
	case "gitlab":
		if version == "" {
			version = "latest"
		}
	}
	return strings.NewReplacer("SPEC_FILE", quoted(b.spec), "OVERLAY_FILES", quoted(b.overlay), "spec: SPEC", "spec: "+quoted(b.spec),
		"overlay: OVERLAY", "overlay: "+quoted(b.overlay), "VERSION", version).Replace(text)
}

// quoted returns a text as YAML.
func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

// packageHere returns the package name of the Go files in this folder, or the module's name; ""
// without a module.
func packageHere() string {
	_, module, err := moduleOf(".")
	if err != nil {
		return ""
	}
	if _, name := foreignPackage(".", ""); name != "" {
		return name
	}
	name, err := packageFor(module)
	if err != nil {
		return ""
	}
	return name
}

// add writes a file unless it exists.
func (b *beginning) add(name, text string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		fmt.Fprintf(b.streams.out, "kept    %s, which is there already\n", name)
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := f.WriteString(text); err != nil {
		return errors.Join(err, f.Close())
	}
	fmt.Fprintf(b.streams.out, "written %s\n", name)
	return f.Close()
}

// next prints the remaining steps.
func (b *beginning) next() {
	var lines []string
	edit := b.spec
	if b.overlay != "" {
		edit = b.overlay
	}
	lines = append(lines, "edit "+edit)
	if _, _, err := moduleOf("."); err == nil {
		lines = append(lines, "go get -tool github.com/limitgen/limitgen/cmd/limitgen")
	}
	lines = append(lines, "limitgen generate", "commit the output, and run in CI: limitgen check && limitgen lint "+b.lintWords())
	if b.ci == "gitlab" {
		lines = append(lines, "include "+pipelines["gitlab"]+" in .gitlab-ci.yml")
	}
	fmt.Fprintln(b.streams.out, "next:")
	for _, line := range lines {
		fmt.Fprintln(b.streams.out, "  "+line)
	}
}

func (b *beginning) lintWords() string {
	words := []string{manifest.Word(b.spec)}
	if b.overlay != "" {
		words = append(words, "--overlay", manifest.Word(b.overlay))
	}
	return command(slices.Clip(words)...)
}
