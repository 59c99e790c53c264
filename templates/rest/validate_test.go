package rest

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
)

// checkOne checks a text by the last of the schemas that follow the zero one.
func checkOne(text string, schemas ...Schema) error {
	s := &Server{config: ServerConfig{Schemas: append([]Schema{{}}, schemas...)}}
	return s.check(len(schemas), scanPointer([]byte(text), ""), "body", new(int))
}

func TestServerValidate(t *testing.T) {
	text, integer := Schema{Kinds: KindString}, Schema{Kinds: KindInteger}
	object := func(additional int, p ...Property) Schema {
		return Schema{Kinds: KindObject, Properties: p, Additional: additional}
	}
	named := object(0, Property{"name", true, 1}, Property{"note", false, 1})
	for _, c := range []struct {
		schemas []Schema
		good    string // JSON values, one a line
		bad     string // JSON values and what is said of them
	}{
		{[]Schema{{}}, "1\nnull\n[{}]", ""},
		{[]Schema{text}, `"a"`, "1|type\nnull|type"},
		{[]Schema{integer}, "1\n-0\n1.0\n1e3\n-2.50e1", "1.5|type\n1e-1|type\n\"1\"|type"},
		{[]Schema{{Kinds: KindNumber}}, "1\n1.5e300", "true|type"},
		{[]Schema{{Kinds: KindString | KindNull}}, "null\n\"\"", "{}|type"},
		{[]Schema{{Kinds: KindInteger, Format: "int32"}}, "2147483647\n-2147483648", "2147483648|range"},
		{[]Schema{{Kinds: KindInteger}}, "7.0\n70e-1\n1e15\n0e-9\n0.00", "7.0000000000000001|type\n6.99999999999999999999|type\n1e-400|type\n15e-1|type"},
		{[]Schema{{Kinds: KindInteger, Format: "int64"}}, "9223372036854775807", "9223372036854775808|range"},
		{[]Schema{{Kinds: KindInteger}}, "-9223372036854775808", "9223372036854775808|range\n-9223372036854775809|range"},
		{[]Schema{{Kinds: KindInteger, Enum: []string{"18446744073709551616"}}}, "18446744073709551616", ""},
		{[]Schema{{Kinds: KindInteger | KindNull}}, "null", "18446744073709551615|range"},
		{[]Schema{{Kinds: KindInteger | KindString}, {Kinds: KindNumber}}, "18446744073709551615", ""},
		{[]Schema{{Kinds: KindInteger, Format: "int8"}}, "-128", "128|range"},
		{[]Schema{{Kinds: KindInteger, Format: "uint64"}}, "18446744073709551615", "-1|range\n18446744073709551616|range"},
		{[]Schema{{Min: Ptr(1.0), Max: Ptr(3.0)}}, "1\n3\n\"other\"", "0.9|small\n3.1|large\n1e999|range"},
		{[]Schema{{Min: Ptr(1.0), Max: Ptr(3.0), ExclMin: true, ExclMax: true}}, "2", "1|small\n3|large"},
		{[]Schema{{MultipleOf: 0.1}}, "0.3\n-1\n1000000.1", "0.35|multiple\n10000000.15|multiple"},
		{[]Schema{{MultipleOf: 2}}, "12345678902\n-4.0\n9007199254740994", "12345678901|multiple\n9007199254740993|multiple\n3e0|multiple"},
		{[]Schema{{MinLength: 2, MaxLength: 3}}, `"äb"` + "\n" + `"\ud83d\ude00ab"`, `"a"|short` + "\n" + `"abcd"|long`},
		{[]Schema{{Kinds: KindString, MaxLength: -1}}, `""`, `"a"|long`},
		{[]Schema{{Pattern: regexp.MustCompile(`^\d+$`)}}, `"12"`, `"a"|pattern`},
		{[]Schema{{Format: "date-time"}}, `"2022-08-04T10:00:00Z"` + "\n" + `"2022-08-04T10:00:00.5+08:00"`, `"2022-08-04"|date-time`},
		{[]Schema{{Format: "date"}}, `"2022-08-04"`, `"2022-02-30"|date`},
		{[]Schema{{Format: "uuid"}}, `"6BA7B810-9dad-11d1-80b4-00c04fd430c8"`, `"6ba7b8109dad11d180b400c04fd430c8"|uuid` + "\n" + `"g"|uuid`},
		{[]Schema{{Format: "ipv4"}}, `"1.2.3.4"`, `"::1"|ipv4`},
		{[]Schema{{Format: "ipv6"}}, `"::1"`, `"1.2.3.4"|ipv6`},
		{[]Schema{{Enum: []string{`"a"`, `1`, `9007199254740993`, `{"b":[1]}`, `"\u003c"`}}},
			`"a"` + "\n" + `"\u0061"` + "\n1\n1.0\n9007199254740993\n" + `{ "b" : [1] }` + "\n" + `"<"`,
			`"b"|allowed` + "\n2|allowed\n9007199254740992|allowed\nnull|allowed"},
		{[]Schema{integer, {Kinds: KindArray, Items: 1, MinItems: 1, MaxItems: 2}}, "[1]\n[1,2]", "[]|few\n[1,2,3]|many\n[1,\"x\"]|body/1:"},
		{[]Schema{{Kinds: KindArray, MaxItems: -1}}, "[]", "[1]|many"},
		{[]Schema{{Unique: true}}, `[1,"1",2,[1],{"a":1}]` + "\n[9007199254740992,9007199254740993]", `["a","\u0061"]|body/1: items` + "\n[1,1.0]|unique\n" + `[{"a":1,"b":2},{"b":2,"a":1}]|unique`},
		{[]Schema{text, named}, `{"name":"x"}` + "\n" + `{"name":"x","more":1}` + "\n" + `{"n\u0061me":"x"}` + "\n" + `{"name":"x","NOTE":1}`,
			`{}|"name" is required` + "\n" + `{"Name":"x"}|"name" is required` + "\n" + `{"name":1}|body/name:`},
		{[]Schema{text, object(-1, Property{"a~/", false, 1})}, `{}`, `{"a~/":1}|body/a~0~1:` + "\n" + `{"b":1}|"b" is not allowed`},
		{[]Schema{integer, object(1)}, `{"a":1}`, `{"a":"x"}|body/a:`},
		{[]Schema{{Kinds: KindObject, MinProps: 1, MaxProps: 1}}, `{"a":1}`, "{}|few\n" + `{"a":1,"b":2}|many`},
		{[]Schema{integer, {Min: Ptr(2.0)}, {AllOf: []int{1, 2}}}, "2", "1|small\n2.5|type"},
		{[]Schema{integer, text, {AnyOf: []int{1, 2}}}, "2\n\"a\"", "null|none of the alternatives"},
		{[]Schema{integer, {Kinds: KindNumber}, {OneOf: []int{1, 2}}}, "1.5", "1|exactly one\n\"a\"|exactly one"},
		{[]Schema{integer, {Not: 1}}, "1.5", "1|not allowed"},
		{[]Schema{{Kinds: KindObject, Properties: []Property{{"to", false, 1}}}}, `{"to":{"to":{}}}`, `{"to":{"to":1}}|body/to/to:`},
		{[]Schema{{AllOf: []int{1}}}, "", "1|complicated"},
		{[]Schema{object(-1)}, "", `{"` + strings.Repeat("ä", 100) + `":1}|"ääääääääääääääääääää…"`},
	} {
		for _, good := range strings.Split(c.good, "\n") {
			if err := checkOne(good, c.schemas...); good != "" && err != nil {
				t.Errorf("%+v: %s: %v", c.schemas[len(c.schemas)-1], good, err)
			}
		}
		for _, line := range strings.Split(c.bad, "\n") {
			bad, want, _ := strings.Cut(line, "|")
			err := checkOne(bad, c.schemas...)
			var said *APIError
			if bad != "" && (!errors.As(err, &said) || said.StatusCode != 400 || !strings.Contains(said.Message, want)) {
				t.Errorf("%+v: %s: %v, want %q", c.schemas[len(c.schemas)-1], bad, err, want)
			}
		}
	}
}

// Alternatives within alternatives must cost a caller's body a bounded amount of work. Each visit
// of a value that does not fit allocates what it says of that, so allocations count the visits;
// they were 290,000 for a body of 1.7 kB.
func TestServerValidateWork(t *testing.T) {
	fork := []Schema{{OneOf: []int{2, 3}}, {Kinds: KindObject, Properties: []Property{{"a", true, 1}}}, {Kinds: KindObject, Properties: []Property{{"a", true, 1}, {"b", true, 0}}}}
	s := &Server{config: ServerConfig{Schemas: append([]Schema{{}}, fork...)}}
	for _, c := range []struct {
		depth, size int
		most        float64
	}{{10, 1 << 20, 5000}, {280, 20, 20_000}, {400, 1 << 20, 5_000_000}} {
		text := strings.Repeat(`{"a":`, c.depth) + `"` + strings.Repeat("x", c.size) + `"` + strings.Repeat("}", c.depth)
		v := scanPointer([]byte(text), "")
		spent := 0
		visits := testing.AllocsPerRun(1, func() {
			spent = 0
			if s.check(1, v, "body", &spent) == nil {
				t.Error("accepted")
			}
		})
		if visits > c.most || spent > 2*effortBase+len(text) {
			t.Errorf("%d levels of a body of %d bytes: %.0f visits, %d of %d units", c.depth, len(text), visits, spent, effortBase)
		}
	}
}

// The checks of one request share their effort, whatever they are of.
func TestServerSharesEffort(t *testing.T) {
	schemas := []Schema{{}, {Kinds: KindArray, Items: 2}, {AnyOf: []int{3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4}}, {Kinds: KindString}, {Kinds: KindInteger}}
	x := &Exchange{server: &Server{config: ServerConfig{Schemas: schemas}}}
	v := scanPointer([]byte("["+strings.Repeat("1,", 100)+"1]"), "")
	n := 0
	for n = 0; n < 100; n++ {
		if err := x.check(1, v, "p"); err != nil {
			if !strings.Contains(err.Error(), "too complicated") {
				t.Error(err)
			}
			break
		}
	}
	if n < 1 || n > 10 {
		t.Errorf("%d checks", n)
	}
}

// What APIs really send is far from the bound.
func TestServerValidateLarge(t *testing.T) {
	schemas := []Schema{{}, {Kinds: KindArray, Items: 2}, {AllOf: []int{3, 4}}, {OneOf: []int{5, 6, 7, 8, 9, 10}}, {Kinds: KindObject, Properties: []Property{{"id", true, 11}, {"kind", true, 12}}},
		{Kinds: KindObject, Properties: []Property{{"kind", true, 13}}}, {Kinds: KindObject, Properties: []Property{{"kind", true, 14}}}, {Kinds: KindObject, Properties: []Property{{"kind", true, 15}}},
		{Kinds: KindObject, Properties: []Property{{"kind", true, 16}}}, {Kinds: KindObject, Properties: []Property{{"kind", true, 17}}}, {Kinds: KindObject, Properties: []Property{{"kind", true, 18}}},
		{Kinds: KindInteger}, {Kinds: KindString}, {Enum: []string{`"a"`}}, {Enum: []string{`"b"`}}, {Enum: []string{`"c"`}}, {Enum: []string{`"d"`}}, {Enum: []string{`"e"`}}, {Enum: []string{`"f"`}}}
	s := &Server{config: ServerConfig{Schemas: schemas}}
	text := "[" + strings.Repeat(`{"id":1,"kind":"f"},`, 1<<20/20) + `{"id":1,"kind":"f"}]`
	spent := 0
	if err := s.check(1, scanPointer([]byte(text), ""), "body", &spent); err != nil {
		t.Error(err)
	}
	if spent > -30*len(text) {
		t.Errorf("%d of the %d units for its bytes are left", -spent, effortByte*len(text))
	}
	numbers := []Schema{{}, {Kinds: KindArray, Items: 2}, {Enum: []string{"10", "20", "30"}}}
	s = &Server{config: ServerConfig{Schemas: numbers}}
	if err := s.check(1, scanPointer([]byte("["+strings.Repeat("10,", 100_000)+"30.0]"), ""), "body", new(int)); err != nil {
		t.Error(err)
	}
}

func TestServerRepeatedNames(t *testing.T) {
	many := func(last string) string {
		return `{"1":1,"2":1,"3":1,"4":1,"5":1,"6":1,"7":1,"8":1,"9":1,"10":1,"` + last + `":[]}`
	}
	for text, want := range map[string]string{
		`{}`: "", ` [ ] `: "", `{"a":[{"b":1},{"b":2}],"b":{"a":1}}`: "", many("11"): "", `1`: "", `"{"`: "",
		`{"a":1,"b":2,"a":3}`: `"a" twice`, `{"a":1,"\u0061":3}`: `"a" twice`, `[0,{"x":[{"c":1 , "c":{}}]}]`: `"c" twice`,
		many("10"): `"10" twice`, many("1"): `"1" twice`, `{"a":1,"A":1}`: "", `{"a":1}}`: "JSON", `{"a":1} 1`: "JSON", ``: "JSON", "\xef\xbb\xbf{}": "JSON", "\"\xff\"": "UTF-8",
		"\xff": "JSON", "{\"\xff\":1": "JSON", `["\ud800\u0041"]`: "body/0: text that is not UTF-8", `"\ud83d\ude00\\ud800"`: "",
	} {
		if err := checkText([]byte(text)); (err != nil) != (want != "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func FuzzServerValidate(f *testing.F) {
	for _, text := range []string{`{"to":["a","b"],"n":1}`, `{"to":{"to":[]}}`, `{"t\u006f":null}`, `[1,[1],1.0]`, `{"TO":1}`} {
		f.Add(text)
	}
	s := &Server{config: ServerConfig{Schemas: []Schema{{},
		{AnyOf: []int{2, 3, 4}, Not: 5},
		{Kinds: KindObject, Properties: []Property{{"n", false, 4}, {"to", true, 1}}, Additional: 1},
		{Kinds: KindArray, Items: 1, Unique: true, MaxItems: 3},
		{Kinds: KindInteger | KindString | KindNull, Min: Ptr(0.0), MaxLength: 9, MultipleOf: 0.5, Format: "int32"},
		{Enum: []string{`"no"`, `[0]`, `{"to":1}`}},
	}}}
	f.Fuzz(func(t *testing.T, text string) {
		data := []byte(text)
		if checkText(data) != nil || s.check(1, scanPointer(data, ""), "body", new(int)) != nil {
			return
		}
		var v any
		if err := json.Unmarshal(data, &v); err != nil {
			t.Fatalf("%q was accepted, but: %v", text, err)
		}
		again, _ := json.Marshal(v)
		if strings.ContainsAny(text, ".eE\\") || strings.Contains(text, "-0") {
			return // spelt otherwise the second time
		}
		if err := s.check(1, scanPointer(again, ""), "body", new(int)); err != nil && len(text) < 1000 {
			t.Fatalf("%q was accepted, but not %q: %v", text, again, err)
		}
	})
}
