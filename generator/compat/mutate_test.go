package compat_test

import (
	"os"
	"strconv"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/compat"
)

// TestEveryFigureThatChangesIsFound changes the figures of specs one by one: quotas, windows,
// units, bursts, costs, plans, keys. Each change is a finding.
func TestEveryFigureThatChangesIsFound(t *testing.T) {
	for _, file := range []string{"testdata/kinds/base.yaml", "../../spec/easemob.yaml"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		was := load(t, file, data)
		var doc yaml.Node
		if err := yaml.Unmarshal(data, &doc); err != nil {
			t.Fatal(err)
		}
		var figures []*yaml.Node
		root := doc.Content[0]
		walkFigures(member(root, "x-rate-limits"), "", &figures)
		paths := member(root, "paths")
		for i := 1; i < len(paths.Content); i += 2 {
			item := paths.Content[i]
			for j := 1; j < len(item.Content); j += 2 {
				walkFigures(member(item.Content[j], "x-rate-limit"), "", &figures)
			}
		}
		if len(figures) < 20 {
			t.Fatalf("only %d figures in %s", len(figures), file)
		}
		if testing.Short() {
			figures = figures[:20]
		}
		for _, n := range figures {
			kept := n.Value
			n.Value = otherFigure(n)
			changed, err := yaml.Marshal(&doc)
			if err != nil {
				t.Fatal(err)
			}
			if found := compat.Specs(was, load(t, "changed", changed)); len(found) == 0 {
				t.Errorf("%s:%d: %s for %s is not found", file, n.Line, n.Value, kept)
			}
			n.Value = kept
		}
	}
}

// walkFigures gathers the scalars that say how much is admitted.
func walkFigures(n *yaml.Node, key string, out *[]*yaml.Node) {
	if n == nil {
		return
	}
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			switch k := n.Content[i].Value; k {
			case "origin", "docs", "version", "description", "exceeded", "keys", "when", "request", "responses", "name", "title", "summary":
			default:
				walkFigures(n.Content[i+1], k, out)
			}
		}
	case yaml.SequenceNode:
		if key == "per" {
			return
		}
		for _, c := range n.Content {
			walkFigures(c, key, out)
		}
	case yaml.ScalarNode:
		if _, err := strconv.Atoi(n.Value); err == nil || key == "window" || key == "unit" && n.Value != "concurrent-requests" {
			*out = append(*out, n)
		}
	}
}

func otherFigure(n *yaml.Node) string {
	if v, err := strconv.Atoi(n.Value); err == nil {
		return strconv.Itoa(v + 1)
	}
	if n.Value[len(n.Value)-1] >= 'a' && len(n.Value) > 3 { // a unit
		return "things"
	}
	if n.Value == "1d" {
		return "12h"
	}
	return "7" + n.Value
}
