package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/list"
)

func TestColumnsCountWideCharacters(t *testing.T) {
	var g grid
	g.add("标题", "x")
	g.add("a\nb\x1b[31m", "y")
	var b bytes.Buffer
	if err := g.print(&b); err != nil || b.String() != "标题     x\na b[31m  y\n" {
		t.Errorf("%q, %v", b.String(), err)
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  string
	}{
		{"/a/bb/ccc", 5, "/a/bb|/ccc"},
		{"one two three", 8, "one two|three"},
		{"app,operation", 9, "app,|operation"},
		{"abcdefgh", 3, "abc|def|gh"},
		{"标题文字", 5, "标题|文字"},
		{"é", 0, "é"},
		{"", 3, ""},
	} {
		if got := strings.Join(wrap(c.text, c.width), "|"); got != c.want {
			t.Errorf("%q in %d: %q, want %q", c.text, c.width, got, c.want)
		}
	}
}

// narrow fails where a line is wider than a terminal.
func narrow(t *testing.T, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		if n := cells(strings.TrimSuffix(line, "\n")); n > columns {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

// TestListFits holds that no line of a list is wider than 120 columns and nothing is lost in it.
func TestListFits(t *testing.T) {
	long := strings.Repeat("long-name-", 6)
	hostile := "openapi: 3.1.0\ninfo: {title: t, version: '1'}\nx-rate-limits:\n  version: 1\n  keys: {" + long + "k: ['$request.body#/" +
		strings.Repeat("deep/", 40) + "x']}\n  limits:\n    " + long + "l: {quota: 1000000, window: 1h, unit: " + long + "u, burst: 5, per: [" + long + "k, operation, credential]}\n" +
		"paths:\n  /" + strings.Repeat("segment/", 30) + "{id}:\n    post:\n      operationId: " + strings.Repeat("doSomething", 20) + "\n      summary: \"" +
		strings.Repeat("群发消息", 60) + "\\u202e\\n\"\n      x-rate-limit: {use: {" + long + "l: {count: '$request.body#/" + strings.Repeat("deep/", 40) + "x', times: 3}}}\n" +
		"      parameters: [{name: id, in: path, required: true, schema: {type: string}}]\n      requestBody: {content: {application/json: {schema: {}}}}\n      security: [{k: []}]\n" +
		"      responses: {'204': {description: ok}}\ncomponents: {securitySchemes: {k: {type: http, scheme: bearer}}}\n"
	easemob, err := os.ReadFile("../../spec/easemob.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, spec := range map[string]string{"easemob": string(easemob), "long names": hostile} {
		ops, diags := generator.Effective(t.Context(), generator.Options{Spec: "api.yaml", Data: []byte(spec)})
		if diags.HasErrors() {
			t.Fatal(name, diags)
		}
		var b bytes.Buffer
		if err := printTable(&b, ops); err != nil {
			t.Fatal(err)
		}
		narrow(t, b.String())
		for _, op := range ops {
			for _, part := range strings.Split(strings.Trim(op.Path, "/"), "/") {
				if !strings.Contains(b.String(), "/"+part) {
					t.Errorf("%s: /%s of %s is not listed", name, part, op.Path)
				}
			}
			if name == "easemob" && !strings.Contains(b.String(), " "+op.ID+" ") {
				t.Errorf("%s is not listed", op.ID)
			}
		}
	}
}

// TestOperationsWithoutLimitsAreListed holds that the narrow form keeps operations and limits
// together.
func TestOperationsWithoutLimitsAreListed(t *testing.T) {
	path := "/" + strings.Repeat("x", 130)
	var b bytes.Buffer
	err := printTable(&b, []list.Operation{
		{ID: "a", Method: "GET", Path: path},
		{ID: "b", Method: "GET", Path: "/b", Rows: []int{1, 2}, Limits: []list.Limit{{Name: "l", Quota: 5, Window: 1, Unit: "requests", Cost: int64(1)}, {Name: "m", Quota: 6, Window: 60, Unit: "requests", Cost: int64(2)}}},
		{ID: "c", Method: "GET", Path: "/c"},
	})
	_, after, _ := strings.Cut(b.String(), "b   GET")
	if want := "     /b\n        l          5/s    -    1\n        m          6/min  -    2\n      c   GET     /c\n        unlimited\n"; err != nil || after != want {
		t.Errorf("%v\n%s", err, b.String())
	}
	narrow(t, b.String())
}
