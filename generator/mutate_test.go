package generator_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator"
)

// rounds returns how many mutants a routine run tries; LIMITGEN_PROOF=1 asks for the numbers that
// are promised.
func rounds(short, proof int) int {
	if os.Getenv("LIMITGEN_PROOF") == "1" {
		return proof
	}
	return short
}

// survive reads a spec with every command. It fails on a panic, on what takes long or much memory,
// and on a finding without a place.
func survive(t *testing.T, name string, data []byte) {
	t.Helper()
	if dir := os.Getenv("LIMITGEN_MUTANTS"); dir != "" { // the last one, where a stack that ran over names none
		_ = os.WriteFile(filepath.Join(dir, "mutant.yaml"), data, 0o644)
	}
	bounded(t, name, data, func() { through(generator.Options{Spec: "m.yaml", Data: data}) })
}

// mutant returns a spec with one to three changes in its tree.
func mutant(t *testing.T, r *rand.Rand, seed []byte) []byte {
	t.Helper()
	var root yaml.Node
	if err := yaml.Unmarshal(seed, &root); err != nil {
		t.Fatal(err)
	}
	for range 1 + r.IntN(3) {
		mutate(r, &root)
	}
	data, err := yaml.Marshal(&root)
	if err != nil {
		return seed
	}
	return data
}

// bounded fails on a panic, and on what takes long or much memory.
func bounded(t *testing.T, name string, data []byte, f func()) {
	t.Helper()
	const most = 1 << 30
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	done := make(chan any, 1)
	go func() {
		defer func() { done <- recover() }()
		f()
	}()
	select {
	case p := <-done:
		if p != nil {
			t.Fatalf("%s: %v\n%s", name, p, data)
		}
	case <-time.After(2 * time.Minute):
		t.Fatalf("%s: still not done after two minutes\n%s", name, data)
	}
	if runtime.ReadMemStats(&after); after.TotalAlloc-before.TotalAlloc > most {
		t.Fatalf("%s: %d MB were allocated\n%s", name, (after.TotalAlloc-before.TotalAlloc)>>20, data)
	}
}

// TestMutatedTrees changes the trees of specs: what a file may hold is a matter of its parts, not
// of its bytes.
func TestMutatedTrees(t *testing.T) {
	var seeds [][]byte
	for _, pattern := range []string{"../spec/valid/*.yaml", "../spec/invalid/*.yaml", "testdata/reading/*", "testdata/*/*.yaml"} {
		files, _ := filepath.Glob(pattern)
		for _, f := range files {
			if data, err := os.ReadFile(f); err == nil && len(data) < 30_000 {
				seeds = append(seeds, data)
			}
		}
	}
	r := rand.New(rand.NewPCG(10, 2))
	for i := range rounds(200, 10_000) {
		survive(t, fmt.Sprint("mutant ", i), mutant(t, r, seeds[r.IntN(len(seeds))]))
	}
}

// nodesOf returns all nodes below the document.
func nodesOf(n *yaml.Node, out []*yaml.Node) []*yaml.Node {
	for _, c := range n.Content {
		out = nodesOf(c, append(out, c))
	}
	return out
}

// mutate drops, copies, swaps, retypes or misdirects one node.
func mutate(r *rand.Rand, root *yaml.Node) {
	all := nodesOf(root, nil)
	if len(all) < 2 {
		return
	}
	pick := func() *yaml.Node { return all[r.IntN(len(all))] }
	n := pick()
	switch r.IntN(7) {
	case 0: // drop a pair or an element
		if step := map[yaml.Kind]int{yaml.MappingNode: 2, yaml.SequenceNode: 1}[n.Kind]; step > 0 &&
			len(n.Content) >= step {
			i := r.IntN(len(n.Content)/step) * step
			n.Content = append(n.Content[:i:i], n.Content[i+step:]...)
		}
	case 1: // dangle or bend a reference
		var refs []*yaml.Node
		for i := 1; i < len(all); i++ {
			if all[i-1].Value == "$ref" {
				refs = append(refs, all[i])
			}
		}
		if len(refs) > 0 {
			*refs[r.IntN(len(refs))] = *scalarOf(r)
		}
	case 2: // swap kinds
		a, b := n, pick()
		if a.Kind == yaml.ScalarNode && b.Kind == yaml.ScalarNode {
			*a, *b = *b, *a
		} else if copied := clone(b, 200); copied != nil {
			*n = *copied
		}
	case 3: // duplicate within a list or mapping
		if len(n.Content) > 0 {
			n.Content = append(n.Content, n.Content...)
		}
	case 4:
		*n = *scalarOf(r)
	case 5:
		*n = yaml.Node{Kind: yaml.MappingNode}
		if r.IntN(2) == 0 {
			n.Content = []*yaml.Node{{Kind: yaml.ScalarNode, Value: "$ref"}, scalarOf(r)}
		}
	case 6:
		*n = yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{scalarOf(r)}}
	}
}

// clone copies a node of at most size parts, so that no tree grows into itself.
func clone(n *yaml.Node, size int) *yaml.Node {
	if len(nodesOf(n, nil)) > size {
		return nil
	}
	out := *n
	out.Content = nil
	for _, c := range n.Content {
		out.Content = append(out.Content, clone(c, size))
	}
	return &out
}

var odd = []string{"", "null", "true", "5", "-1", "1e400", "0x10", "010", "9223372036854775808", "2024-01-01", "a b", "*/`\n\u202e", "#/",
	"#/paths/~1a", "#/components/schemas/Nope", "#/components/responses/Nope", "#/info", "#", "other.yaml#/A", "$request.body#/x", "{", "%zz"}

func scalarOf(r *rand.Rand) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Value: odd[r.IntN(len(odd))]}
	if r.IntN(3) == 0 {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// TestRandomSchemas makes schemas that refer to each other in every way.
func TestRandomSchemas(t *testing.T) {
	r := rand.New(rand.NewPCG(18, 160))
	for i := range rounds(60, 1000) {
		text := "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths:\n  /a:\n    post: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/S0'}}}}, " +
			"responses: {'200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/S1'}}}}}}\ncomponents:\n  schemas:\n"
		n := 2 + r.IntN(6)
		for s := range n {
			text += fmt.Sprintf("    S%d: %s\n", s, randomSchema(r, n, 3))
		}
		survive(t, fmt.Sprint("schemas ", i), []byte(text))
	}
}

func randomSchema(r *rand.Rand, n, depth int) string {
	sub := func() string { return randomSchema(r, n, depth-1) }
	list := func() string {
		out := sub()
		for range r.IntN(3) {
			out += ", " + sub()
		}
		return "[" + out + "]"
	}
	if depth == 0 || r.IntN(4) == 0 {
		if r.IntN(2) == 0 {
			return fmt.Sprintf("{$ref: '#/components/schemas/S%d'}", r.IntN(n))
		}
		return "{type: " + []string{"string", "integer", "object", "boolean", "'null'"}[r.IntN(5)] + "}"
	}
	switch r.IntN(9) {
	case 0:
		return "{allOf: " + list() + "}"
	case 1:
		return "{anyOf: " + list() + "}"
	case 2:
		return "{oneOf: " + list() + "}"
	case 3:
		return "{not: " + sub() + "}"
	case 4:
		return "{type: array, items: " + sub() + "}"
	case 5:
		return "{type: object, additionalProperties: " + sub() + "}"
	case 6:
		return "{type: object, properties: {k: {type: string}, a: " + sub() + "}, oneOf: " + list() +
			", discriminator: {propertyName: k}}"
	case 7:
		return "{allOf: " + list() + ", required: [a], properties: {a: " + sub() + ", b: " + sub() + "}}"
	}
	return "{type: object, properties: {a: " + sub() + ", b: " + sub() + "}}"
}
