package compat_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/compat"
)

// TestTheSameInOtherWordsIsNoChange spells specs in other words: in another order, with other
// comments and anchors, by references or in place, with windows in other units, as JSON. Nothing
// has changed then.
func TestTheSameInOtherWordsIsNoChange(t *testing.T) {
	files, err := filepath.Glob("../../spec/valid/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 5 {
		t.Fatalf("only %d valid specs are found", len(files))
	}
	files = append(files, "testdata/kinds/base.yaml", "../../spec/easemob.yaml")
	rounds := 25
	if testing.Short() {
		rounds = 6
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		was := load(t, file, data)
		differ := 0
		for seed := range uint64(rounds) {
			o := &other{Rand: rand.New(rand.NewPCG(seed, 1))}
			words := o.spell(t, data)
			if !bytes.Equal(words, data) {
				differ++
			}
			is := load(t, "other", words)
			for _, f := range compat.Specs(was, is) {
				t.Fatalf("%s, seed %d: %s: %s\n%s", file, seed, f.New, f.Text, words)
			}
			for _, f := range compat.Specs(is, was) {
				t.Fatalf("%s, seed %d, back: %s: %s\n%s", file, seed, f.New, f.Text, words)
			}
		}
		if differ < rounds {
			t.Errorf("%s: only %d of %d spellings are others", file, differ, rounds)
		}
	}
}

// other spells a document in other words.
type other struct {
	*rand.Rand
	components map[string]*yaml.Node // by kind
	n          int
}

func (o *other) spell(t *testing.T, data []byte) []byte {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	root := plainNode(doc.Content[0])
	o.components = map[string]*yaml.Node{}
	if o.IntN(2) == 0 {
		o.paths(member(root, "paths"))
		o.addComponents(root)
	}
	o.shuffle(root, "")
	if o.IntN(3) == 0 {
		var v any
		if err := root.Decode(&v); err != nil {
			t.Fatal(err)
		}
		out, err := json.MarshalIndent(v, "", strings.Repeat(" ", o.IntN(4)))
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2 + o.IntN(4))
	if o.IntN(2) == 0 {
		o.anchor(root)
	}
	if err := e.Encode(root); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// plainNode copies a tree without anchors, merges and comments.
func plainNode(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return plainNode(n.Alias)
	}
	out := &yaml.Node{Kind: n.Kind, Tag: n.Tag, Value: n.Value, Style: n.Style}
	if n.Kind != yaml.MappingNode {
		for _, c := range n.Content {
			out.Content = append(out.Content, plainNode(c))
		}
		return out
	}
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == "<<" {
			merged = append(merged, plainNode(n.Content[i+1]).Content...)
			continue
		}
		out.Content = append(out.Content, plainNode(n.Content[i]), plainNode(n.Content[i+1]))
	}
	for i := 0; i+1 < len(merged); i += 2 {
		if member(out, merged[i].Value) == nil {
			out.Content = append(out.Content, merged[i], merged[i+1])
		}
	}
	return out
}

func member(n *yaml.Node, key string) *yaml.Node {
	for i := 0; n != nil && n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// paths moves parameters, bodies and responses to the components.
func (o *other) paths(paths *yaml.Node) {
	for i := 1; paths != nil && i < len(paths.Content); i += 2 {
		item := paths.Content[i]
		o.parameters(item)
		for j := 0; j+1 < len(item.Content); j += 2 {
			if !slices.Contains([]string{"get", "put", "post", "patch", "delete"}, item.Content[j].Value) {
				continue
			}
			op := item.Content[j+1]
			o.parameters(op)
			for k := 0; k+1 < len(op.Content); k += 2 {
				if op.Content[k].Value == "requestBody" {
					op.Content[k+1] = o.refer("requestBodies", op.Content[k+1])
				}
			}
			if all := member(op, "responses"); all != nil {
				for k := 1; k < len(all.Content); k += 2 {
					all.Content[k] = o.refer("responses", all.Content[k])
				}
			}
		}
	}
}

func (o *other) parameters(n *yaml.Node) {
	if list := member(n, "parameters"); list != nil {
		for i := range list.Content {
			list.Content[i] = o.refer("parameters", list.Content[i])
		}
	}
}

// refer moves a value to the components, now and then.
func (o *other) refer(kind string, n *yaml.Node) *yaml.Node {
	if o.IntN(2) == 0 || member(n, "$ref") != nil {
		return n
	}
	all := o.components[kind]
	if all == nil {
		all = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		o.components[kind] = all
	}
	o.n++
	name := fmt.Sprintf("Moved%d", o.n)
	all.Content = append(all.Content, text(name), n)
	return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{text("$ref"), text("#/components/" + kind + "/" + name)}}
}

func text(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s} }

func (o *other) addComponents(root *yaml.Node) {
	components := member(root, "components")
	if components == nil {
		components = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		root.Content = append(root.Content, text("components"), components)
	}
	for _, kind := range []string{"parameters", "requestBodies", "responses"} {
		switch is := member(components, kind); {
		case o.components[kind] == nil:
		case is != nil:
			is.Content = append(is.Content, o.components[kind].Content...)
		default:
			components.Content = append(components.Content, text(kind), o.components[kind])
		}
	}
}

// shuffle brings mappings, and lists whose order means nothing, into another order.
func (o *other) shuffle(n *yaml.Node, key string) {
	switch n.Kind {
	case yaml.MappingNode:
		o.Shuffle(len(n.Content)/2, func(i, j int) {
			c := n.Content
			c[2*i], c[2*i+1], c[2*j], c[2*j+1] = c[2*j], c[2*j+1], c[2*i], c[2*i+1]
		})
		for i := 0; i+1 < len(n.Content); i += 2 {
			o.shuffle(n.Content[i+1], n.Content[i].Value)
			if o.IntN(4) == 0 && n.Style&yaml.FlowStyle == 0 {
				n.Content[i].HeadComment = fmt.Sprintf("# %d: {not: here}", o.IntN(100))
			}
		}
		if o.IntN(3) == 0 {
			n.Style ^= yaml.FlowStyle
		}
	case yaml.SequenceNode:
		for _, c := range n.Content {
			o.shuffle(c, "")
		}
		if slices.Contains([]string{"per", "parameters", "rows", "required"}, key) {
			o.Shuffle(len(n.Content), func(i, j int) { n.Content[i], n.Content[j] = n.Content[j], n.Content[i] })
		}
	case yaml.ScalarNode:
		if key == "window" {
			n.Value = o.window(n.Value)
		}
	}
}

// window spells a window in a smaller unit.
func (o *other) window(text string) string {
	n, err := strconv.Atoi(text[:len(text)-1])
	if err != nil {
		return text
	}
	for o.IntN(2) == 0 {
		switch text[len(text)-1] {
		case 'd':
			n, text = n*24, "h"
		case 'h':
			n, text = n*60, "m"
		case 'm':
			n, text = n*60, "s"
		default:
			return strconv.Itoa(n) + "s"
		}
	}
	return strconv.Itoa(n) + text[len(text)-1:]
}

// anchor writes mappings that occur twice once.
func (o *other) anchor(root *yaml.Node) {
	seen := map[string]*yaml.Node{}
	var visit func(n *yaml.Node)
	visit = func(n *yaml.Node) {
		for i, c := range n.Content {
			if c.Kind != yaml.MappingNode || len(c.Content) == 0 || n.Kind == yaml.MappingNode && i%2 == 0 {
				continue
			}
			spelt, err := yaml.Marshal(c)
			if err != nil {
				continue
			}
			if first := seen[string(spelt)]; first != nil {
				if first.Anchor == "" {
					o.n++
					first.Anchor = fmt.Sprintf("a%d", o.n)
				}
				n.Content[i] = &yaml.Node{Kind: yaml.AliasNode, Alias: first, Value: first.Anchor}
				continue
			}
			seen[string(spelt)] = c
			visit(c)
		}
	}
	visit(root)
}
