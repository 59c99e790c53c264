package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/fileset"
)

// companions are the flags about packages beside the generated one, as they were given.
type companions struct{ observe, store, importPath *string }

func addCompanions(fs *pflag.FlagSet) companions {
	return companions{
		observe:    fs.String("observe", "", "comma `LIST` of packages in DIR that report what the limits do"),
		store:      fs.String("store", "", "comma `LIST` of packages in DIR that count for several processes"),
		importPath: fs.String("import-path", "", "import `PATH` of DIR (default: after the nearest go.mod)"),
	}
}

// companionHelp says what these flags know.
func companionHelp() string {
	var b strings.Builder
	for _, flag := range []string{"observe", "store"} {
		fmt.Fprintf(&b, "What --%s knows:\n\n", flag)
		for _, c := range generator.Companions() {
			if c.Flag == flag {
				fmt.Fprintf(&b, "  %-23s %s\n", c.Name, c.Summary)
			}
		}
		if flag == "observe" {
			b.WriteString("\n")
		}
	}
	return b.String()
}

// record brings the flags into their recorded form.
func (c companions) record(a *fileset.Arguments) error {
	a.Observe, a.Store, a.ImportPath = splitList(*c.observe), splitList(*c.store), *c.importPath
	return canonicalCompanions(a)
}

// canonicalCompanions checks recorded companions and brings them into order.
func canonicalCompanions(a *fileset.Arguments) (err error) {
	if a.Observe, err = companionList("observe", a.Observe); err != nil {
		return err
	}
	if a.Store, err = companionList("store", a.Store); err != nil {
		return err
	}
	if len(a.Observe) == 0 && len(a.Store) == 0 {
		if a.ImportPath != "" {
			return errors.New("--import-path says nothing without --observe or --store")
		}
		return nil
	}
	if len(a.Observe) > 0 && !slices.Contains(a.Emit, "client") && !slices.Contains(a.Emit, "server") {
		return errors.New("--observe needs client or server among --emit")
	}
	if !slices.ContainsFunc(goEmits, func(part string) bool { return slices.Contains(a.Emit, part) }) {
		return errors.New("--store needs client, server or limits among --emit")
	}
	if a.ImportPath != "" {
		return validImportPath(a.ImportPath)
	}
	return nil
}

// companionList puts a list into order, each once.
func companionList(flag string, list []string) ([]string, error) {
	var known, out []string
	for _, c := range generator.Companions() {
		if c.Flag == flag {
			known = append(known, c.Name)
		}
	}
	for _, name := range list {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("--%s does not know %q%s; it takes a comma list of %s", flag, name, hint(name, "", known), strings.Join(known, ", "))
		}
	}
	for _, name := range known {
		if slices.Contains(list, name) {
			out = append(out, name)
		}
	}
	return out, nil
}

// companionWords are the flags that make recorded companions again.
func companionWords(a fileset.Arguments) []string {
	var words []string
	if len(a.Observe) > 0 {
		words = append(words, "--observe", strings.Join(a.Observe, ","))
	}
	if len(a.Store) > 0 {
		words = append(words, "--store", strings.Join(a.Store, ","))
	}
	if a.ImportPath != "" {
		words = append(words, "--import-path", a.ImportPath)
	}
	return words
}

// findImportPath fills in how companions import the package, where there are any.
func (j *job) findImportPath() (err error) {
	if len(j.args.Observe) == 0 && len(j.args.Store) == 0 {
		return nil
	}
	if j.importPath = j.args.ImportPath; j.importPath == "" {
		j.importPath, err = importPathOf(j.out)
	}
	return err
}
