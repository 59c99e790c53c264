package runtime

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
)

// checkOne checks a text by the last of the schemas that follow the zero one.
func checkOne(text string, schemas ...schema) error {
	s := &Server{serverConfig: serverConfig{schemas: append([]schema{{}}, schemas...)}}
	return s.check(len(schemas), scanPointer([]byte(text), ""), "body", new(int))
}

func TestServerValidate(t *testing.T) {
	text, integer := schema{kinds: kindString}, schema{kinds: kindInteger}
	object := func(additional int, p ...property) schema {
		return schema{kinds: kindObject, properties: p, additional: additional}
	}
	named := object(0, property{"name", true, 1}, property{"note", false, 1})
	for _, c := range []struct {
		schemas []schema
		good    string // JSON values, one a line
		bad     string // JSON values and what is said of them
	}{
		{[]schema{{}}, "1\nnull\n[{}]", ""},
		{[]schema{text}, `"a"`, "1|type\nnull|type"},
		{[]schema{integer}, "1\n-0", "1.0|type\n1e3|type\n\"1\"|type"},
		{[]schema{{kinds: kindNumber}}, "1\n1.5e300", "true|type"},
		{[]schema{{kinds: kindString | kindNull}}, "null\n\"\"", "{}|type"},
		{[]schema{{kinds: kindInteger, format: "int32"}}, "2147483647\n-2147483648", "2147483648|range"},
		{[]schema{{kinds: kindInteger, format: "int64"}}, "9223372036854775807", "9223372036854775808|range"},
		{[]schema{{min: Ptr(1.0), max: Ptr(3.0)}}, "1\n3\n\"other\"", "0.9|small\n3.1|large\n1e999|range"},
		{[]schema{{min: Ptr(1.0), max: Ptr(3.0), exclMin: true, exclMax: true}}, "2", "1|small\n3|large"},
		{[]schema{{multipleOf: 0.1}}, "0.3\n-1\n1000000.1", "0.35|multiple"},
		{[]schema{{minLength: 2, maxLength: 3}}, `"äb"` + "\n" + `"\ud83d\ude00ab"`, `"a"|short` + "\n" + `"abcd"|long`},
		{[]schema{{kinds: kindString, maxLength: -1}}, `""`, `"a"|long`},
		{[]schema{{pattern: regexp.MustCompile(`^\d+$`)}}, `"12"`, `"a"|pattern`},
		{[]schema{{format: "date-time"}}, `"2022-08-04T10:00:00Z"` + "\n" + `"2022-08-04T10:00:00.5+08:00"`, `"2022-08-04"|date-time`},
		{[]schema{{format: "date"}}, `"2022-08-04"`, `"2022-02-30"|date`},
		{[]schema{{format: "uuid"}}, `"6BA7B810-9dad-11d1-80b4-00c04fd430c8"`, `"6ba7b8109dad11d180b400c04fd430c8"|uuid` + "\n" + `"g"|uuid`},
		{[]schema{{format: "ipv4"}}, `"1.2.3.4"`, `"::1"|ipv4`},
		{[]schema{{format: "ipv6"}}, `"::1"`, `"1.2.3.4"|ipv6`},
		{[]schema{{enum: []string{`"a"`, `1`, `9007199254740993`, `{"b":[1]}`, `"\u003c"`}}},
			`"a"` + "\n" + `"\u0061"` + "\n1\n1.0\n9007199254740993\n" + `{ "b" : [1] }` + "\n" + `"<"`,
			`"b"|allowed` + "\n2|allowed\n9007199254740992|allowed\nnull|allowed"},
		{[]schema{integer, {kinds: kindArray, items: 1, minItems: 1, maxItems: 2}}, "[1]\n[1,2]", "[]|few\n[1,2,3]|many\n[1,\"x\"]|body/1:"},
		{[]schema{{kinds: kindArray, maxItems: -1}}, "[]", "[1]|many"},
		{[]schema{{unique: true}}, `[1,"1",2,[1],{"a":1}]` + "\n[9007199254740992,9007199254740993]", `["a","\u0061"]|body/1: items` + "\n[1,1.0]|unique\n" + `[{"a":1,"b":2},{"b":2,"a":1}]|unique`},
		{[]schema{text, named}, `{"name":"x"}` + "\n" + `{"name":"x","more":1}` + "\n" + `{"n\u0061me":"x"}`,
			`{}|"name" is required` + "\n" + `{"note":"x"}|"name" is required` + "\n" + `{"name":1}|body/name:` + "\n" + `{"name":"x","NOTE":"y"}|"NOTE" is not spelt so`},
		{[]schema{text, object(-1, property{"a~/", false, 1})}, `{}`, `{"a~/":1}|body/a~0~1:` + "\n" + `{"b":1}|"b" is not allowed`},
		{[]schema{integer, object(1)}, `{"a":1}`, `{"a":"x"}|body/a:`},
		{[]schema{{kinds: kindObject, minProps: 1, maxProps: 1}}, `{"a":1}`, "{}|few\n" + `{"a":1,"b":2}|many`},
		{[]schema{integer, {min: Ptr(2.0)}, {allOf: []int{1, 2}}}, "2", "1|small\n2.5|type"},
		{[]schema{integer, text, {anyOf: []int{1, 2}}}, "2\n\"a\"", "null|none of the alternatives"},
		{[]schema{integer, {kinds: kindNumber}, {oneOf: []int{1, 2}}}, "1.5", "1|exactly one\n\"a\"|exactly one"},
		{[]schema{integer, {not: 1}}, "1.5", "1|not allowed"},
		{[]schema{{kinds: kindObject, properties: []property{{"to", false, 1}}}}, `{"to":{"to":{}}}`, `{"to":{"to":1}}|body/to/to:`},
		{[]schema{{allOf: []int{1}}}, "", "1|complicated"},
		{[]schema{object(-1)}, "", `{"` + strings.Repeat("ä", 100) + `":1}|"ääääääääääääääääääää…"`},
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
	fork := []schema{{oneOf: []int{2, 3}}, {kinds: kindObject, properties: []property{{"a", true, 1}}}, {kinds: kindObject, properties: []property{{"a", true, 1}, {"b", true, 0}}}}
	s := &Server{serverConfig: serverConfig{schemas: append([]schema{{}}, fork...)}}
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
	schemas := []schema{{}, {kinds: kindArray, items: 2}, {anyOf: []int{3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4}}, {kinds: kindString}, {kinds: kindInteger}}
	x := &exchange{server: &Server{serverConfig: serverConfig{schemas: schemas}}}
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
	schemas := []schema{{}, {kinds: kindArray, items: 2}, {allOf: []int{3, 4}}, {oneOf: []int{5, 6, 7, 8, 9, 10}}, {kinds: kindObject, properties: []property{{"id", true, 11}, {"kind", true, 12}}},
		{kinds: kindObject, properties: []property{{"kind", true, 13}}}, {kinds: kindObject, properties: []property{{"kind", true, 14}}}, {kinds: kindObject, properties: []property{{"kind", true, 15}}},
		{kinds: kindObject, properties: []property{{"kind", true, 16}}}, {kinds: kindObject, properties: []property{{"kind", true, 17}}}, {kinds: kindObject, properties: []property{{"kind", true, 18}}},
		{kinds: kindInteger}, {kinds: kindString}, {enum: []string{`"a"`}}, {enum: []string{`"b"`}}, {enum: []string{`"c"`}}, {enum: []string{`"d"`}}, {enum: []string{`"e"`}}, {enum: []string{`"f"`}}}
	s := &Server{serverConfig: serverConfig{schemas: schemas}}
	text := "[" + strings.Repeat(`{"id":1,"kind":"f"},`, 1<<20/20) + `{"id":1,"kind":"f"}]`
	spent := 0
	if err := s.check(1, scanPointer([]byte(text), ""), "body", &spent); err != nil {
		t.Error(err)
	}
	if spent > -30*len(text) {
		t.Errorf("%d of the %d units for its bytes are left", -spent, effortByte*len(text))
	}
	numbers := []schema{{}, {kinds: kindArray, items: 2}, {enum: []string{"10", "20", "30"}}}
	s = &Server{serverConfig: serverConfig{schemas: numbers}}
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
		many("10"): `"10" twice`, many("1"): `"1" twice`, `{"a":1,"A":1}`: "", `{"a":1}}`: "JSON", `{"a":1} 1`: "JSON", ``: "JSON", "\xef\xbb\xbf{}": "JSON", "\"\xff\"": "JSON",
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
	s := &Server{serverConfig: serverConfig{schemas: []schema{{},
		{anyOf: []int{2, 3, 4}, not: 5},
		{kinds: kindObject, properties: []property{{"n", false, 4}, {"to", true, 1}}, additional: 1},
		{kinds: kindArray, items: 1, unique: true, maxItems: 3},
		{kinds: kindInteger | kindString | kindNull, min: Ptr(0.0), maxLength: 9, multipleOf: 0.5, format: "int32"},
		{enum: []string{`"no"`, `[0]`, `{"to":1}`}},
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
