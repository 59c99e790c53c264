package rest

import (
	"reflect"
	"strings"
	"testing"
)

type benchPet struct {
	Name   string      `json:"name"`
	Owner  *benchOwner `json:"owner,omitzero"`
	Status fuzzStatus  `json:"status"`
	Tags   []string    `json:"tags,omitzero"`
	Weight *float64    `json:"weight,omitzero"`
}

type benchOwner struct {
	Email string `json:"email"`
	Name  string `json:"name"`
}

var benchSchemas = []Schema{{},
	{Kinds: KindObject, Properties: []Property{{"name", true, 2}, {"owner", false, 5}, {"status", true, 3}, {"tags", false, 4}, {"weight", false, 6}}},
	{Kinds: KindString, MinLength: 1, MaxLength: 100}, {Kinds: KindString, Enum: []string{`"free"`, `"reserved"`, `"sold"`}}, {Kinds: KindArray, Items: 2, MaxItems: 1000},
	{Kinds: KindObject, Properties: []Property{{"email", true, 2}, {"name", true, 2}}}, {Kinds: KindNumber, Min: Ptr(0.0)},
}

func BenchmarkCodec(b *testing.B) {
	for name, tags := range map[string]int{"small": 3, "large": 400} {
		text := []byte(`{"name":"Rex","owner":{"email":"ann@example.com","name":"Ann"},"status":"reserved","tags":["` +
			strings.Repeat(strings.Repeat("x", 40)+`","`, tags-1) + `last"],"weight":4.5}`)
		s := &Server{config: ServerConfig{Schemas: benchSchemas}}
		s.layouts.schemas = benchSchemas
		layout := s.layouts.of(reflect.TypeFor[benchPet](), 1)
		b.Run("read/"+name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				var pet benchPet
				if !readJSON(text, reflect.ValueOf(&pet).Elem(), layout, s, new(int)) {
					b.Fatal("not read")
				}
			}
		})
		b.Run("slowly/"+name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				var pet benchPet
				if err := readSlowly(s, 1, text, &pet); err != nil {
					b.Fatal(err)
				}
			}
		})
		var pet benchPet
		if err := unmarshal(text, &pet); err != nil {
			b.Fatal(err)
		}
		b.Run("write/"+name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				w, err := writeJSON(&pet, true)
				if err != nil {
					b.Fatal(err)
				}
				w.free()
			}
		})
	}
}
