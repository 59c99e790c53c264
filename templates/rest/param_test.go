package rest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"regexp"
	"testing"
	"time"
)

// paramSchemas are plain and other schemas for one value.
func paramSchemas() []Schema {
	return []Schema{
		{}, {Kinds: KindString}, {Kinds: KindString, MinLength: 2, MaxLength: 3}, {Kinds: KindString | KindNull},
		{Kinds: KindString, Enum: []string{`"a"`, `"1"`, `"\u00e9"`}}, {Kinds: KindString, Pattern: regexp.MustCompile(`^[a-z]+$`)},
		{Kinds: KindString, Format: "date-time"}, {Kinds: KindString, Format: "uuid"}, {Kinds: KindInteger},
		{Kinds: KindInteger, Min: Ptr(1.0), Max: Ptr(100.0), ExclMax: true}, {Kinds: KindInteger, Format: "int32"}, {Kinds: KindInteger, Enum: []string{"1", "2"}},
		{Kinds: KindInteger, MultipleOf: 5}, {Kinds: KindNumber}, {Kinds: KindNumber, Max: Ptr(1.5)}, {Kinds: KindBool}, {Kinds: KindBool, Enum: []string{"true"}},
		{Kinds: KindInteger | KindNull}, {Kinds: KindString | KindInteger}, {Enum: []string{`"a"`, "1"}}, {Kinds: KindInteger, Not: 9},
		{AllOf: []int{8, 9}}, {OneOf: []int{8, 15}}, {Kinds: KindArray, Items: 1}, {Kinds: KindArray, Items: 8}, {Kinds: KindArray, Items: 9, MinItems: 2, MaxItems: 3},
		{Kinds: KindArray, Items: 4}, {Kinds: KindArray, Items: 8, Unique: true}, {Kinds: KindObject, Properties: []Property{{Name: "a", Schema: 8}}},
	}
}

// paramTexts are values as spelt in requests.
var paramTexts = []string{
	"", "a", "1", "2", "5", "é", "abc", "ab1", "-1", "-0", "0", "00", "01", "1.0", "1e2", "99", "100", "2147483648", "9007199254740993", "9223372036854775807",
	"99999999999999999999", "0.5", "1.5", "1.6", ".5", "+1", "NaN", "true", "false", "TRUE", "null", `"a"`, "[1]", `{"a":1}`, "a,b", "1,2", "1,,2", "1,x", "a%2Cb", "a%20b",
	"a+b", "%zz", "%ff", "\xff", "2024-01-02T03:04:05Z", "2024-01-02T03:04:05", "2024-01-02t03:04:05+01:00", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", " 1 ", "1 ", ";", "a;b",
	"1,2,3,4", "100,1", "a,é",
}

// readBoth reads a parameter by Param and by the function for its type, from two exchanges alike.
func readBoth[T any](t *testing.T, name string, make func() *Exchange, read func(x *Exchange, i int) T) {
	t.Helper()
	slow, quick := make(), make()
	var want T
	slow.Param(slow.view.op.Params[0].In, "p", &want)
	got := read(quick, 0)
	if fmt.Sprint(slow.err) != fmt.Sprint(quick.err) || slow.err == nil && !reflect.DeepEqual(want, got) {
		t.Errorf("%s: %T %v (%v), by Param %v (%v)", name, got, got, quick.err, want, slow.err)
	}
}

type namedText string

func TestServerParamsByType(t *testing.T) {
	schemas := paramSchemas()
	for index := range schemas {
		for _, p := range []Param{
			{In: InPath, Required: true}, {In: InQuery}, {In: InQuery, Explode: true}, {In: InQuery, Required: true, Explode: true}, {In: InHeader}, {In: InCookie},
			{In: InQuery, Default: "7"}, {In: InQuery, Default: `"x"`}, {In: InQuery, Default: "true"}, {In: InQuery, Empty: true, Explode: true},
			{In: InPath, Style: StyleLabel, Required: true}, {In: InQuery, EncodedComma: true}, {In: InQuery, Style: StylePipe},
		} {
			p.Name, p.Schema = "p", index
			op := &Operation{ID: "op", Params: []Param{p}}
			s := &Server{config: ServerConfig{Schemas: schemas}}
			plans := s.planParams(op)
			for i, texts := range requestsOf(p) {
				if testing.Short() && (i+index)%16 != 0 {
					continue
				}
				make := func() *Exchange {
					r := httptest.NewRequest(http.MethodGet, "/", nil)
					x := &Exchange{server: s, r: r, of: &served{params: plans}, view: view{op: op}}
					for _, text := range texts {
						switch p.In {
						case InPath:
							x.view.path = []string{text}
						case InQuery:
							x.view.rawQuery += "&p=" + text
						case InHeader:
							r.Header.Add("P", text)
						default:
							r.Header.Set("Cookie", "p="+text)
						}
					}
					x.view.header = r.Header
					return x
				}
				name := fmt.Sprintf("schema %d, %+v, %q", index, p, texts)
				readBoth(t, name, make, TextParam[string])
				readBoth(t, name, make, OptTextParam[namedText])
				readBoth(t, name, make, IntParam[int64])
				readBoth(t, name, make, OptIntParam[int32])
				readBoth(t, name, make, IntParam[uint16])
				readBoth(t, name, make, FloatParam[float64])
				readBoth(t, name, make, OptFloatParam[float32])
				readBoth(t, name, make, BoolParam[bool])
				readBoth(t, name, make, OptBoolParam[bool])
				readBoth(t, name, make, TimeParam)
				readBoth(t, name, make, OptTimeParam)
				readBoth(t, name, make, TextListParam[namedText])
				readBoth(t, name, make, IntListParam[int64])
			}
		}
	}
}

// requestsOf returns the values that a parameter has in requests: none, one or two.
func requestsOf(p Param) [][]string {
	out := [][]string{{"1", "2"}, {"a", ""}}
	if p.In != InPath {
		out = append(out, nil)
	}
	for _, text := range paramTexts {
		out = append(out, []string{text})
		if p.In != InHeader {
			out = append(out, []string{url.QueryEscape(text)})
		}
	}
	return out
}

func TestServerParamsNeedNoHeap(t *testing.T) {
	s := &Server{config: ServerConfig{Schemas: paramSchemas()}}
	op := &Operation{ID: "op", Params: []Param{{In: InPath, Name: "id", Required: true, Schema: 9}, {In: InQuery, Name: "on", Schema: 15}, {In: InQuery, Name: "at", Schema: 6}}}
	x := &Exchange{server: s, of: &served{params: s.planParams(op)}, view: view{op: op, path: []string{"42"}, rawQuery: "x=1&on=true&at=2024-01-02T03:04:05Z"}}
	var at time.Time
	if n := testing.AllocsPerRun(100, func() {
		if IntParam[int64](x, 0) != 42 || !BoolParam[bool](x, 1) {
			t.Fatal(x.err)
		}
		at = TimeParam(x, 2)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if at.Year() != 2024 {
		t.Error(at, x.err)
	}
}
