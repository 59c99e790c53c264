package audit_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/analyze"
	"github.com/limitgen/limitgen/generator/audit"
	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/published"
	"github.com/limitgen/limitgen/generator/table"
)

const (
	easemob = "../../spec/easemob.yaml"
	facts   = "../../spec/table/easemob-2022-08-04.tsv"
	// tableVariable names the vendor's own page, which is not in this repository.
	tableVariable = "LIMITGEN_EASEMOB_TABLE"
)

// model reads a spec.
func model(t testing.TB, file string) *analyze.Analysis {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	m, diags := generator.Read(context.Background(), generator.Options{Spec: file, Data: data})
	if m == nil {
		t.Fatal(diags)
	}
	return m
}

// compare audits a page against a spec.
func compare(m *analyze.Analysis, file, text string, o audit.Options) diag.List {
	page, found := table.Read(file, []byte(text))
	read, more := published.Read(page, published.Options{})
	return append(append(found, more...), audit.Compare(m.API, m.Table, read, o)...).Sorted()
}

// vendorTables returns the facts in the form of the vendor's page: headers repeated for each part
// of it, the last cell followed by a pipe, no empty lines, and what rows share in a sentence below
// them. Where the page itself is at hand, it is used as well.
func vendorTables(t testing.TB) map[string]string {
	t.Helper()
	data, err := os.ReadFile(facts)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{"facts": pageOf(string(data))}
	if name := os.Getenv(tableVariable); name != "" {
		page, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out["page"] = string(page)
	}
	return out
}

func pageOf(tsv string) string {
	var b strings.Builder
	b.WriteString("除特殊说明外,调用频率限制默认为 100 次/秒。\n")
	module, pool, pooled := "", "", 0
	closePool := func() {
		if pool != "" {
			fmt.Fprintf(&b, "以上%s个接口一共 100 次/秒/App Key。\n", map[int]string{2: "两", 3: "三"}[pooled])
		}
		pool, pooled = "", 0
	}
	for i, line := range strings.Split(strings.TrimSpace(tsv), "\n") {
		c := strings.Split(line, "\t")
		if i == 0 {
			continue
		}
		title, method, url, limit, of := c[2], c[3], c[4], c[5], c[12]
		if c[1] != module || of != pool {
			closePool()
			module, pool = c[1], of
			b.WriteString("Rest API 接口 | 方法 | 接口 URL |")
			if of == "" {
				b.WriteString(" 接口最高调用频率(默认值) |")
			}
			b.WriteString("\n" + strings.Repeat("---|", 3))
			if of == "" {
				b.WriteString("---|")
			}
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "%s | %s | %s |", title, method, url)
		if of == "" {
			fmt.Fprintf(&b, " %s |", limit)
		} else {
			pooled++
		}
		b.WriteString("\n")
	}
	closePool()
	return b.String()
}

func TestTheVendorsTableAuditsClean(t *testing.T) {
	m := model(t, easemob)
	for name, text := range vendorTables(t) {
		for _, d := range compare(m, name+".txt", text, audit.Options{}) {
			t.Error(d)
		}
		if n := len(dataLines(text)); n != 113 {
			t.Errorf("%s has %d rows", name, n)
		}
	}
}

// dataLines returns the numbers of lines that are rows.
func dataLines(text string) []int {
	var out []int
	for i, line := range strings.Split(text, "\n") {
		if strings.Contains(line, "{") && strings.Contains(line, "|") {
			out = append(out, i)
		}
	}
	return out
}

// mutation is one change of a page, and the rules that may report it.
type mutation struct {
	kind  string
	text  string
	rules []string
}

// cell changes one cell of a line; ok is false if there is nothing to change.
func cell(lines []string, line, column int, change func(string) string) (string, bool) {
	cells := strings.Split(lines[line], "|")
	if column >= len(cells)-1 {
		return "", false
	}
	before := strings.TrimSpace(cells[column])
	after := change(before)
	if after == before {
		return "", false
	}
	cells[column] = " " + after + " "
	return with(lines, line, strings.TrimSpace(strings.Join(cells, "|"))), true
}

// with returns the page with another line in the place of one.
func with(lines []string, line int, text ...string) string {
	return strings.Join(slices.Concat(lines[:line], text, lines[line+1:]), "\n")
}

func swap(from, to string) func(string) string {
	return func(s string) string { return strings.Replace(s, from, to, 1) }
}

var words = strings.NewReplacer("users", "members", "chatgroups", "groups", "chatrooms", "rooms", "metadata", "meta", "mutes", "silence")

var urls = []struct {
	kind   string
	change func(string) string
}{
	{"longer", func(s string) string { return s + "/more" }},
	{"shorter", func(s string) string { return s[:strings.LastIndex(s, "/")] }},
	{"word", words.Replace},
	{"parameter", swap("{app_name}", "{application}")},
	{"brace", func(s string) string { return s + "}" }},
	{"slash", func(s string) string { return strings.TrimPrefix(s, "/") }},
	{"other parameter", swap("org_name", "orgname")},
}

// mutations are single changes of each row's cells, of the rows, and of the sentences.
func mutations(text string) []mutation {
	lines := strings.Split(text, "\n")
	var out []mutation
	add := func(kind, text string, ok bool, rules ...string) {
		if ok && text != strings.Join(lines, "\n") {
			out = append(out, mutation{kind, text, rules})
		}
	}
	for _, i := range dataLines(text) {
		for _, m := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			s, ok := cell(lines, i, 1, func(string) string { return m })
			add("method "+m, s, ok, "url-differs")
		}
		for _, u := range urls {
			s, ok := cell(lines, i, 2, u.change)
			add("URL "+u.kind, s, ok, "url-differs", "row-added", "unread")
		}
		rates := []struct{ kind, from, to, rule string }{
			{"number up", "00 ", "01 ", "rate-differs"}, {"number up", "0 ", "1 ", "rate-differs"}, {"number down", "100", "99", "rate-differs"}, {"number ten times", "0 ", "00 ", "rate-differs"},
			{"number", "50 ", "5 ", "rate-differs"},
			{"unit", "次", "条", "rate-differs"}, {"unit", "条", "次", "rate-differs"}, {"unit", "次", "点", "rate-differs"},
			{"window", "秒", "分钟", "rate-differs"}, {"window", "分钟", "秒", "rate-differs"}, {"window", "/秒", "/10 秒", "rate-differs"}, {"window", "秒", "天", "rate-differs"},
			{"key", "App Key", "用户 ID", "key-differs"}, {"key", "App Key", "App ID", "key-differs"}, {"key", "/App Key", "", "key-differs"}, {"key", "App Key", "App Key/IP", "key-differs"},
			{"no rate", "100 次/秒", "见下", "unread"}, {"typing", "次/秒", "次秒", "unread"}, {"second rate", "100 次", "5 次/分钟，100 次", "rate-differs"},
		}
		for _, r := range rates {
			s, ok := cell(lines, i, 3, swap(r.from, r.to))
			add(r.kind+" "+r.from+" for "+r.to, s, ok, r.rule)
		}
		add("row removed", with(lines, i), true, "row-gone")
		add("row twice", with(lines, i, lines[i], lines[i]), true, "row-added")
		fresh, _ := cell(lines, i, 2, func(s string) string { return s + "/fresh" })
		fresh = strings.Split(fresh, "\n")[i]
		add("row added", with(lines, i, lines[i], fresh), true, "row-added")
	}
	for i, line := range lines {
		if strings.Contains(line, "|") || !strings.Contains(line, "100 次") {
			continue
		}
		pool := strings.Contains(line, "以上")
		for _, r := range []struct{ from, to string }{
			{"100 次", "101 次"}, {"100 次", "10 次"}, {"100 次", "100 条"}, {"次/秒", "次/分钟"}, {"次/秒", "次/10 秒"}, {"次/秒", "次"}, {"App Key", "用户 ID"}, {"/App Key", ""}, {"App Key", "App ID"},
			{"两个", "三个"}, {"三个", "两个"}, {"两个", "五个"}, {"一共", ""}, {"共", ""}, {"一共", "各"}, {"以上", "其他"},
		} {
			s := strings.Replace(line, r.from, r.to, 1)
			add("sentence "+r.from+" for "+r.to, with(lines, i, s), s != line, "rate-differs", "pool-differs", "key-differs", "unread")
		}
		if pool {
			add("sentence removed", with(lines, i), true, "unread")
		}
	}
	return out
}

// TestEachMutationIsFound changes one cell at a time.
func TestEachMutationIsFound(t *testing.T) {
	m := model(t, easemob)
	for name, text := range vendorTables(t) {
		all := mutations(text)
		if len(all) < 500 {
			t.Fatalf("%d mutations, want 500", len(all))
		}
		missed := 0
		for i, change := range all {
			if testing.Short() && i%5 != 0 && !strings.HasPrefix(change.kind, "sentence") {
				continue
			}
			found := compare(m, name+".txt", change.text, audit.Options{})
			ok := slices.ContainsFunc(found, func(d diag.Diagnostic) bool { return slices.Contains(change.rules, d.Rule) })
			if !ok {
				if missed++; missed < 10 {
					t.Errorf("%s: %s in\n%s\nis found as %v", name, change.kind, lineOf(text, change.text), found)
				}
			}
		}
		t.Logf("%s: %d mutations, %d missed", name, len(all), missed)
	}
}

// lineOf returns the first line in which two pages differ.
func lineOf(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range y {
		if i >= len(x) || x[i] != y[i] {
			return y[i]
		}
	}
	return ""
}
