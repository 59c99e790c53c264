package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/compat"
	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/fileset"
	"github.com/limitgen/limitgen/generator/manifest"
	"github.com/limitgen/limitgen/generator/model"
)

// report prints the drift of one folder: a line per file, the command that repairs it, the likely
// reasons, and with --diff the differences.
func (c *checker) report(dir, mend string, reasons []string, plan *fileset.Plan, drifts []fileset.Drift) {
	for _, d := range drifts {
		kind := string(d.Kind)
		if d.Note != "" {
			kind += ", " + d.Note
		}
		if d.Refused {
			kind += "; move it away first: mv " + quote(manifest.Word(d.Path)) + " ELSEWHERE"
		}
		c.drift(d.Path, "%s", kind)
		c.found[len(c.found)-1].Message += "; run: " + mend
	}
	fmt.Fprintf(c.out, "%s: run: %s\n", diag.Printable(dir), mend)
	for _, reason := range reasons {
		fmt.Fprintf(c.out, "%s: note: %s\n", diag.Printable(filepath.Join(dir, fileset.ManifestName)), diag.Printable(reason))
	}
	if !c.diff {
		return
	}
	for _, d := range drifts {
		name := diag.Printable(filepath.ToSlash(d.Path))
		_, _ = c.out.Write(fileset.UnifiedDiff("a/"+name, d.Old, "b/"+name, d.New))
	}
	for _, change := range compat.Diff(plan.Old(), plan.New()) {
		fmt.Fprintln(c.out, change)
	}
}

// terms prints the effects of changed limits on callers, with positions in the spec.
func (c *checker) terms(j job, result *generator.Result, old manifest.Terms) {
	for _, change := range compat.Terms(old, result.Terms) {
		at := place(j, result.API, change)
		fmt.Fprintf(c.out, "%s: %s\n", at, change)
		c.found.Warnf(at, ruleChanged, "%s", change)
	}
}

// noticed is how many days before a limit changes check reports it.
const noticed = 30

// announced prints which limits change soon.
func (c *checker) announced(api *model.API) {
	for _, f := range compat.Announced(api, time.Now(), noticed) {
		if slices.ContainsFunc(c.found, func(d diag.Diagnostic) bool { return d.Pos == f.New && d.Message == f.Text }) {
			continue // of another output of the same spec
		}
		fmt.Fprintf(c.out, "%s: warning: %s\n", f.New, diag.Printable(f.Text))
		c.found.Warnf(f.New, string(compat.Scheduled), "%s", f.Text)
	}
}

// place returns the position of a change in the spec, or the spec itself if the limit was removed.
func place(j job, api *model.API, change compat.TermsChange) diag.Position {
	for _, p := range api.Plans {
		for _, a := range p.Amounts {
			if p.Name == change.Plan && a.Limit == change.Limit {
				return a.Pos
			}
		}
	}
	for _, l := range api.Limits {
		if l.Name == change.Limit {
			return l.Pos
		}
	}
	for _, op := range api.Operations {
		if slices.Contains(change.Operations, op.ID) {
			return op.Pos
		}
	}
	return diag.Position{File: j.spec.name}
}

// reasons returns the likely reasons for a difference. They are only hints: check compares bytes.
func reasons(j job, m *manifest.Manifest, result *generator.Result) []string {
	var out []string
	if manifest.HashSpec(j.spec.data) != m.SpecSHA256 {
		out = append(out, fmt.Sprintf("%s has changed since", j.spec.name))
	}
	for _, name := range changedOverlays(j.overlays, m) {
		out = append(out, fmt.Sprintf("%s has changed since", name))
	}
	for _, name := range j.changedParts(result, m) {
		out = append(out, fmt.Sprintf("%s has changed since", name))
	}
	return append(out, otherVersion(m.Version)...)
}

// otherVersion returns a reason if another version of limitgen wrote the output.
func otherVersion(version string) []string {
	running := release()
	if running == version {
		return nil
	}
	return []string{fmt.Sprintf("written by %s, checked by %s", toolName(version), toolName(running))}
}

func toolName(version string) string {
	if version == "" {
		return "an unreleased limitgen"
	}
	return "limitgen " + version
}
