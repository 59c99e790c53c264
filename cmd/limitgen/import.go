package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"

	"github.com/spf13/pflag"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/analyze"
	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/manifest"
	"github.com/limitgen/limitgen/generator/skeleton"
)

var importVerb = verb{
	name:    "import",
	args:    "--table FILE [--onto SPEC] [FLAGS]",
	summary: "write a spec, or an overlay for one, from a published table",
	long: `Write an OpenAPI file from the table of limits that a vendor publishes: an operation for
each row, shared limits, pools, and a citation of each row. With --onto, write a file with
the limits of the operations of the vendor's own spec, to be used with --overlay.

The table is read as for audit. URLs are repaired (slashes, stray braces, sample queries),
and what the page prints is recorded. What cannot be read is a finding, and not written.`,
	more: columnsHelp,
	examples: []string{
		`limitgen import --table limits.md --title "Shop" --out shop.yaml`,
		"limitgen import --table limits.md --onto vendor.yaml --out limits.yaml",
		`limitgen import --table limits.html --method POST --keys "Workspace=identity"`,
	},
	codes:  "0 ok, 1 written, with findings on standard error, 2 could not do it.",
	define: defineImport,
}

// importArguments are the command line of import.
type importArguments struct {
	onto, out string
	table     *tableFlags
	options   skeleton.Options
}

func defineImport(v verb, fs *pflag.FlagSet) func(s streams, args []string) int {
	t := addTableFlags(fs)
	a := &importArguments{table: t}
	fs.StringVar(&a.onto, "onto", "", "`SPEC` of the vendor's whose operations get the limits")
	fs.StringVar(&a.out, "out", "", "`FILE` to write, which must not exist; standard output if not given")
	fs.StringVar(&a.options.Title, "title", "", "`NAME` of the API")
	fs.StringVar(&a.options.URL, "url", "", "`URL` of the page, for the citation")
	fs.StringVar(&a.options.Date, "date", "", "`DATE` of the page, such as 2022-08-04")
	fs.StringVar(&a.options.Doc, "doc", "table", "`NAME` of the page under docs")
	return func(s streams, args []string) int {
		if len(args) != 0 {
			return v.misuse(s, "it takes no file besides --table and --onto, not %q", args[0])
		}
		if code := v.needsTable(s, t); code != exitOK {
			return code
		}
		if t.path == manifest.Stdin && a.onto == manifest.Stdin {
			return v.misuse(s, "the spec and the table cannot both be standard input")
		}
		if !docName.MatchString(a.options.Doc) {
			return v.misuse(s, "--doc %q: names are lower-case letters, digits and hyphens, beginning with a letter", a.options.Doc)
		}
		return v.importTable(s, a)
	}
}

var docName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)

// importTable reads the table and writes the spec.
func (v verb) importTable(s streams, a *importArguments) int {
	set, found, err := a.table.settings()
	if err != nil {
		return v.misuse(s, "%s", err)
	}
	var spec *analyze.Analysis
	if a.onto != "" {
		var code int
		if spec, code = v.specBeside(s, a.onto, "", nil); code != exitOK {
			return code
		}
	}
	page, more, err := a.table.read(s, set.Options)
	if err != nil {
		return v.fail(s, "%s", err)
	}
	found = append(found, more...)
	sum := sha256.Sum256(a.table.data)
	a.options.Keys, a.options.SHA256 = set.keys, hex.EncodeToString(sum[:])
	if len(page.Rows) == 0 {
		_ = s.style(s.err).Text(s.err, found.Sorted())
		return v.fail(s, "no row of the table can be read, so nothing is written")
	}
	var text []byte
	if spec != nil {
		text, more = skeleton.Beside(page, spec.API, a.options)
	} else {
		text, more = skeleton.Spec(page, a.options)
	}
	found = append(found, more...).Sorted()
	_ = s.style(s.err).Text(s.err, found)
	if err := writeNew(s, a.out, text); err != nil {
		return v.fail(s, "%s", err)
	}
	if slices.ContainsFunc(found, func(d diag.Diagnostic) bool { return d.Severity != diag.Note }) {
		return exitFound
	}
	return exitOK
}

// writeNew writes a file that does not exist yet, or standard output.
func writeNew(s streams, name string, text []byte) error {
	if name == "" {
		_, err := s.out.Write(text)
		return err
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists, and may have been edited since; give another --out, or remove it first", name)
	}
	if err != nil {
		return err
	}
	if _, err := file.Write(text); err != nil {
		_ = file.Close()
		return err
	}
	return file.Close()
}

// specBeside reads the spec that a table is compared with. If the code is not exitOK, it has
// reported the error.
func (v verb) specBeside(s streams, path, basePath string, overlays []string) (*analyze.Analysis, int) {
	base, err := validBasePath(basePath)
	if err != nil {
		return nil, v.misuse(s, "%s", err)
	}
	if err := checkOverlays(overlays); err != nil {
		return nil, v.misuse(s, "%s", err)
	}
	sp, err := readSpec(path, s.in)
	if err != nil {
		return nil, v.fail(s, "%s", err)
	}
	o := generator.Options{Spec: sp.name, Data: sp.data}
	if o.Overlay, err = readOverlays(overlays); err != nil {
		return nil, v.fail(s, "%s", err)
	}
	o.Read = partsOf(sp.name, o.Overlay)
	o.Config.BasePath = base
	a, diags := generator.Read(context.Background(), o)
	if a == nil {
		var errs diag.List
		for _, d := range diags {
			if d.Severity == diag.Error {
				errs = append(errs, d)
			}
		}
		_ = s.style(s.err).Text(s.err, errs)
		return nil, v.fail(s, "the spec has errors")
	}
	return a, exitOK
}
