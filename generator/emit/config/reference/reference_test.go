package reference_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"flag"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/emit/config"
)

var update = flag.Bool("update", false, "write the golden files anew")

const specs = "../../../../spec"

// emit renders both references of a spec.
func emit(t testing.TB, file string) (markdown, page string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	result, diags := generator.Generate(context.Background(), generator.Options{
		Spec: file, Data: data, Package: "api", Emit: []string{"markdown", "html"}, Config: config.Defaults(),
	})
	if result == nil || len(result.Files) != 2 {
		t.Fatal(diags)
	}
	return string(result.Files[1].Data), string(result.Files[0].Data)
}

func valid(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob(specs + "/valid/*.yaml")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	return append(files, specs+"/easemob.yaml", specs+"/paths/api.yaml", "testdata/shapes.yaml")
}

func TestGolden(t *testing.T) {
	markdown, page := emit(t, "testdata/shapes.yaml")
	_, body, _ := strings.Cut(page, "</style>")
	body, _, _ = strings.Cut(body, "<script>")
	for name, got := range map[string]string{"shapes.md": markdown, "shapes.html": body} {
		golden := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(want, []byte(got)) {
			t.Errorf("%s differs from what is emitted; run go test -update and look at the change:\n%s",
				golden, got)
		}
	}
}

var (
	ids   = regexp.MustCompile(` id="([^"]*)"`)
	links = regexp.MustCompile(`(?: href="#|\]\(#)([^")]*)[")]`)
)

// TestLinksLeadSomewhere follows the links inside of each page.
func TestLinksLeadSomewhere(t *testing.T) {
	for _, file := range valid(t) {
		markdown, page := emit(t, file)
		for kind, text := range map[string]string{"Markdown": markdown, "HTML": page} {
			var all []string
			for _, m := range ids.FindAllStringSubmatch(text, -1) {
				all = append(all, m[1])
			}
			slices.Sort(all)
			if unique := slices.Compact(slices.Clone(all)); len(unique) != len(all) {
				t.Errorf("%s: %s has an ID twice", file, kind)
			}
			found := links.FindAllStringSubmatch(text, -1)
			if len(found) == 0 && !strings.Contains(file, "no-extension") {
				t.Errorf("%s: %s has no links", file, kind)
			}
			for _, m := range found {
				if _, ok := slices.BinarySearch(all, m[1]); !ok {
					t.Errorf("%s: %s leads to #%s, which is not there", file, kind, m[1])
				}
			}
		}
	}
}

// TestEveryRowIsThere looks for each operation, with all its limits, in both references.
func TestEveryRowIsThere(t *testing.T) {
	file := specs + "/easemob.yaml"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	ops, diags := generator.Effective(context.Background(), generator.Options{Spec: file, Data: data})
	if diags.HasErrors() || len(ops) < 100 {
		t.Fatal(diags)
	}
	markdown, page := emit(t, file)
	for _, op := range ops {
		_, row, _ := strings.Cut(page, `id="op-`+op.ID+`"`)
		row, _, _ = strings.Cut(row, "</tbody>")
		row = html.UnescapeString(strings.ReplaceAll(row, "<wbr>", ""))
		line := ""
		for l := range strings.Lines(markdown) {
			if strings.HasPrefix(l, `| <a id="op-`+op.ID+`"></a>`) {
				line = l
			}
		}
		for _, want := range []string{op.Path, op.Title, "#limit-" + op.Limits[0].Name} {
			if !strings.Contains(row, want) {
				t.Errorf("%s: there is no %s in the HTML: %s", op.ID, want, row)
			}
			if !strings.Contains(line, want) {
				t.Errorf("%s: there is no %s in the Markdown: %s", op.ID, want, line)
			}
		}
	}
}

// TestPolicyAllowsTheScript compares the policy's digests with what stands in the page.
func TestPolicyAllowsTheScript(t *testing.T) {
	_, page := emit(t, specs+"/easemob.yaml")
	for _, tag := range []string{"style", "script"} {
		_, content, _ := strings.Cut(page, "<"+tag+">")
		content, _, ok := strings.Cut(content, "</"+tag+">")
		sum := sha256.Sum256([]byte(content))
		want := tag + "-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
		if policy := html.UnescapeString(page); !ok || len(content) < 1000 ||
			!strings.Contains(policy, want) {
			t.Errorf("the policy has no %s", want)
		}
	}
	if regexp.MustCompile(`(?i) style=|<link|<img|<iframe|url\(|@import| on[a-z]+=`).MatchString(page) {
		t.Error("the page has what its policy forbids")
	}
}
