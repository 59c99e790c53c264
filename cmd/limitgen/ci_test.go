package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// These tests run what stands in the files for other people's machines, by the commands in them.

const shopOld = `openapi: 3.0.3
info: {title: Shop, version: "1"}
x-rate-limits:
  version: 1
  limits:
    each: {quota: 100, window: 1s, per: []}
  default: {each: 1}
paths:
  /a:
    get: {operationId: getA, responses: {"200": {description: ok}, "429": {description: no}}}
`

// pipeline is a repository with a spec that has changed since its base, and a built limitgen.
type pipeline struct {
	t         *testing.T
	dir, bin  string
	base      string
	env       []string
	summaries string
}

func newPipeline(t *testing.T) *pipeline {
	t.Helper()
	if testing.Short() {
		t.Skip("builds limitgen")
	}
	for _, program := range []string{"git", "bash"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(program + " is not installed")
		}
	}
	p := &pipeline{t: t, dir: t.TempDir(), bin: t.TempDir()}
	p.summaries = filepath.Join(p.bin, "summary.md")
	p.env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "RUNNER_TEMP="+p.bin, "GITHUB_STEP_SUMMARY="+p.summaries,
		"PATH="+p.bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	p.must("go build -C " + repository(t) + " -o " + filepath.Join(p.bin, "limitgen") + " ./cmd/limitgen")
	p.save("go.mod", "module example.com/shop\n\ngo 1.25\n")
	p.save("api.yaml", shopOld)
	p.must("git init -q && limitgen generate --spec api.yaml --out gen --emit limits && git add . && " +
		"git -c user.name=a -c user.email=a@example.com commit -qm first")
	p.base = strings.TrimSpace(p.must("git rev-parse HEAD"))
	return p
}

// repository is the root of this one.
func repository(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func (p *pipeline) save(name, text string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// bash runs a script as a runner does, and returns what it printed and its exit code.
func (p *pipeline) bash(script string, env ...string) (string, int) {
	p.t.Helper()
	cmd := exec.Command("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script)
	cmd.Dir, cmd.Env = p.dir, slices.Concat(p.env, env)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

func (p *pipeline) must(script string) string {
	p.t.Helper()
	out, code := p.bash(script)
	if code != 0 {
		p.t.Fatalf("%s: exit code %d\n%s", script, code, out)
	}
	return out
}

func parse(t *testing.T, file string, into any) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err == nil {
		err = yaml.Unmarshal(data, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

type action struct {
	Inputs map[string]struct{ Default string }
	Runs   struct {
		Steps []struct {
			Name, Run, If, Shell, Uses string
			Env                        map[string]string
		}
	}
}

var expression = regexp.MustCompile(`\$\{\{ *(.*?) *\}\}`)

// run runs the steps of the action that have commands; what it returns is by the step's name.
func (a *action) run(p *pipeline, sha string, inputs map[string]string) (out map[string]string, codes map[string]int) {
	out, codes = map[string]string{}, map[string]int{}
	value := func(name string) string {
		for one := range strings.SplitSeq(name, " || ") {
			v := ""
			if input, ok := strings.CutPrefix(one, "inputs."); ok {
				if v, ok = inputs[input]; !ok {
					v = a.Inputs[input].Default
				}
			} else if one == "github.event.pull_request.base.sha" {
				v = sha
			} else {
				p.t.Errorf("an expression that this test does not know: %s", one)
			}
			if v != "" {
				return v
			}
		}
		return ""
	}
	for _, s := range a.Runs.Steps {
		if m := regexp.MustCompile(`inputs\.([a-z-]+) != ''`).FindStringSubmatch(s.If); m != nil && value("inputs."+m[1]) == "" || s.Run == "" {
			continue
		}
		env := []string{"GITHUB_ACTION_PATH=" + repository(p.t)}
		for name, text := range s.Env {
			env = append(env, name+"="+expression.ReplaceAllStringFunc(text, func(e string) string { return value(expression.FindStringSubmatch(e)[1]) }))
		}
		if strings.Contains(s.Run, "${{") {
			p.t.Errorf("%s: what a user gives stands in the script", s.Name)
		}
		out[s.Name], codes[s.Name] = p.bash(s.Run, env...)
	}
	return out, codes
}

func TestAction(t *testing.T) {
	p := newPipeline(t)
	var a action
	parse(t, filepath.Join("..", "..", "action.yml"), &a)
	spec := map[string]string{"spec": "api.yaml"}
	out, codes := a.run(p, p.base, spec)
	for name, code := range codes {
		if code != 0 {
			t.Errorf("%s: nothing changed: %d\n%s", name, code, out[name])
		}
	}
	if len(codes) != 4 {
		t.Errorf("%d steps ran", len(codes))
	}

	p.save("api.yaml", strings.Replace(strings.Replace(shopOld, "100", "20", 1), `, "429": {description: no}`, "", 1))
	out, codes = a.run(p, p.base, spec)
	for name, want := range map[string]string{
		"Check generated files": "::error file=gen/limits.go",
		"Lint specs":            "::warning file=api.yaml,line=10,",
		"Compare specs":         "::error file=api.yaml,line=6,col=12",
	} {
		if codes[name] != 1 || !strings.Contains(out[name], want) {
			t.Errorf("%s: %d, want %s\n%s", name, codes[name], want, out[name])
		}
	}
	summary, err := os.ReadFile(p.summaries)
	if err != nil || !strings.Contains(string(summary), "# Limits of api.yaml") || !strings.Contains(string(summary), "20 requests per second") {
		t.Errorf("the summary is %s (%v)", summary, err)
	}
	if out, codes = a.run(p, p.base, map[string]string{"spec": "api.yaml", "fail-on": "none", "directory": ""}); codes["Compare specs"] != 0 || len(codes) != 3 {
		t.Errorf("%v %s", codes, out["Compare specs"])
	}
	p.save("new.yaml", shopOld)
	if out, codes = a.run(p, p.base, map[string]string{"spec": "new.yaml"}); codes["Compare specs"] != 0 || !strings.Contains(out["Compare specs"], "nothing to compare new.yaml with") {
		t.Errorf("a new spec: %v %s", codes, out["Compare specs"])
	}
	p.save("limits.yaml", "x-rate-limits: {version: 1, limits: {each: {quota: 7, window: 1s, per: []}}, default: {each: 1}}\n")
	p.save("plain.yaml", "openapi: 3.0.3\ninfo: {title: A, version: '1'}\npaths: {/a: {get: {operationId: a, responses: {'200': {description: ok}, '429': {description: no}}}}}\n")
	over := map[string]string{"spec": "plain.yaml", "overlay": "limits.yaml"}
	for _, sha := range []string{"", p.base} {
		if out, codes = a.run(p, sha, over); codes["Lint specs"] != 0 || codes["Compare specs"] != 0 || !strings.Contains(out["Compare specs"], "nothing to compare") {
			t.Errorf("an overlay: %v %v", codes, out)
		}
	}
	p.must("git add . && git -c user.name=a -c user.email=a@example.com commit -qm second")
	p.save("limits.yaml", "x-rate-limits: {version: 1, limits: {each: {quota: 5, window: 1s, per: []}}, default: {each: 1}}\n")
	if out, codes = a.run(p, "HEAD", over); codes["Compare specs"] != 1 || !strings.Contains(out["Compare specs"], "::error file=limits.yaml,line=1,") {
		t.Errorf("a lower limit in an overlay: %v %v", codes, out)
	}
}

func TestPreCommitHooks(t *testing.T) {
	p := newPipeline(t)
	var hooks []struct {
		ID, Entry, Language, Files string
		Pass                       *bool `yaml:"pass_filenames"`
	}
	parse(t, filepath.Join("..", "..", ".pre-commit-hooks.yaml"), &hooks)
	run := func() map[string]int {
		codes := map[string]int{}
		for _, h := range hooks {
			words := h.Entry
			if h.Pass == nil || *h.Pass {
				if h.Files == "" || !regexp.MustCompile(h.Files).MatchString("api.yaml") {
					t.Errorf("%s does not take api.yaml", h.ID)
				}
				words += " api.yaml"
			}
			var out string
			if out, codes[h.ID] = p.bash(words); codes[h.ID] == 2 || h.Language != "golang" {
				t.Errorf("%s (%s):\n%s", h.ID, h.Language, out)
			}
		}
		return codes
	}
	if codes := run(); len(codes) != 3 || codes["limitgen-check"]+codes["limitgen-lint"]+codes["limitgen-generate"] != 0 {
		t.Error(codes)
	}
	p.save("api.yaml", strings.Replace(strings.Replace(shopOld, "100", "20", 1), `, "429": {description: no}`, "", 1))
	if codes := run(); codes["limitgen-check"] != 1 || codes["limitgen-lint"] != 1 || codes["limitgen-generate"] != 0 {
		t.Error(codes)
	}
	if codes := run(); codes["limitgen-check"] != 0 {
		t.Error("generate did not write what check asks for", codes)
	}
}

// TestGitLab runs the job that init writes. Installing limitgen aside, which this test has done.
func TestGitLab(t *testing.T) {
	p := newPipeline(t)
	p.must("limitgen init api.yaml --ci gitlab")
	var jobs map[string]struct {
		Variables map[string]string
		Before    []string `yaml:"before_script"`
		Script    []string
		Artifacts struct {
			Reports struct{ CodeQuality []string }
		}
	}
	parse(t, filepath.Join(p.dir, ".gitlab", "limitgen.yml"), &jobs)
	job := jobs["limitgen"]
	if len(job.Before) != 1 || !strings.HasPrefix(job.Before[0], "go install github.com/limitgen/limitgen/cmd/limitgen@") {
		t.Error(job.Before)
	}
	env := []string{"CI_MERGE_REQUEST_DIFF_BASE_SHA=" + p.base}
	for name, value := range job.Variables {
		env = append(env, name+"="+value)
	}
	p.must("rm limitgen.yaml")
	if out, code := p.bash(strings.Join(job.Script, "\n"), env...); code != 0 || !strings.Contains(out, "no changes") {
		t.Errorf("nothing changed: %d\n%s", code, out)
	}
	p.save("api.yaml", strings.Replace(strings.Replace(shopOld, "100", "20", 1), `, "429": {description: no}`, "", 1))
	if out, code := p.bash(strings.Join(job.Script, "\n"), env...); code != 1 || !strings.Contains(out, "[limit-tightened]") {
		t.Errorf("a limit is lower: %d\n%s", code, out)
	}
	for i, name := range job.Artifacts.Reports.CodeQuality {
		data, err := os.ReadFile(filepath.Join(p.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		var found []struct {
			Description, Fingerprint, Severity string
			Check                              string `json:"check_name"`
			Location                           struct {
				Path  string
				Lines struct{ Begin int }
			}
		}
		if err := json.Unmarshal(data, &found); err != nil || len(found) == 0 {
			t.Errorf("%s: %v\n%s", name, err, data)
			continue
		}
		for _, f := range found {
			if f.Description == "" || f.Fingerprint == "" || f.Severity == "" || f.Location.Path == "" || f.Location.Lines.Begin < 1 {
				t.Errorf("%s: %+v", name, f)
			}
		}
		if want := []string{"drift", "missing-429", "limit-tightened"}[i]; !bytes.Contains(data, []byte(`"`+want+`"`)) {
			t.Errorf("%s has no %s:\n%s", name, want, data)
		}
	}
}

// TestRelease runs the commands of .goreleaser.yaml and of the Dockerfile in a copy that has a tag.
func TestRelease(t *testing.T) {
	p := newPipeline(t)
	p.env = append(p.env, "GOFLAGS=-buildvcs=auto") // the version is git's, which a machine can turn off
	root := repository(t)
	if _, err := os.Stat(filepath.Join(root, ".git")); err != nil {
		t.Skip("this is not a checkout")
	}
	var release struct {
		Before struct{ Hooks []string }
		Builds []struct {
			Main                string
			Env, Flags, Ldflags []string
		}
		Archives []struct{ Files []any }
	}
	parse(t, filepath.Join(root, ".goreleaser.yaml"), &release)
	p.must("git clone -q --depth 1 file://" + root + " copy && cd copy && git tag v1.2.3")
	p.dir = filepath.Join(p.dir, "copy")
	for _, hook := range release.Before.Hooks {
		p.must(hook)
	}
	for _, f := range release.Archives[0].Files {
		pattern, ok := f.(string)
		if m, _ := f.(map[string]any); !ok {
			pattern, _ = m["src"].(string)
		}
		if found, err := filepath.Glob(filepath.Join(p.dir, pattern)); err != nil || len(found) == 0 {
			t.Errorf("nothing is %q", pattern)
		}
	}
	b := release.Builds[0]
	p.must(strings.Join(b.Env, " ") + " go build " + strings.Join(b.Flags, " ") + " -ldflags '" + strings.Join(b.Ldflags, " ") + "' -o ../released " + b.Main)
	if out := p.must("../released version"); !strings.HasPrefix(out, "limitgen v1.2.3 (go1.") || strings.Contains(out, "modified") {
		t.Errorf("the release is %s", out)
	}
	docker, err := os.ReadFile(filepath.Join(root, "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	build := regexp.MustCompile(`(?m)^RUN (CGO_ENABLED.*)$`).FindStringSubmatch(string(docker))
	copied := regexp.MustCompile(`(?m)^COPY --from=build (\S+) `).FindStringSubmatch(string(docker))
	if build == nil || copied == nil || !strings.Contains(build[1], "-o "+copied[1]+" ") {
		t.Fatalf("the Dockerfile does not copy what it builds: %q %q", build, copied)
	}
	p.must(strings.Replace(build[1], "-o "+copied[1], "-o ../image", 1))
	if out := p.must("../image version"); !strings.HasPrefix(out, "limitgen v1.2.3 (go1.") {
		t.Errorf("the image has %s", out)
	}
}
