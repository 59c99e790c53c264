package runtime

import (
	"context"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator"
)

// TestServerSpellings drives the router with the table that gateways are tested from, too.
func TestServerSpellings(t *testing.T) {
	spec, err := os.ReadFile("../../spec/paths/api.yaml")
	if err != nil {
		t.Fatal(err)
	}
	ops, diags := generator.Effective(context.Background(), generator.Options{Spec: "api.yaml", Data: spec})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	r := new(router)
	for i, op := range ops {
		r.add(op.Method, op.Path, i)
	}
	table, err := os.ReadFile("../../spec/paths/requests.tsv")
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for line := range strings.Lines(string(table)) {
		cells := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") || cells[0] == "method" {
			continue
		}
		lines++
		u, err := url.ParseRequestURI(strings.NewReplacer("%ORG", "%6f%72g", "ORG", "org").Replace(cells[1]))
		if err != nil {
			t.Fatal(err)
		}
		got := "-"
		if i, _ := r.find(cells[0], u.EscapedPath(), nil); i >= 0 {
			got = ops[i].ID
		}
		if got != cells[2] {
			t.Errorf("%s %s is %s, want %s", cells[0], cells[1], got, cells[2])
		}
	}
	if lines < 40 {
		t.Errorf("only %d lines", lines)
	}
}
