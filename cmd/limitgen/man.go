package main

import (
	"io"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"
)

// manVerb is for those that package limitgen.
var manVerb = verb{
	name:    "man",
	args:    "DIR",
	summary: "write manual pages",
	long:    `Write a manual page for each verb into DIR, for a package of limitgen.`,
	examples: []string{
		"limitgen man /usr/local/share/man/man1",
		"limitgen man . && man ./limitgen-generate.1",
		"go tool limitgen man man",
	},
	codes:  "0 ok, 2 could not do it.",
	hidden: true,
}

func defineMan(v verb, _ *pflag.FlagSet) func(s streams, args []string) int {
	return func(s streams, args []string) int {
		if len(args) != 1 {
			return v.misuse(s, "it takes one folder, not %d", len(args))
		}
		var code int
		root := rootCommand(streams{out: io.Discard, err: io.Discard, color: new(string)}, &code)
		root.DisableAutoGenTag = true // pages of one version are the same bytes
		header := &doc.GenManHeader{Section: "1", Source: "limitgen", Date: buildTime()}
		if err := doc.GenManTree(root, header, args[0]); err != nil {
			return v.fail(s, "%s", err)
		}
		return exitOK
	}
}

// buildTime returns the time of the commit that this program was built from, so that manual pages
// are reproducible; nil leaves the choice to SOURCE_DATE_EPOCH.
func buildTime() *time.Time {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	for _, s := range info.Settings {
		if t, err := time.Parse(time.RFC3339, s.Value); s.Key == "vcs.time" && err == nil {
			return &t
		}
	}
	return nil
}
