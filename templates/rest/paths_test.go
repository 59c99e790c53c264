package rest

import (
	"context"
	"math/rand/v2"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/model"
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

// TestServerAgreesWithGateways compares the router with the order in which gateways try path
// templates.
func TestServerAgreesWithGateways(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	parts := []string{"a", "b", "{x}", "{x}", "{x}.json", "v{x}", "{x}-{y}"}
	values := []string{"a", "b", "c", "a.json", "va", "v.json", "a-b", "v-.json"}
	methods := []string{"GET", "POST"}
	for range 2000 {
		api, r := &model.API{}, new(router)
		seen := make(map[string]bool)
		for range 1 + random.IntN(8) {
			method, path := methods[random.IntN(2)], ""
			for range 1 + random.IntN(3) {
				path += "/" + parts[random.IntN(len(parts))]
			}
			if counter := method + " " + path; !seen[counter] {
				seen[counter] = true
				r.add(method, path, len(api.Operations))
				api.Operations = append(api.Operations, &model.Operation{HTTPMethod: method, Path: path, Counter: counter})
			}
		}
		ordered := config.NewInput(api).Ordered()
		if len(ordered) != len(api.Operations) {
			t.Fatalf("%d of %d routes are ordered", len(ordered), len(api.Operations))
		}
		for range 20 {
			method, path := methods[random.IntN(2)], ""
			for range 1 + random.IntN(3) {
				path += "/" + values[random.IntN(len(values))]
			}
			want := ""
			for _, route := range ordered {
				if route.Method == method && pathMatches(route, path) {
					want = route.Path
					break
				}
			}
			got := ""
			if i, _ := r.find(method, path, nil); i >= 0 {
				got = api.Operations[i].Path
			}
			if got != want {
				t.Fatalf("%s %s: the server finds %q, a gateway %q", method, path, got, want)
			}
		}
	}
}

func pathMatches(r *config.Route, path string) bool {
	pattern := "^"
	for _, s := range r.Segments {
		pattern += "/"
		for i, text := range s.Texts {
			if i > 0 {
				pattern += "[^/]+"
			}
			pattern += regexp.QuoteMeta(text)
		}
	}
	return regexp.MustCompile(pattern + "$").MatchString(path)
}
