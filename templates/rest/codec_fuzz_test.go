package rest

import (
	"encoding/json"
	"reflect"
	"strconv"
	"testing"
	"time"
)

type fuzzStatus string

type fuzzOpen struct {
	ID                   int64               `json:"id"`
	Tags                 []string            `json:"tags,omitzero"`
	AdditionalProperties map[string][]string `json:"-"`
}

func (v *fuzzOpen) UnmarshalJSON(data []byte) error {
	type plain fuzzOpen
	return UnmarshalOpen(data, (*plain)(v), &v.AdditionalProperties, "id", "tags")
}

func (v fuzzOpen) MarshalJSON() ([]byte, error) {
	type plain fuzzOpen
	return MarshalOpen(plain(v), v.AdditionalProperties)
}

type fuzzShape struct{ Union }

type fuzzPet struct {
	Name   string               `json:"name"`
	Status fuzzStatus           `json:"status"`
	Many   *fuzzStatus          `json:"many,omitzero"`
	Tags   []string             `json:"tags"`
	Any    any                  `json:"any"`
	Meta   map[string]any       `json:"meta,omitzero"`
	Open   *fuzzOpen            `json:"open,omitzero"`
	Opens  map[string]fuzzOpen  `json:"opens,omitzero"`
	Shape  *fuzzShape           `json:"shape,omitzero"`
	List   ListOrOne[fuzzShape] `json:"list,omitzero"`
	Raw    json.RawMessage      `json:"raw,omitzero"`
	At     *time.Time           `json:"at,omitzero"`
	Bytes  []byte               `json:"bytes,omitzero"`
	Grid   [][]float64          `json:"grid,omitzero"`
	Null   *string              `json:"null"`
	Next   *fuzzPet             `json:"next,omitzero"`
}

// fuzzSchemas describes fuzzPet, which is number 1.
var fuzzSchemas = func() []Schema {
	many := []string{}
	for i := range 30 {
		many = append(many, strconv.Quote(strconv.Itoa(i)))
	}
	return []Schema{{},
		{AllOf: []int{2}, Properties: []Property{{"name", true, 3}, {"next", false, 1}, {"tags", true, 5}}},
		{Kinds: KindObject, Properties: []Property{
			{"any", false, 0}, {"at", false, 8}, {"bytes", false, 9}, {"grid", false, 10}, {"list", false, 12}, {"many", false, 6},
			{"meta", false, 13}, {"null", false, 14}, {"open", false, 15}, {"opens", false, 17}, {"raw", false, 0}, {"shape", false, 18}, {"status", true, 4},
		}},
		3: {Kinds: KindString, MinLength: 1, MaxLength: 20}, 4: {Kinds: KindString, Enum: []string{`"free"`, `"sold"`}}, 5: {Kinds: KindArray, Items: 3, MaxItems: 4},
		6: {Kinds: KindString, Enum: many}, 7: {Kinds: KindNumber, Min: Ptr(0.0)}, 8: {Kinds: KindString, Format: "date-time"}, 9: {Kinds: KindString, Format: "byte"},
		10: {Kinds: KindArray, Items: 11}, 11: {Kinds: KindArray, Items: 7}, 12: {AnyOf: []int{18, 19}}, 13: {Kinds: KindObject}, 14: {Kinds: KindNull | KindString},
		15: {Kinds: KindObject, Properties: []Property{{"id", true, 16}, {"tags", false, 5}}, Additional: 5}, 16: {Kinds: KindInteger, Format: "int64"},
		17: {Kinds: KindObject, Additional: 15}, 19: {Kinds: KindArray, Items: 18},
		18: {OneOf: []int{20, 21}, Kind: &Discriminator{Property: "kind", Schemas: map[string]int{"square": 20, "circle": 21}}},
		20: {Kinds: KindObject, Properties: []Property{{"kind", true, 3}, {"side", true, 7}}}, 21: {Kinds: KindObject, Properties: []Property{{"kind", true, 3}}},
	}
}()

var fuzzTexts = []string{
	`{"name":"a","status":"free","tags":[]}`,
	`{"name":"a","status":"sold","many":"29","tags":["x","y\n"],"any":{"a":[1,-2.5e3,"x",true,null,{}],"b":{}},"meta":{"x":1},"null":null}`,
	`{"name":"\u0061\ud83d\ude00","status":"free","tags":[],"open":{"id":1.0,"tags":["t"],"more":["<b>"]},"opens":{"z":{"id":1},"a":{"id":2,"x":[]}}}`,
	`{"name":"a","status":"free","tags":["a","b","c","d"],"shape":{"kind":"square","side":1.5},"list":{"kind":"circle"},"raw":[1 , 2],"next":{"name":"b","status":"sold","tags":[]}}`,
	`{"name":"a","status":"free","tags":[],"list":[{"kind":"circle"},{"kind":"square","side":0}],"at":"2024-01-02T03:04:05Z","bytes":"YWI=","grid":[[1,2],[],[3e-7]]}`,
	`{"name":"a","status":"free","tags":[],"Tags":[],"open":{"id":1,"ID":[]}}`,
	`{"name":"a","status":"free","tags":null}`, `{"name":"a","status":"free","tags":[],"tags":[]}`,
	`{"name":"a","status":"free","tags":[],"at":"2024-01-02"}`, `{"name":"a","status":"free","tags":[],"shape":{"kind":"oval"}}`,
	`{"name":"a","status":"free","tags":[],"any":{"a":1,"\u0061":2}}`, `[]`, `null`, `{}`, ``,
}

// FuzzCodec checks that bodies and answers are read as by the checker and encoding/json, and
// written again as by encoding/json.
func FuzzCodec(f *testing.F) {
	for _, text := range fuzzTexts {
		f.Add([]byte(text))
	}
	s := &Server{config: ServerConfig{Schemas: fuzzSchemas}}
	s.layouts.schemas = fuzzSchemas
	strict := s.layouts.of(reflect.TypeFor[fuzzPet](), 1)
	f.Fuzz(func(t *testing.T, text []byte) {
		var want, got fuzzPet
		err := readSlowly(s, 1, text, &want)
		if readJSON(text, reflect.ValueOf(&got).Elem(), strict, s, new(int)) {
			agree(t, text, err, &want, &got)
			written(t, &got)
		}
		want, got = fuzzPet{}, fuzzPet{}
		err = unmarshal(text, &want)
		if readJSON(text, reflect.ValueOf(&got).Elem(), typeLayout(reflect.TypeFor[fuzzPet]()), nil, nil) {
			agree(t, text, err, &want, &got)
			written(t, &got)
		}
	})
}

func agree(t *testing.T, text []byte, err error, want, got *fuzzPet) {
	t.Helper()
	if err != nil || !same(reflect.ValueOf(want), reflect.ValueOf(got)) {
		t.Fatalf("%s is %+v, want %+v, %v", text, got, want, err)
	}
}

func written(t *testing.T, v *fuzzPet) {
	t.Helper()
	want, err := json.Marshal(filled(v))
	got, gotErr := writeJSON(v, true)
	if err != nil || gotErr != nil || string(want) != string(got.out) {
		t.Fatalf("%+v is\n%s, %v, want\n%s, %v", v, got.out, gotErr, want, err)
	}
	got.free()
}

// TestCodecTakes holds that what can be read in one pass is.
func TestCodecTakes(t *testing.T) {
	s := &Server{config: ServerConfig{Schemas: fuzzSchemas}}
	s.layouts.schemas = fuzzSchemas
	strict := s.layouts.of(reflect.TypeFor[fuzzPet](), 1)
	for i, text := range fuzzTexts {
		var v fuzzPet
		if ok := readJSON([]byte(text), reflect.ValueOf(&v).Elem(), strict, s, new(int)); ok != (i < 6) {
			t.Errorf("%s: %v", text, ok)
		}
	}
}

// TestUnionsAreWritten compares values that unions were made of with what encoding/json writes.
func TestUnionsAreWritten(t *testing.T) {
	type square struct {
		Kind string   `json:"kind,omitzero"`
		Tags []string `json:"tags"`
		Text string   `json:"<&"`
	}
	for _, u := range []Union{
		{}, UnionOf(square{}), UnionOf(&square{Text: "<"}, "kind", "square", "box"), UnionOf(square{Kind: "box"}, "kind", "square", "box"),
		UnionOf(square{Kind: "other"}, "kind", "square"), UnionOf(1.5, "kind", "x"), UnionOf([]string(nil)), UnionOf(map[string]any{"<": "&"}, "kind", "<"),
		UnionOf(UnionOf(square{}, "kind", "inner"), "outer", "o"), UnionOf(func() {}),
	} {
		for _, v := range []any{u, &u, fuzzShape{u}, []fuzzShape{{u}}, map[string]any{"a": u}, struct{ U *fuzzShape }{&fuzzShape{u}}} {
			for _, html := range []bool{true, false} {
				sameText(t, v, html)
			}
		}
	}
}
