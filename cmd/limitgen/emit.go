package main

import (
	"fmt"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/limitgen/limitgen/generator/emit"
)

// goEmits are the parts of the Go package, and the default of --emit.
var goEmits = []string{"client", "server", "limits"}

// emitsGo reports whether any part of the Go package is written.
func emitsGo(emit []string) bool {
	return slices.ContainsFunc(emit, func(e string) bool { return slices.Contains(goEmits, e) })
}

// emits are the values of --emit in the order in which they are recorded.
var emits = func() []string {
	all := slices.Clone(goEmits)
	for _, t := range emit.Targets() {
		all = append(all, t.Name)
	}
	return all
}()

// emitHelp describes the values of --emit.
func emitHelp() string {
	var b strings.Builder
	b.WriteString("Values of --emit:\n\n  client, server, limits  parts of the Go package\n")
	for _, t := range emit.Targets() {
		fmt.Fprintf(&b, "  %-23s %s\n", t.Name, t.Summary)
	}
	return b.String()
}

// parseEmit checks a list and normalises it: without duplicates, in order.
func parseEmit(list []string) ([]string, error) {
	for _, e := range list {
		if !slices.Contains(emits, e) {
			return nil, fmt.Errorf("--emit does not know %q%s; it takes a comma list of %s",
				e, hint(e, "", emits), strings.Join(emits, ", "))
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("--emit is empty; it takes a comma list of %s", strings.Join(emits, ", "))
	}
	return slices.DeleteFunc(slices.Clone(emits), func(e string) bool { return !slices.Contains(list, e) }), nil
}

// packageFor makes a folder's name a Go package name: "Chat-API.v2" is chatapiv2.
func packageFor(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	name := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, filepath.Base(abs))
	if name == "" {
		return "api", nil
	}
	if !token.IsIdentifier(name) || validPackage(name) != nil {
		// It begins with a digit, or is a keyword of Go.
		if unicode.IsDigit([]rune(name)[0]) {
			return "api" + name, nil
		}
		return name + "api", nil
	}
	return name, nil
}

// validPackage rejects names that cannot be imported.
func validPackage(name string) error {
	switch {
	case !token.IsIdentifier(name), name == "_":
		return fmt.Errorf("--package %q is not a Go identifier", name)
	case name == "main", name == "init":
		return fmt.Errorf("--package %q cannot be imported", name)
	}
	return nil
}
