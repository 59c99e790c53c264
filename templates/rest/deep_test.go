package rest

import (
	"encoding/json"
	"math/rand/v2"
	"net/http/httptest"
	"strings"
	"testing"
)

// deepSchemas describe a filter: 1 is it.
var deepSchemas = []Schema{{}, {Kinds: KindObject, Properties: []Property{{"a[b]", false, 2}, {"list", false, 5}, {"name", false, 2}, {"other", false, 0}, {"owner", false, 3}, {"tags", false, 4}}, Additional: -1},
	{Kinds: KindString}, {Kinds: KindObject, Properties: []Property{{"id", false, 6}}, Additional: 4}, {Kinds: KindArray, Items: 2}, {Kinds: KindArray, Items: 3}, {Kinds: KindInteger}}

func deepDecoded(query string) (any, error) {
	s := &Server{config: ServerConfig{Schemas: deepSchemas}}
	x := &Exchange{server: s, r: httptest.NewRequest("GET", "/?"+query, nil)}
	x.view = view{op: &Operation{Params: []Param{{In: InQuery, Name: "f", Style: StyleDeep, Explode: true, Schema: 1}}}, rawQuery: query}
	var got any
	x.Param(InQuery, "f", &got)
	return got, x.err
}

// TestServerReadsDeepObjects has the server read what the client writes.
func TestServerReadsDeepObjects(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	text := func() string { return []string{"x", "a,b", "[0]", "1", "é&=", "true"}[r.IntN(6)] }
	texts := func() (out []any) {
		for range 1 + r.IntN(3) {
			out = append(out, text())
		}
		return out
	}
	owner := func() map[string]any {
		return map[string]any{"id": float64(r.IntN(100)), "more": texts(), "0": texts()}
	}
	for range 2000 {
		want := map[string]any{"name": text()}
		for name, value := range map[string]any{"tags": texts(), "owner": owner(), "list": []any{owner(), owner()}, "a[b]": text(), "other": []any{map[string]any{"k": text()}}} {
			if r.IntN(2) == 0 {
				want[name] = value
			}
		}
		p := &Param{In: InQuery, Name: "f", Style: StyleDeep, Explode: true}
		n, err := takeApart(want)
		if err != nil {
			t.Fatal(err)
		}
		pairs, err := encodePairs(p, n)
		if err != nil {
			t.Fatal(err)
		}
		var query []string
		for _, e := range pairs {
			query = append(query, escape(e.name)+"="+e.value)
		}
		r.Shuffle(len(query), func(i, j int) { query[i], query[j] = query[j], query[i] })
		got, err := deepDecoded(strings.Join(query, "&") + "&f2=1&g[x]=1")
		a, _ := json.Marshal(got)
		b, _ := json.Marshal(want)
		if err != nil || string(a) != string(b) {
			t.Fatalf("%v: %v\n%s\n%s", err, query, a, b)
		}
	}
}

// What the server does not understand of a filter is refused: to pass over it would answer more
// than was asked for.
func TestServerRefusesDeepObjects(t *testing.T) {
	for query, want := range map[string]string{
		"f[name]=x": `{"name":"x"}`, "f[tags]=a": `{"tags":["a"]}`, "f[tags]=a&f[tags]=b": `{"tags":["a","b"]}`, "f[tags][]=a&f[tags][]=b": `{"tags":["a","b"]}`,
		"f[tags][1]=b&f[tags][0]=a": `{"tags":["a","b"]}`, "f[owner][id]=7": `{"owner":{"id":7}}`, "f[owner][x][0]=7": `{"owner":{"x":["7"]}}`, "f2=1&g[name]=x": "null",
		"f=x": "", "f[=x": "", "f[]=x": "", "f[name=x": "", "f[name]x=1": "", "f[name][x]=1": "", "f[name]=1&f[name]=2": "", "f[name]=1&f[name][x]=2": "",
		"f[tags][1]=b": "", "f[tags][x]=b": "", "f[tags][00]=b": "", "f[owner][id]=x": "", "f[owner]=x": "", "f[none]=x": "", "f[owner][id][0]=7": "", "f[tags][][x]=1": "",
		"f[owner]" + strings.Repeat("[x]", 100) + "=1": "", "f[[name]]=x": "", "f[name]]=x": "", "f[name]=%ff": "",
	} {
		got, err := deepDecoded(query)
		text, _ := json.Marshal(got)
		if (err != nil) != (want == "") || err == nil && string(text) != want {
			t.Errorf("%s: %s, %v", query, text, err)
		}
	}
}

// An object in another style that cannot be read is refused too, even where it is optional.
func TestServerRefusesObjects(t *testing.T) {
	s := &Server{config: ServerConfig{Schemas: deepSchemas}}
	for query, bad := range map[string]bool{"name=a&name=b": true, "name=a": false, "x=1": false} {
		p := &Param{In: InQuery, Name: "f", Explode: true, Schema: 1}
		if _, _, err := s.objectParam(p, nil, pairs{text: query}, unescapeQuery, new(int)); (err != nil) != bad {
			t.Error(query, err)
		}
	}
	for raw, bad := range map[string]bool{"name,a": false, "name": true, "name,a,tags": true, "name,a,name,b": true} {
		p := &Param{In: InHeader, Name: "f", Schema: 1}
		if _, _, err := s.objectParam(p, []string{raw}, pairs{}, unescapePath, new(int)); (err != nil) != bad {
			t.Error(raw, err)
		}
	}
}

// TestServerReadsDeepListsAndTexts holds that a list in this style, and a text where either it or
// an object may stand, come back as the client spells them.
func TestServerReadsDeepListsAndTexts(t *testing.T) {
	schemas := []Schema{
		{}, {Kinds: KindArray, Items: 2}, {Kinds: KindString},
		{AnyOf: []int{2, 4}}, {Kinds: KindObject, Additional: 2}, {AnyOf: []int{2, 1}},
	}
	for _, c := range []struct {
		query  string
		schema int
		target any
		want   string // "" for an error
	}{
		{"f[0]=a&f[1]=b", 1, new([]string), `["a","b"]`},
		{"f[]=a&f[]=b", 1, new([]string), `["a","b"]`},
		{"f=a", 2, new(string), `"a"`},
		{"f=a", 3, new(any), `"a"`},
		{"f=", 3, new(any), `""`},
		{"f[k]=a", 3, new(any), `{"k":"a"}`},
		{"f=a", 5, new(any), `"a"`},
		{"f[0]=a", 5, new(any), `["a"]`},
		{"f=a", 4, new(any), ""},
	} {
		s := &Server{config: ServerConfig{Schemas: schemas}}
		x := &Exchange{server: s, r: httptest.NewRequest("GET", "/?"+c.query, nil)}
		x.view = view{op: &Operation{Params: []Param{{In: InQuery, Name: "f", Style: StyleDeep, Explode: true, Schema: c.schema}}}, rawQuery: c.query}
		x.Param(InQuery, "f", c.target)
		text, _ := json.Marshal(c.target)
		if (x.err != nil) != (c.want == "") || x.err == nil && string(text) != c.want {
			t.Errorf("%s as %d: %s %v", c.query, c.schema, text, x.err)
		}
	}
}

// TestCostOfADeepObject counts an object once, however many fields it has.
func TestCostOfADeepObject(t *testing.T) {
	op := &Operation{Params: []Param{{In: InQuery, Name: "f", Style: StyleDeep, Explode: true}}}
	for query, want := range map[string]int64{"": 0, "x=1": 0, "f[a]=1": 1, "f[a]=1&f[b]=2&f[c]=3": 1} {
		v := view{op: op, rawQuery: query}
		if got := v.count(&Expr{In: InQuery, Name: "f"}); got != want {
			t.Errorf("%s counts %d, want %d", query, got, want)
		}
	}
}

// TestCostOfADeepList counts what a handler gets, however the list is spelt.
func TestCostOfADeepList(t *testing.T) {
	op := &Operation{Params: []Param{{In: InQuery, Name: "to", Style: StyleDeep, Explode: true, List: true}}}
	for query, want := range map[string]int64{
		"":                                   0,
		"x=1&tow[0]=a":                       0,
		"to[0]=a":                            1,
		"to[0]=a&to[1]=b&x=1&to%5B2%5D=c":    3,
		"to[]=a&to[]=b":                      2,
		"to=a&to=b":                          2,
		"to[0][x]=a&to[0][y]=b&to[1][x]=c":   2,
		"%74o[0]=a&to%5B%5D=b&to[1]=c;d&t=e": 2,
	} {
		v := view{op: op, rawQuery: query}
		if got := v.count(&Expr{In: InQuery, Name: "to"}); got != want {
			t.Errorf("%s counts %d, want %d", query, got, want)
		}
	}
}
