package compat_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestTheDocumentArguesEverySeverity compares the table of spec/changes.md with the kinds that
// there are, and with the severities that the files of testdata/kinds show.
func TestTheDocumentArguesEverySeverity(t *testing.T) {
	doc, err := os.ReadFile("../../spec/changes.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string][]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]*) \\| ([^|]*) \\| [^|]+ \\|$").FindAllStringSubmatch(string(doc), -1) {
		for _, kind := range strings.Split(row[1], ", ") {
			documented[strings.Trim(kind, "`")] = strings.Split(row[2], ", ")
		}
	}
	all := kinds(t)
	for kind := range documented {
		if !slices.Contains(all, kind) {
			t.Errorf("spec/changes.md has %q, which is not a kind", kind)
		}
	}
	for _, kind := range all {
		if documented[kind] == nil {
			t.Errorf("spec/changes.md does not argue the severity of %q", kind)
		}
	}
	files, err := filepath.Glob("testdata/kinds/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^\S+: (error|warning|note): .* \[([a-z-]+)\]$`).FindAllStringSubmatch(string(data), -1) {
			seen[m[2]+" "+m[1]] = true
			if !slices.Contains(documented[m[2]], m[1]) {
				t.Errorf("%s: %s is %s, which spec/changes.md does not argue", file, m[2], m[1])
			}
		}
	}
	for _, kind := range all {
		for _, severity := range documented[kind] {
			if !seen[kind+" "+severity] {
				t.Errorf("spec/changes.md says that %s can be %s, and no file of testdata/kinds shows it", kind,
					severity)
			}
		}
	}
}
