package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"
)

// flagSet has no output of its own: parse prints.
func (v verb) flagSet() *pflag.FlagSet {
	fs := pflag.NewFlagSet(v.name, pflag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	fs.SortFlags = false
	return fs
}

// parse reads the flags. When ok is false the verb is over, with code.
func (v verb) parse(fs *pflag.FlagSet, s streams, args []string) (code int, ok bool) {
	err := fs.Parse(args)
	switch {
	case err == nil:
		return exitOK, true
	case errors.Is(err, pflag.ErrHelp):
		fmt.Fprint(s.out, v.help)
		return exitOK, false
	}
	more := ""
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		var names []string
		fs.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		more = hint(unknown.GetSpecifiedName(), "--", names)
	}
	return v.misuse(s, "%s%s", err, more), false
}

// misuse says what is wrong with the command line and where to read on.
func (v verb) misuse(s streams, format string, args ...any) int {
	v.fail(s, format, args...)
	fmt.Fprintf(s.err, "run 'limitgen %s --help' for its flags and examples\n", v.name)
	return exitFailed
}

// fail says why a verb could not do its work.
func (v verb) fail(s streams, format string, args ...any) int {
	fmt.Fprintf(s.err, "limitgen %s: %s\n", v.name, fmt.Sprintf(format, args...))
	return exitFailed
}

// hint names the known word that is nearest to a mistyped one, or nothing when none is near.
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
