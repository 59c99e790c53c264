package proof

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/cmd/internal/proof/harness"
)

// audited is what a browser says of a page: a line of browser/audit.mjs.
type audited struct {
	File, State, Scheme string
	Width               int
	Violations, Heard   []string
	Passes, Entries     int
	Wide                bool
}

func (a audited) String() string {
	return fmt.Sprintf("%s at %d px, %s, %s", filepath.Base(a.File), a.Width, a.Scheme, a.State)
}

// audit opens pages in Chromium. What the script needs comes from the npm registry, once.
func audit(t *testing.T, files ...string) []audited {
	t.Helper()
	node, chromium := harness.Need(t, "node"), harness.Need(t, "chromium")
	if _, err := os.Stat("browser/node_modules/axe-core/axe.min.js"); err != nil {
		install := harness.Command(t, harness.Need(t, "npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund")
		install.Dir = "browser"
		if out, err := install.CombinedOutput(); err != nil {
			if os.Getenv("CI") != "true" {
				t.Skipf("npm cannot install what the test needs: %v", err)
			}
			t.Fatalf("npm: %v\n%s", err, out)
		}
	}
	for i, f := range files {
		absolute, err := filepath.Abs(f)
		if err != nil {
			t.Fatal(err)
		}
		files[i] = absolute
	}
	cmd := harness.Command(t, node, append([]string{"audit.mjs", chromium}, files...)...)
	cmd.Dir = "browser"
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, complaints.String())
	}
	var all []audited
	for line := range bytes.Lines(out) {
		var a audited
		if err := json.Unmarshal(line, &a); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		all = append(all, a)
	}
	return all
}

// TestReferenceInABrowser reads the pages as phones and desks do, in both colour schemes, searches
// in them and prints them: axe finds nothing wrong, nothing is asked for or complained of, and
// nothing is wider than the window.
func TestReferenceInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	t.Parallel()
	shapes := harness.Root + "/generator/emit/config/reference/testdata/shapes.yaml"
	pages := []string{
		committedConfig + "/html/limits.html",
		filepath.Join(harness.Generate(t, shapes, "html"), "limits.html"),
		filepath.Join(harness.Generate(t, harness.Root+"/spec/valid/no-extension.yaml", "html"), "limits.html"),
	}
	states := map[string]int{"read": 4, "contents": 2, "found": 4, "nothing": 4, "linked": 4, "printed": 2, "scriptless": 1}
	seen := make(map[string]int)
	all := make(map[string]int) // entries of each page
	for _, a := range audit(t, pages...) {
		seen[a.State]++
		for _, v := range a.Violations {
			t.Errorf("%s: %s", a, v)
		}
		for _, h := range a.Heard {
			t.Errorf("%s: the browser says: %s", a, h)
		}
		if a.Wide {
			t.Errorf("%s: it is wider than the window, or shows a search that does nothing", a)
		}
		if a.State == "read" {
			all[a.File] = a.Entries
		}
		switch total := all[a.File]; {
		case a.Entries == 0 && a.State != "nothing", a.Entries > 0 && a.State == "nothing", a.Passes == 0:
			t.Errorf("%s: %d entries are shown, %d checks passed", a, a.Entries, a.Passes)
		case a.State == "found" && total > 10 && a.Entries > total/2, a.State != "found" && a.State != "nothing" && a.Entries != total:
			t.Errorf("%s: %d of %d entries are shown", a, a.Entries, total)
		}
	}
	for state, n := range states {
		if seen[state] != n*len(pages) {
			t.Errorf("%d pages were %s, want %d", seen[state], state, n*len(pages))
		}
	}
}

// TestReferenceAuditBites breaks a page in ways that the audit must notice.
func TestReferenceAuditBites(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(harness.Generate(t, harness.Root+"/spec/valid/pools.yaml", "html"), "limits.html"))
	if err != nil {
		t.Fatal(err)
	}
	page := strings.NewReplacer(
		`<html lang="en">`, `<html>`,
		`<label for="filter">`, `<label for="other">`, ` placeholder="Search"`, ``,
		`<main id="content" tabindex="-1">`, `<main id="content" tabindex="-1"><img src="https://wide.test/x.png" alt="wide"><hr width="3000">`,
	).Replace(string(data))
	file := filepath.Join(t.TempDir(), "limits.html")
	if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, a := range audit(t, file) {
		if a.State != "read" {
			continue
		}
		found := strings.Join(append(a.Violations, a.Heard...), "\n")
		for _, want := range []string{"html-has-lang", "label", "wide.test"} {
			if !strings.Contains(found, want) {
				t.Errorf("%s: no %s in %s", a, want, found)
			}
		}
		if !a.Wide {
			t.Errorf("%s: it is not wide", a)
		}
	}
}
