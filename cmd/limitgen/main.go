// Command limitgen generates a Go client, a server and limits from an OpenAPI file that carries
// x-rate-limit extensions.
package main

import (
	"io"
	"os"
	"runtime/debug"
)

// collectAt is how much garbage, in percent of what lives, starts a collection. A run keeps the
// tree of the whole document until the analysis ends: with Go's 100, a file of 5,000 operations
// takes a fifth more memory, and with 60 a fifth more time.
const collectAt = 60

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
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
	color    *string // --color
}

// run returns the program: it returns the exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	code := exitOK
	s := streams{in: stdin, out: stdout, err: stderr, color: new(string)}
	root := rootCommand(s, &code)
	root.SetArgs(args)
	// A verb prints its own failures. Others are cobra's, such as an unknown topic of help.
	if err := root.Execute(); err != nil && code == exitOK {
		return verb{name: "help"}.misuse(s, "%s", err)
	}
	return code
}
