// Command limitgen generates a Go client, a server and limits from an OpenAPI file that carries
// x-rate-limit extensions.
package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// Exit codes, the same for every verb.
const (
	exitOK     = 0
	exitFound  = 1 // findings or drift
	exitFailed = 2 // could not do it
)

// streams are what a verb reads and writes: results go to out, diagnostics to err.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// verb is one thing that limitgen does. help is printed as it stands.
type verb struct {
	name, summary, help string
	run                 func(v verb, s streams, args []string) int
}

// verbs is a function because the verbs' help would refer to itself otherwise.
func verbs() []verb {
	return []verb{generateVerb, checkVerb, lintVerb, listVerb, versionVerb}
}

// run is the program: it returns the exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	s := streams{stdin, stdout, stderr}
	if len(args) == 0 {
		fmt.Fprint(stderr, usage())
		return exitFailed
	}
	name, rest := args[0], args[1:]
	switch name {
	case "--version":
		name = versionVerb.name
	case "help", "--help", "-h":
		if len(rest) == 0 {
			fmt.Fprint(stdout, usage())
			return exitOK
		}
		name, rest = rest[0], []string{"--help"}
	}
	all := verbs()
	if i := slices.IndexFunc(all, func(v verb) bool { return v.name == name }); i >= 0 {
		return all[i].run(all[i], s, rest)
	}
	var names []string
	for _, v := range all {
		names = append(names, v.name)
	}
	fmt.Fprintf(stderr, "limitgen: unknown verb %q%s\nrun 'limitgen --help' for the verbs\n", name, hint(name, "", names))
	return exitFailed
}

func usage() string {
	var b strings.Builder
	b.WriteString(`limitgen generates a Go client that paces itself, a server that enforces, and
limits from an OpenAPI file with x-rate-limit extensions.

Usage: limitgen VERB [FLAGS]

`)
	for _, v := range verbs() {
		fmt.Fprintf(&b, "  %-10s %s\n", v.name, v.summary)
	}
	b.WriteString(`
Examples:
  limitgen generate --spec api.yaml --out gen/api
  limitgen check
  limitgen list api.yaml

'limitgen VERB --help' says more.
Exit codes: 0 ok, 1 findings or drift, 2 could not do it.
`)
	return b.String()
}
