package lint

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/diag"
)

// SettingsFile is a repository's configuration of lint.
const SettingsFile = "limitgen.yaml"

const ruleSettings = "settings"

// Settings change the severity of findings. Errors stop generate, so no setting lowers them.
type Settings struct {
	file     string
	severity map[string]level
	accepted []*acceptance
}

// level is the configured severity of a rule.
type level string

const (
	levelOff     level = "off"
	levelWarning level = "warning"
	levelError   level = "error"
)

// acceptance records a known finding. It is not reported; instead its absence is.
type acceptance struct {
	Rule   string `yaml:"rule"`
	File   string `yaml:"file"`  // of the finding, from the settings' folder
	Match  string `yaml:"match"` // a text in its message; "" for all of the rule
	Reason string `yaml:"reason"`
	pos    diag.Position
	met    bool
}

// ParseSettings reads a settings file. file is its path, as findings name it.
//
//	lint:
//	  severity: {missing-429: off, pattern: error}
//	  accepted:
//	    - {rule: ambiguous-path, file: api.yaml, match: super_admin, reason: the vendor's own}
//
// The member outputs is generate's.
func ParseSettings(file string, data []byte) (*Settings, diag.List) {
	s := &Settings{file: file, severity: map[string]level{}}
	var diags diag.List
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		diags.Errorf(diag.Position{File: file, Line: 1, Col: 1}, ruleSettings, "not YAML: %v", err)
		return s, diags
	}
	if len(root.Content) == 0 {
		return s, diags
	}
	r := reader{file: file, diags: &diags}
	r.mapping(root.Content[0], map[string]func(*yaml.Node){
		"outputs": func(*yaml.Node) {},
		"lint": func(n *yaml.Node) {
			r.mapping(n, map[string]func(*yaml.Node){
				"severity": func(n *yaml.Node) { r.severities(n, s) },
				"accepted": func(n *yaml.Node) { r.acceptances(n, s) },
			})
		},
	})
	return s, diags
}

// Set changes the level of a rule, as the command line does.
func (s *Settings) Set(rule, to string) error {
	if diag.Describe(rule) == "" {
		return fmt.Errorf("unknown rule %q; it must be one of %s", rule, strings.Join(diag.Rules(), ", "))
	}
	if !slices.Contains([]level{levelOff, levelWarning, levelError}, level(to)) {
		return fmt.Errorf("severity %q of rule %s: it takes off, warning or error", to, rule)
	}
	if s.severity == nil {
		s.severity = map[string]level{}
	}
	s.severity[rule] = level(to)
	return nil
}

// Apply returns the remaining findings. A warning can be turned off, accepted or made an error; an
// error stays one.
func (s *Settings) Apply(found diag.List) diag.List {
	var out diag.List
	for _, d := range found {
		if d.Severity == diag.Warning {
			if s.severity[d.Rule] == levelOff || s.accepts(d) {
				continue
			}
			if s.severity[d.Rule] == levelError {
				d.Severity = diag.Error
			}
		}
		out = append(out, d)
	}
	return out
}

// Unmet reports the acceptances for a file that matched no finding, so that obsolete ones are
// removed. looked says which rules were checked.
func (s *Settings) Unmet(file string, looked func(rule string) bool) diag.List {
	var diags diag.List
	for _, a := range s.accepted {
		if !a.met && looked(a.Rule) && s.speaksOf(a, file) {
			diags.Warnf(a.pos, ruleSettings, "this accepts no finding of rule %s in %s any more; take it out", a.Rule, a.File)
		}
	}
	return diags
}

func (s *Settings) accepts(d diag.Diagnostic) bool {
	for _, a := range s.accepted {
		if a.Rule == d.Rule && s.speaksOf(a, d.Pos.File) && strings.Contains(d.Message, a.Match) {
			a.met = true
			return true
		}
	}
	return false
}

// speaksOf reports whether an acceptance is about a file, given by its path on the command line.
func (s *Settings) speaksOf(a *acceptance, file string) bool {
	abs, err := filepath.Abs(filepath.Join(filepath.Dir(s.file), filepath.FromSlash(a.File)))
	other, err2 := filepath.Abs(file)
	return err == nil && err2 == nil && abs == other
}

// reader reads YAML and reports unknown parts with their positions.
type reader struct {
	file  string
	diags *diag.List
}

func (r reader) pos(n *yaml.Node) diag.Position {
	return diag.Position{File: r.file, Line: n.Line, Col: n.Column}
}

// mapping calls the function of each key.
func (r reader) mapping(n *yaml.Node, known map[string]func(*yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		r.diags.Errorf(r.pos(n), ruleSettings, "this must be a mapping")
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		read := known[n.Content[i].Value]
		if read == nil {
			r.diags.Errorf(r.pos(n.Content[i]), ruleSettings, "unknown key %q", n.Content[i].Value)
			continue
		}
		read(n.Content[i+1])
	}
}

func (r reader) severities(n *yaml.Node, s *Settings) {
	if n.Kind != yaml.MappingNode {
		r.diags.Errorf(r.pos(n), ruleSettings, "severity must map rules to off, warning or error")
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if err := s.Set(n.Content[i].Value, n.Content[i+1].Value); err != nil {
			r.diags.Errorf(r.pos(n.Content[i]), ruleSettings, "%v", err)
		}
	}
}

func (r reader) acceptances(n *yaml.Node, s *Settings) {
	if n.Kind != yaml.SequenceNode {
		r.diags.Errorf(r.pos(n), ruleSettings, "accepted must be a list")
		return
	}
	for _, item := range n.Content {
		a := &acceptance{pos: r.pos(item)}
		text := func(into *string) func(*yaml.Node) {
			return func(n *yaml.Node) {
				if n.Kind != yaml.ScalarNode {
					r.diags.Errorf(r.pos(n), ruleSettings, "this must be a string")
				}
				*into = n.Value
			}
		}
		r.mapping(item, map[string]func(*yaml.Node){
			"rule": text(&a.Rule), "file": text(&a.File), "match": text(&a.Match), "reason": text(&a.Reason),
		})
		switch {
		case diag.Describe(a.Rule) == "":
			r.diags.Errorf(a.pos, ruleSettings, "rule must be one of %s", strings.Join(diag.Rules(), ", "))
		case a.File == "" || path.IsAbs(a.File):
			r.diags.Errorf(a.pos, ruleSettings, "file must name the spec, relative to the folder of this file")
		case strings.TrimSpace(a.Reason) == "":
			r.diags.Errorf(a.pos, ruleSettings, "reason must say why the finding is accepted")
		default:
			s.accepted = append(s.accepted, a)
		}
	}
}
