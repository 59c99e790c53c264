package main

import (
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/spf13/pflag"

	"github.com/limitgen/limitgen/generator/manifest"
)

var versionVerb = verb{
	name:    "version",
	summary: "print the version",
	long: `Print the version of limitgen, from the build information that Go puts into it.

A build from a checkout is "(devel)" or names its commit. Only a release's version is
ever written into a manifest.`,
	examples: []string{
		"limitgen version",
		"go tool limitgen version",
		"go run github.com/limitgen/limitgen/cmd/limitgen@latest version",
	},
	codes: "0 ok, 2 could not do it.",
	define: func(v verb, _ *pflag.FlagSet) func(s streams, args []string) int {
		return func(s streams, args []string) int {
			if len(args) > 0 {
				return v.misuse(s, "unexpected argument %q", args[0])
			}
			fmt.Fprintln(s.out, versionText())
			return exitOK
		}
	},
}

// describe returns one line: "limitgen v1.2.3 (go1.26.0)".
func describe(info *debug.BuildInfo, ok bool) string {
	if !ok {
		return "limitgen (unknown)"
	}
	version := info.Main.Version
	if version == "" {
		version = "(devel)"
	}
	more := []string{info.GoVersion}
	for _, setting := range info.Settings {
		switch {
		case setting.Key == "vcs.revision":
			more = append(more, "commit "+setting.Value)
		case setting.Key == "vcs.modified" && setting.Value == "true":
			more = append(more, "modified")
		}
	}
	return fmt.Sprintf("limitgen %s (%s)", version, strings.Join(more, ", "))
}

// release returns this program's version if it is a release, else "".
func release() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	return releaseOf(info)
}

// releaseOf ignores a module that a replace directive substitutes: its version is whatever the
// go.mod requires.
func releaseOf(info *debug.BuildInfo) string {
	if info.Main.Replace != nil || !manifest.IsRelease(info.Main.Version) {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.modified" && s.Value == "true" {
			return ""
		}
	}
	return info.Main.Version
}
