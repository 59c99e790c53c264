package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/manifest"
)

// addFlags adds flags that a manifest records to a command. Their current values are the defaults.
func addFlags(fs *pflag.FlagSet, flags manifest.Arguments) {
	for _, f := range flags {
		switch p := f.Value.(type) {
		case *string:
			fs.StringVar(p, f.Name, *p, f.Usage)
		case *int:
			fs.IntVar(p, f.Name, *p, f.Usage)
		case *bool:
			fs.BoolVar(p, f.Name, *p, f.Usage)
		case *[]string:
			if f.Repeated {
				fs.StringArrayVar(p, f.Name, *p, f.Usage)
				continue
			}
			fs.Var((*commaList)(p), f.Name, f.Usage)
		}
	}
}

// commaList is a flag's value. A repeated flag replaces the list.
type commaList []string

func (l *commaList) String() string { return strings.Join(*l, ",") }
func (l *commaList) Type() string   { return "list" }

func (l *commaList) Set(text string) error {
	*l = nil
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			*l = append(*l, part)
		}
	}
	return nil
}

// flagHint suggests the flag that a mistyped one may mean.
func flagHint(fs *pflag.FlagSet, err error) string {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return ""
	}
	var names []string
	fs.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return hint(unknown.GetSpecifiedName(), "--", names)
}

// flagTable prints a line for each flag, in the order in which they were added: name, value and
// usage. Further lines of a usage are indented.
func flagTable(fs *pflag.FlagSet) string {
	var rows [][2]string
	width := 0
	fs.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		if f.Value.Type() == "bool" {
			value = ""
		}
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "[]" && f.DefValue != "0" && f.DefValue != "0s" {
			usage += " (default " + f.DefValue + ")"
		}
		row := [2]string{strings.TrimSpace("--" + f.Name + " " + value), usage}
		rows, width = append(rows, row), max(width, len(row[0]))
	})
	var b strings.Builder
	for _, row := range rows {
		usage := strings.ReplaceAll(row[1], "\n", fmt.Sprintf("\n%*s", width+4, ""))
		fmt.Fprintf(&b, "  %-*s  %s\n", width, row[0], usage)
	}
	return b.String()
}

// misuse reports a wrong command line and refers to the help.
func (v verb) misuse(s streams, format string, args ...any) int {
	v.fail(s, format, args...)
	fmt.Fprintf(s.err, "run 'limitgen %s --help' for its flags and examples\n", v.name)
	return exitFailed
}

// warn prints a warning.
func (v verb) warn(s streams, format string, args ...any) {
	fmt.Fprintf(s.err, "limitgen %s: warning: %s\n", v.name, shown(fmt.Sprintf(format, args...)))
}

// fail reports why a verb failed.
func (v verb) fail(s streams, format string, args ...any) int {
	fmt.Fprintf(s.err, "limitgen %s: %s\n", v.name, shown(fmt.Sprintf(format, args...)))
	return exitFailed
}

// shown returns lines without what a terminal would obey: a file's name may have it.
func shown(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(diag.Printable(line), " ")
	}
	return strings.Join(lines, "\n")
}

// hint suggests the known word that is nearest to a mistyped one, if any.
func hint(word, prefix string, known []string) string {
	best, distance := "", max(1, len(word)/3)+1
	for _, k := range known {
		d := editDistance(word, k)
		if len(word) > 1 && strings.HasPrefix(k, word) {
			d = 1
		}
		if d < distance {
			best, distance = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %s%s?", prefix, best)
}

// editDistance counts the insertions, removals and replacements that make b of a.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
