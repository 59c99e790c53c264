package proof

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/cmd/internal/proof/harness"
)

// finding is one element of what lint prints as JSON.
type finding struct {
	File, Severity, Rule, Message string
	Line, Column                  int
}

// wanted says of small inputs, by file name, which errors they get: for each, words that stand in
// its message. An input that is not here may fail or not, but every verb agrees on it.
var wanted = map[string][][]string{
	"misplaced.yaml":        {{"x-ratelimits", "x-rate-limits"}, {"x-rate-limits", "x-rate-limit"}},
	"dialects.yaml":         {{"quota: 10", "60s"}, {"quota: 100", "60s"}, {"quota: 3", "60s", "client-ip"}},
	"number-cost.yaml":      {{"value"}},
	"dangling-variant.yaml": {{"#/components/responses/Nope"}},
	"cycle-alias.yaml":      {{"only to itself"}},
	"cycle-allof.yaml":      {{"only to itself"}},
	"cycle-two-steps.yaml":  {{"only to itself"}},
	"lint-agrees.yaml":      {{"tokn"}, {"nowhere"}, {"#/components/requestBodies/Nope"}},
}

// sound are small inputs that generate and compile.
var sound = []string{
	"allof-merges-properties.yaml", "base-path.yaml", "code-and-range.yaml", "discriminator.yaml", "emoji.json",
	"inheritance-both-ways.yaml", "limits-after-normalising.yaml", "nullable-allof.yaml", "openapi31.yaml",
	"parameter-styles.yaml", "parameter-twice.yaml", "readonly-required-allof.yaml", "server-variables.yaml", "servers-per-path.yaml",
	"stream-beside-json.yaml", "two-apis-a.yaml", "two-apis-b.yaml", "uint8-list.yaml",
	"unchecked-pattern-in-oneof.yaml", "uploads-and-forms.yaml",
}

// TestCases runs lint, list and generate over a folder of small inputs, each bounded in time: none
// crashes or hangs, all agree on the errors, each error has a place, and what generates compiles.
// CASES names the folder.
func TestCases(t *testing.T) {
	dirs, named := []string{harness.Root + "/spec/valid", harness.Root + "/spec/invalid"}, false
	if dir := os.Getenv("CASES"); dir != "" {
		dirs, named = []string{dir}, true
	}
	bin := filepath.Join(t.TempDir(), "limitgen")
	if out, err := harness.Command(t, "go", "build", "-C", harness.Root, "-o", bin, "./cmd/limitgen").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	read := 0
	for _, dir := range dirs {
		for _, pattern := range []string{"*.yaml", "*.json"} {
			files, err := filepath.Glob(filepath.Join(dir, pattern))
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range files {
				read++
				t.Run(filepath.Base(file), func(t *testing.T) { tryCase(t, bin, file, named) })
			}
		}
	}
	if read == 0 {
		t.Error("no inputs in", dirs)
	}
}

// tryCase tries one input. named says that what is wanted of it is known by its file name.
func tryCase(t *testing.T, bin, file string, named bool) {
	t.Parallel()
	name := filepath.Base(file)
	stdout, _, code := limitgen(t, bin, "lint", "--format", "json", file)
	if code > 1 {
		t.Fatalf("lint ends with %d", code)
	}
	var found []finding
	if err := json.Unmarshal([]byte(stdout), &found); err != nil {
		t.Fatal(err)
	}
	var failures []finding
	for _, f := range found {
		if f.Line == 0 {
			t.Errorf("a finding without a place: %+v", f)
		}
		if f.Severity == "error" {
			failures = append(failures, f)
		}
	}
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "go.mod"), []byte("module api\n\ngo 1.25.0\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(root, "api")
	_, said, code := limitgen(t, bin, "generate", "--spec", file, "--out", out, "--package", "api")
	if (code != 0) != (len(failures) > 0) {
		t.Errorf("lint finds %d errors, generate ends with %d and says\n%s", len(failures), code, said)
	}
	for _, f := range failures {
		if !strings.Contains(said, "["+f.Rule+"]") {
			t.Errorf("generate does not report %+v but\n%s", f, said)
		}
	}
	if _, listed, listCode := limitgen(t, bin, "list", file); (listCode != 0) != (code != 0) {
		t.Errorf("list ends with %d, generate with %d\n%s", listCode, code, listed)
	}
	if !named {
		name = ""
	}
	for _, words := range wanted[name] {
		if !slices.ContainsFunc(failures, func(f finding) bool {
			return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(f.Message, w) })
		}) {
			t.Errorf("no error names %q: %+v", words, failures)
		}
	}
	if slices.Contains(sound, name) && code != 0 {
		t.Errorf("it does not generate:\n%s", said)
	}
	if code == 0 {
		compiles(t, out)
	}
}

// limitgen runs the command as a user does.
func limitgen(t *testing.T, bin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := harness.Command(t, bin, args...)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(errs.String(), "goroutine ") {
		t.Errorf("%v crashes:\n%.600s", args, errs.String())
	}
	return string(out), errs.String(), code
}

func compiles(t *testing.T, dir string) {
	t.Helper()
	cmd := harness.Command(t, "go", "vet", ".")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
