package rest

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

type fillNames []string

type fillNode struct {
	Required []string             `json:"required"`
	Optional []string             `json:"optional,omitzero"`
	Null     []string             `json:"null" null:"nil"`
	Named    fillNames            `json:"named"`
	Deep     [][]int              `json:"deep"`
	Map      map[string][]string  `json:"map"`
	Bytes    []byte               `json:"bytes"`
	Nodes    []fillNode           `json:"nodes"`
	Next     *fillNode            `json:"next,omitzero"`
	Inner    struct{ List []int } `json:"inner"`
	Union    Union                `json:"union"`
	Any      any                  `json:"any"`
	Raw      json.RawMessage      `json:"raw"`
	At       time.Time            `json:"at"`
	Open     fillOpen             `json:"open"`
}

type fillOpen struct {
	Tags  []string         `json:"tags"`
	Other map[string][]int `json:"-"`
}

func (v fillOpen) MarshalJSON() ([]byte, error) {
	type plain fillOpen
	return MarshalOpen(plain(v), v.Other)
}

// fillSchemas describe fillNode: 1 is it, 2 a list of texts, 3 of numbers.
var fillSchemas = []Schema{{}, {Kinds: KindObject, Properties: []Property{
	{"any", true, 0}, {"at", true, 4}, {"bytes", true, 4}, {"deep", true, 5}, {"inner", true, 6}, {"map", true, 7}, {"named", true, 2}, {"next", false, 1},
	{"nodes", true, 8}, {"null", true, 9}, {"open", true, 10}, {"optional", false, 2}, {"raw", true, 0}, {"required", true, 2}, {"union", true, 2},
}, Additional: -1},
	{Kinds: KindArray, Items: 4}, {Kinds: KindArray, Items: 11}, {Kinds: KindString}, {Kinds: KindArray, Items: 3},
	{Kinds: KindObject, Properties: []Property{{"List", true, 3}}}, {Kinds: KindObject, Additional: 2}, {Kinds: KindArray, Items: 1},
	{Kinds: KindArray | KindNull, Items: 4}, {Kinds: KindObject, Properties: []Property{{"tags", true, 2}}, Additional: 3}, {Kinds: KindInteger}}

func randomNode(r *rand.Rand, depth int) fillNode {
	texts := func() []string { return [][]string{nil, {}, {"a"}}[r.IntN(3)] }
	ints := func() []int { return [][]int{nil, {}, {1}}[r.IntN(3)] }
	n := fillNode{
		Required: texts(), Optional: texts(), Null: texts(), Named: texts(), Union: Union{value: texts()}, Any: texts(),
		Open: fillOpen{Tags: texts()},
	}
	n.Inner.List = ints()
	for range r.IntN(3) {
		n.Deep = append(n.Deep, ints())
	}
	if r.IntN(2) == 0 {
		n.Map, n.Open.Other = map[string][]string{"a": texts(), "b": texts()}, map[string][]int{"x": ints()}
	}
	if depth > 0 && r.IntN(2) == 0 {
		next := randomNode(r, depth-1)
		n.Next, n.Nodes = &next, []fillNode{randomNode(r, depth-1)}
	}
	return n
}

// TestFilledFitsSchema holds what is written of random values, most of whose slices are nil,
// against their schema.
func TestFilledFitsSchema(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	s := &Server{config: ServerConfig{Schemas: fillSchemas}}
	unfilled := 0
	for range 3000 {
		n := randomNode(r, 3)
		before, err := json.Marshal(n)
		if err != nil {
			t.Fatal(err)
		}
		if s.check(1, scanPointer(before, ""), "value", new(int)) != nil {
			unfilled++
		}
		for _, v := range []any{n, &n} {
			data, err := marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.check(1, scanPointer(data, ""), "value", new(int)); err != nil {
				t.Fatalf("%v: %s", err, data)
			}
		}
		if after, _ := json.Marshal(n); string(after) != string(before) {
			t.Fatal("the value itself was changed")
		}
	}
	if unfilled < 1000 {
		t.Errorf("only %d values have a nil that matters", unfilled)
	}
}

func TestFilled(t *testing.T) {
	for _, c := range []struct {
		v    any
		want string
	}{
		{[]string(nil), "[]"}, {fillNames(nil), "[]"}, {[][]int{nil, {1}}, "[[],[1]]"}, {map[string][]int{"a": nil}, `{"a":[]}`}, {map[string]int(nil), "{}"},
		{[]byte(nil), `""`}, {json.RawMessage(nil), "null"}, {(*fillNode)(nil), "null"}, {nil, "null"}, {struct{ A any }{[]string(nil)}, `{"A":null}`},
		{struct {
			A []int `json:"a,omitzero"`
			B []int `json:"b" null:"nil"`
			C []int `json:"c"`
		}{}, `{"b":null,"c":[]}`},
	} {
		if data, err := marshal(c.v); err != nil || string(data) != c.want {
			t.Errorf("%#v: %s, %v", c.v, data, err)
		}
	}
	type circle struct {
		Next *circle
		List []int
	}
	round := &circle{}
	round.Next = round
	if _, err := marshal(round); err == nil || !strings.Contains(err.Error(), "cycle") {
		t.Error(err)
	}
}
