package skeleton_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/audit"
	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/published"
	"github.com/limitgen/limitgen/generator/skeleton"
	"github.com/limitgen/limitgen/generator/source"
	"github.com/limitgen/limitgen/generator/table"
)

// facts reads rows of a published table.
func facts(t testing.TB, name string) [][]string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for i, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		if i > 0 {
			out = append(out, strings.Split(line, "\t"))
		}
	}
	return out
}

// vendorPage returns the Easemob table of 2022: text copied from a page, headers repeated, no empty
// lines, and pools in sentences.
func vendorPage(t testing.TB) string {
	var b strings.Builder
	b.WriteString("调用频率限制默认为 100 次/秒。\n")
	before, pooled := "", 0
	end := func() {
		if pooled > 0 {
			fmt.Fprintf(&b, "以上%d个接口一共 100 次/秒/App Key。\n", pooled)
		}
		pooled = 0
	}
	for _, c := range facts(t, "../../spec/table/easemob-2022-08-04.tsv") {
		if part := c[1] + "/" + c[12]; part != before {
			end()
			before = part
			b.WriteString("Rest API 接口 | 方法 | 接口 URL |" + map[bool]string{true: " 接口最高调用频率(默认值) |\n---|---|---|---|\n", false: "\n---|---|---|\n"}[c[12] == ""])
		}
		fmt.Fprintf(&b, "%s | %s | %s |", c[2], c[3], c[4])
		if c[12] == "" {
			fmt.Fprintf(&b, " %s |", c[5])
		} else {
			pooled++
		}
		b.WriteString("\n")
	}
	end()
	return b.String()
}

// laterPage returns the Easemob table of 2023: GitHub's Markdown with headings, a pool of eight,
// several rates in a cell and a rate by user.
func laterPage(t testing.TB) string {
	var b strings.Builder
	b.WriteString("# 调用频率限制\n\n除特殊说明外，调用频率限制默认为 100 次/秒，以下表为准。\n\n")
	before, pooled := "", 0
	end := func() {
		if pooled > 0 {
			b.WriteString("\n以上八个接口的总调用频率（默认值）为 100 次/秒/App Key。\n")
		}
		pooled = 0
	}
	for _, c := range facts(t, "testdata/easemob-2023.tsv") {
		if c[0] != before {
			end()
			before = c[0]
			fmt.Fprintf(&b, "\n## %s\n\n| RESTful API 接口 |方法  | 接口 URL|", c[0])
			if c[4] != "" {
				b.WriteString(" 接口最高调用频率（默认值） |\n| :--- | :--- | :--- | ---: |\n")
			} else {
				b.WriteString("\n| :--- | :--- | :---: |\n")
			}
		}
		fmt.Fprintf(&b, "| %s  |  %s | %s ", c[1], c[2], c[3])
		if c[4] != "" {
			fmt.Fprintf(&b, "| %s        ", c[4])
		} else {
			pooled++
		}
		b.WriteString("|\n")
	}
	end()
	return b.String()
}

// platformPage returns the table of the X API: many small tables with a column for each key,
// parameters with colons, code spans, dashes for no limit, and notes.
func platformPage(t testing.TB) string {
	var b strings.Builder
	b.WriteString("---\ntitle: X API\n---\n")
	before := ""
	for _, c := range facts(t, "testdata/x-api.tsv") {
		if c[0] != before {
			before = c[0]
			b.WriteString("\n| Method | Endpoint | Per App | Per User |")
			if c[5] != "" {
				b.WriteString(" Notes |\n|:--|:--|:--|:--|:--|\n")
			} else {
				b.WriteString("\n|:--|:--|:--|:--|\n")
			}
		}
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s |", c[1], c[2], c[3], c[4])
		if c[5] != "" {
			b.WriteString(" 100 max results |")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// identityPage returns the table of Auth0's authentication API: HTML with merged cells, bursts in
// words, a column for what is counted, and no method.
func identityPage(t testing.TB) string {
	var b strings.Builder
	b.WriteString("<h1>Limits</h1>\n")
	rows := facts(t, "testdata/auth0-2020.tsv")
	same := func(i, column int) int {
		n := 1
		for i+n < len(rows) && rows[i+n][0] == rows[i][0] && rows[i+n][column] == rows[i][column] && rows[i+n][1] == rows[i][1] {
			n++
		}
		return n
	}
	cell := func(i, column int) {
		if i > 0 && rows[i-1][0] == rows[i][0] && rows[i-1][column] == rows[i][column] && rows[i-1][1] == rows[i][1] {
			return // an earlier cell reaches over it
		}
		fmt.Fprintf(&b, "<td rowspan=%d>%s</td>", same(i, column), rows[i][column])
	}
	before := ""
	for i, c := range rows {
		if c[0] != before {
			if before != "" {
				b.WriteString("</tbody></table>\n")
			}
			before = c[0]
			b.WriteString("<table class=\"table\"><thead><tr><th><strong>Endpoint</strong></th>")
			if c[2] != "" {
				b.WriteString("<th>Method</th><th>Path</th>")
			} else {
				b.WriteString("<th>Path</th><th>Limited By</th>")
			}
			b.WriteString("<th>Affected Tenants</th><th>Rate Limit</th></tr></thead><tbody>\n")
		}
		b.WriteString("<tr>")
		cell(i, 1)
		if c[2] != "" {
			fmt.Fprintf(&b, "<td>%s</td>", c[2])
		}
		cell(i, 3)
		if c[2] == "" {
			fmt.Fprintf(&b, "<td>%s", c[4]) // end tags may be left out
		}
		fmt.Fprintf(&b, "<td>%s</td><td>%s</td></tr>\n", c[5], c[6])
	}
	b.WriteString("</tbody></table>\n")
	return b.String()
}

// pages are published tables in other shapes and languages. Facts alone are kept; the text between
// them is the test's own.
func pages(t testing.TB) []page {
	return []page{
		{"easemob.txt", vendorPage(t), published.Options{}, 113, 104}, // two rows print one path, which is an erratum
		{"easemob-2023.md", laterPage(t), published.Options{}, 150, 0},
		{"x-api.mdx", platformPage(t), published.Options{}, 109, 109},
		{"auth0.html", identityPage(t), published.Options{Method: "POST", Columns: map[string]string{"Affected Tenants": "ignore"}}, 12, 11},
	}
}

type page struct {
	name, text string
	options    published.Options
	rows       int
	operations int // 0 if not counted by hand
}

func (p page) read(t testing.TB) (*published.Page, diag.List) {
	t.Helper()
	raw, found := table.Read(p.name, []byte(p.text))
	out, more := published.Read(raw, p.options)
	return out, append(found, more...)
}

func TestImportThenAuditIsClean(t *testing.T) {
	for _, p := range pages(t) {
		t.Run(p.name, func(t *testing.T) {
			read, found := p.read(t)
			if len(found) > 0 || len(read.Rows) != p.rows {
				t.Fatalf("%d rows of %d, and %v", len(read.Rows), p.rows, found)
			}
			text, found := skeleton.Spec(read, skeleton.Options{Title: "Imported"})
			for _, d := range found {
				if d.Severity != diag.Note {
					t.Error(d)
				}
			}
			o := generator.Options{Spec: "imported.yaml", Data: text, Package: "imported", ImportPath: "example.com/imported/imported"}
			a, diags := generator.Read(context.Background(), o)
			if a == nil {
				t.Fatalf("%v in\n%s", diags, text)
			}
			if n := len(a.Doc.Operations()); p.operations != 0 && n != p.operations {
				t.Errorf("%d operations, want %d", n, p.operations)
			}
			for _, d := range audit.Compare(a.API, a.Table, read, audit.Options{}) {
				t.Error(d)
			}
			if !testing.Short() || p.rows < 20 {
				compile(t, o)
			}
			besideIsClean(t, read, text)
		})
	}
}

// compile generates the Go package and vets it.
func compile(t *testing.T, o generator.Options) {
	t.Helper()
	result, diags := generator.Generate(context.Background(), o)
	if result == nil {
		t.Fatal(diags)
	}
	dir := t.TempDir()
	write := func(name string, data []byte) {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", []byte("module example.com/imported\n\ngo 1.25.0\n"))
	for _, f := range result.Files {
		write(filepath.Join("imported", f.Name), f.Data)
	}
	cmd := exec.Command("go", "build", "./...")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// besideIsClean imports onto the spec, without its limits, and compares that.
func besideIsClean(t *testing.T, read *published.Page, spec []byte) {
	t.Helper()
	bare := withoutLimits(string(spec))
	o := generator.Options{Spec: "vendor.yaml", Data: []byte(bare)}
	a, diags := generator.Read(context.Background(), o)
	if a == nil {
		t.Fatalf("%v in\n%s", diags, bare)
	}
	text, found := skeleton.Beside(read, a.API, skeleton.Options{})
	for _, d := range found {
		if d.Severity != diag.Note {
			t.Error(d)
		}
	}
	o.Overlay = []source.File{{Name: "limits.yaml", Data: text}}
	if a, diags = generator.Read(context.Background(), o); a == nil {
		t.Fatalf("%v in\n%s", diags, text)
	}
	for _, d := range audit.Compare(a.API, a.Table, read, audit.Options{}) {
		t.Error(d)
	}
}

// withoutLimits takes the extensions out, as a vendor's spec has none.
func withoutLimits(spec string) string {
	var out []string
	indent := -1
	for line := range strings.SplitSeq(spec, "\n") {
		n := len(line) - len(strings.TrimLeft(line, " "))
		if indent >= 0 && (n > indent || line == "") {
			continue
		}
		indent = -1
		if word := strings.TrimSpace(line); strings.HasPrefix(word, "x-rate-limit") || strings.HasPrefix(word, "x-client") || strings.HasPrefix(word, "x-title") {
			indent = n
			continue
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

// TestTheTextIsTheSameEachTime finds orders that come from maps.
// TestKeysWhosePhrasesHaveOneName gives two phrases that are not Latin parameters of their own.
func TestKeysWhosePhrasesHaveOneName(t *testing.T) {
	const text = `
| Method | URL | Limit |
|--|--|--|
| GET | /users/{user}/rooms/{room} | 5 次/秒/用户，6 次/秒/房间 |
| GET | /users/{user} | 5 次/秒/用户 |
| GET | /rooms/{room} | 6 次/秒/房间 |
`
	raw, _ := table.Read("a.md", []byte(text))
	page, _ := published.Read(raw, published.Options{})
	out, diags := skeleton.Spec(page, skeleton.Options{Keys: map[string][]string{"用户": {"user"}, "房间": {"room"}}})
	for _, want := range []string{"key: [$request.path.user]", "key-2: [$request.path.room]", "per: [key, operation]", "per: [key-2, operation]"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %s in\n%s\n%v", want, out, diags)
		}
	}
}

// TestKeysAreOverriddenOnce lets two phrases for one key apply to a path that lacks a parameter.
func TestKeysAreOverriddenOnce(t *testing.T) {
	var text strings.Builder
	text.WriteString("| Method | URL | Limit |\n|--|--|--|\n")
	for i := range 12 {
		fmt.Fprintf(&text, "| GET | /{org_name}/{app_name}/a%d | 5/s per App Key; 6/hour per App |\n", i)
	}
	text.WriteString("| GET | /{app_name}/b | 5/s per App Key; 6/hour per App |\n")
	raw, _ := table.Read("a.md", []byte(text.String()))
	page, _ := published.Read(raw, published.Options{})
	out, diags := skeleton.Spec(page, skeleton.Options{})
	if strings.Count(string(out), "keys: {app: [$request.path.app_name]}") != 1 {
		t.Errorf("%s\n%v", out, diags)
	}
}

func TestTheTextIsTheSameEachTime(t *testing.T) {
	for _, p := range pages(t) {
		read, _ := p.read(t)
		first, _ := skeleton.Spec(read, skeleton.Options{})
		for range 5 {
			again, _ := p.read(t)
			if text, _ := skeleton.Spec(again, skeleton.Options{}); string(text) != string(first) {
				t.Fatalf("%s gives another text", p.name)
			}
		}
	}
}
