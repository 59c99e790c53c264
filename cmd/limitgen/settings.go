package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/limitgen/limitgen/generator/audit"
	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/lint"
	"github.com/limitgen/limitgen/generator/manifest"
)

// judge applies settings to findings: those of the repository's settings file, and those of flags,
// which take precedence.
type judge struct {
	path     string // --settings
	disable  []string
	severity []string
	known    map[string]*lint.Settings // by path; "" for none
	audits   bool                      // the findings are audit's, not lint's
}

// addJudge adds the flags about findings.
func addJudge(fs *pflag.FlagSet) *judge {
	j := &judge{known: map[string]*lint.Settings{}}
	fs.StringSliceVar(&j.disable, "disable", nil, "warnings of `RULE` are not findings; a comma list, or several times")
	fs.StringSliceVar(&j.severity, "severity", nil, "`RULE=LEVEL` makes warnings of a rule off, warning or error")
	fs.StringVar(&j.path, "settings", "", "settings `FILE` (default: "+lint.SettingsFile+" beside the spec or above it)")
	return j
}

// judge applies the settings for a spec to its findings, and to those in other files that are read
// with it. An error is about the command line.
func (j *judge) judge(path string, found diag.List, beside ...string) (diag.List, error) {
	file := j.path
	if file == "" {
		file = findSettings(path)
	}
	s, ok := j.known[file]
	if !ok {
		s = &lint.Settings{}
		if file != "" {
			data, err := os.ReadFile(file)
			if err != nil {
				return found, err
			}
			var diags diag.List
			s, diags = lint.ParseSettings(file, data)
			found = append(found, diags...)
		}
		for _, rule := range j.disable {
			if err := s.Set(rule, "off"); err != nil {
				return found, err
			}
		}
		for _, one := range j.severity {
			rule, level, ok := strings.Cut(one, "=")
			if !ok {
				return found, errors.New("--severity " + one + ": it takes RULE=LEVEL")
			}
			if err := s.Set(rule, level); err != nil {
				return found, err
			}
		}
		j.known[file] = s
	}
	found = s.Apply(found)
	looked := func(rule string) bool { return slices.Contains(audit.Rules, rule) == j.audits }
	for _, file := range append(beside, path) {
		found = append(found, s.Unmet(file, looked)...)
	}
	return found, nil
}

// findSettings looks for a settings file in a spec's folder and above, up to the repository's root.
func findSettings(spec string) string {
	dir := filepath.Dir(spec)
	if spec == manifest.Stdin {
		dir = "."
	}
	for {
		name := filepath.Join(dir, lint.SettingsFile)
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
			return name
		}
		if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil {
			return ""
		}
		abs, err := filepath.Abs(dir)
		if err != nil || filepath.Dir(abs) == abs {
			return ""
		}
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			return ""
		}
		dir = filepath.Join(dir, "..")
	}
}
