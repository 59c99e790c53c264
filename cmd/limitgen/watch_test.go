package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWatch saves files and polls them, as the ticker does.
func TestWatch(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	save := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const spec = `openapi: 3.0.3
info: {title: A, version: "1"}
x-rate-limits: {version: 1, limits: {each: {quota: 100, window: 1s, per: []}}, default: {each: 1}}
paths: {/a: {get: {operationId: getA, responses: {"200": {description: ok}, "429": {description: no}}}}}
`
	save("go.mod", "module example.com/a\n\ngo 1.25\n")
	save("a.yaml", spec)
	save("limitgen.yaml", "outputs: [{spec: a.yaml, out: gen, emit: limits}]\n")
	var out, errs bytes.Buffer
	s := streams{in: strings.NewReader(""), out: &out, err: &errs, color: new(string)}
	dirs := []string{"."}
	w := &watcher{verb: generateVerb, streams: s, dirs: dirs, list: func() ([]*arguments, int) { return generateVerb.outputs(s, dirs) }}
	if code := w.begin(); code != exitOK || !strings.Contains(errs.String(), "watching 1 output;") {
		t.Fatalf("%d: %s", code, errs.String())
	}
	limits := filepath.Join("gen", "limits.go")
	for _, step := range []struct {
		name, text       string
		out, err, limits string
	}{
		{"a.yaml", spec, "", "", "100"},
		{"a.yaml", strings.Replace(spec, "100", "20", 1), "was 100 requests per second, is 20 requests per second [limit-tightened]", "", "20"},
		{"a.yaml", strings.Replace(spec, "100", "many", 1), "", "a.yaml:3:52: error: quota", "20"},
		{"a.yaml", strings.Replace(spec, "100", "30", 1), "was 20 requests per second, is 30 requests per second [limit-loosened]", "", "30"},
		{"a.yaml", "# comment\n" + strings.Replace(spec, "100", "30", 1), "no changes\nwrote gen\n", "", "30"},
		{"limitgen.yaml", "outputs: [{spec: a.yaml, out: gen, emit: limits}, {spec: a.yaml, out: more, emit: json}]\n", "limitgen.yaml has changed\n", "watching 2 outputs", "30"},
		{"limitgen.yaml", "outputs: nothing\n", "limitgen.yaml has changed\n", "outputs must be a list", "30"},
		{"a.yaml", strings.Replace(spec, "100", "40", 1), "wrote gen\n", "", "40"},
	} {
		out.Reset()
		errs.Reset()
		save(step.name, step.text)
		w.look()
		first := out.String() + errs.String()
		w.look()
		if again := out.String() + errs.String(); again != first {
			t.Errorf("the second look at the same says %s", again)
		}
		if !strings.Contains(out.String(), step.out) || (out.Len() > 0) != (step.out != "") || !strings.Contains(errs.String(), step.err) || (errs.Len() > 0) != (step.err != "") {
			t.Errorf("%s %q: out %q, want %q; err %q, want %q", step.name, step.text, out.String(), step.out, errs.String(), step.err)
		}
		data, err := os.ReadFile(limits)
		if err != nil || !strings.Contains(string(data), "Quota:  "+step.limits) && !strings.Contains(string(data), "Quota: "+step.limits) {
			t.Errorf("%s %q: limits.go is not of %s (%v)", step.name, step.text, step.limits, err)
		}
	}
	if _, err := os.Stat(filepath.Join("more", "config", "json", "limits.json")); err != nil {
		t.Error(err)
	}
}
