package rest

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
)

// decodeSchemas: 1 string, 2 integer, 3 array of 1, 4 array of 2, 5 object of a string and an
// integer, 6 boolean or null, 7 number in 1..9.
var decodeSchemas = []Schema{{}, {Kinds: KindString}, {Kinds: KindInteger}, {Kinds: KindArray, Items: 1}, {Kinds: KindArray, Items: 2},
	{Kinds: KindObject, Properties: []Property{{"n", false, 2}, {"s", false, 1}}}, {Kinds: KindBool | KindNull}, {Kinds: KindNumber, Min: Ptr(1.0), Max: Ptr(9.0)}}

func TestServerParams(t *testing.T) {
	type object struct {
		N int    `json:"n"`
		S string `json:"s"`
	}
	for _, c := range []struct {
		param  Param
		text   string // the path's value, the query, or the header's or cookie's value
		target any
		want   any // the value, or the error's beginning
	}{
		{Param{In: InPath, Schema: 1}, "a%2Fb+c", new(string), "a/b+c"},
		{Param{In: InPath, Schema: 1}, "a,b", new(string), "a,b"},
		{Param{In: InPath, Schema: 1}, "a,b%2Cc", new([]string), []string{"a", "b,c"}},
		{Param{In: InPath, Schema: 1}, "%ff", new(string), "bad: p: not valid"},
		{Param{In: InPath, Schema: 3}, "a,%fe,b", new([]string), "bad: p: not valid"},
		{Param{In: InPath, Schema: 2}, "12", new(int), 12},
		{Param{In: InPath, Schema: 2}, "1x", new(int), "bad: p: a value of another type"},
		{Param{In: InPath, Schema: 2}, "%201", new(int), "bad: p: a value of another type"},
		{Param{In: InPath, Schema: 2}, "300", new(int8), "bad: p: not valid"},
		{Param{In: InPath, Schema: 7}, "10", new(float64), "bad: p: too large"},
		{Param{In: InPath, Schema: 4, Style: StyleLabel}, ".1,2", new([]int), []int{1, 2}},
		{Param{In: InPath, Schema: 4, Style: StyleLabel, Explode: true}, ".1.2", new([]int), []int{1, 2}},
		{Param{In: InPath, Schema: 4, Style: StyleMatrix}, ";p=1,2", new([]int), []int{1, 2}},
		{Param{In: InPath, Schema: 4, Style: StyleMatrix, Explode: true}, ";p=1;p=2", new([]int), []int{1, 2}},
		{Param{In: InPath, Schema: 5}, "n,1,s,x", new(object), object{1, "x"}},
		{Param{In: InPath, Schema: 5, Explode: true}, "n=1,s=x", new(object), object{1, "x"}},
		{Param{In: InPath, Schema: 5, Style: StyleMatrix}, ";p=n,1,s,x", new(object), object{1, "x"}},
		{Param{In: InPath, Schema: 5, Style: StyleMatrix, Explode: true}, ";n=1;s=x", new(object), object{1, "x"}},
		{Param{In: InPath, Schema: 5, Style: StyleLabel, Explode: true}, ".n=1.s=x", new(object), object{1, "x"}},
		{Param{In: InQuery, Schema: 1, Explode: true}, "q=1&p=a+b%2B", new(string), "a b+"},
		{Param{In: InQuery, Schema: 1, Explode: true}, "p=%22x", new(*string), Ptr(`"x`)},
		{Param{In: InQuery, Schema: 1, Explode: true}, "q=1", new(*string), (*string)(nil)},
		{Param{In: InQuery, Schema: 1, Explode: true, Required: true}, "q=1", new(string), "bad: p: missing"},
		{Param{In: InQuery, Schema: 6, Explode: true}, "p=true", new(*bool), Ptr(true)},
		{Param{In: InQuery, Schema: 6, Explode: true}, "p=", new(*bool), (*bool)(nil)},
		{Param{In: InQuery, Schema: 6, Explode: true}, "p=yes", new(*bool), "bad: p: a value of another type"},
		{Param{In: InQuery, Schema: 4, Explode: true}, "p=1&p=2", new([]int), []int{1, 2}},
		{Param{In: InQuery, Schema: 4}, "p=1,2&x=3", new([]int), []int{1, 2}},
		{Param{In: InQuery, Schema: 4}, "p=1,x", new([]int), "bad: p/1: a value of another type"},
		{Param{In: InQuery, Schema: 3, Style: StyleSpace}, "p=a%20b+c", new([]string), []string{"a", "b", "c"}},
		{Param{In: InQuery, Schema: 3, Style: StylePipe}, "p=a%7Cb|c%7cd", new([]string), []string{"a", "b", "c", "d"}},
		{Param{In: InQuery, Schema: 5, Style: StyleDeep}, "p[n]=1&p%5Bs%5D=x&q=2", new(object), object{1, "x"}},
		{Param{In: InQuery, Schema: 5, Explode: true}, "n=1&s=x&q=2", new(object), object{1, "x"}},
		{Param{In: InQuery, Schema: 5}, "p=n,1,s,x", new(object), object{1, "x"}},
		{Param{In: InQuery, Schema: 5}, "p=n,x", new(object), "bad: p/n: a value of another type"},
		{Param{In: InQuery, Schema: 5, Style: StyleJSON}, `p={"n":1}`, new(object), object{N: 1}},
		{Param{In: InQuery, Schema: 5, Style: StyleJSON}, `p={"n":1,"n":2}`, new(object), "bad: p: not valid"},
		{Param{In: InQuery, Schema: 5, Style: StyleJSON}, `p={"n":1`, new(object), "bad: p: not valid"},
		{Param{In: InHeader, Schema: 4}, "1, 2", new([]int), []int{1, 2}},
		{Param{In: InHeader, Schema: 1}, "a%20b", new(string), "a%20b"},
		{Param{In: InCookie, Schema: 1, Explode: true}, "a%20b", new(string), "a b"},
	} {
		c.param.Name = "p"
		r := httptest.NewRequest("GET", "/", nil)
		x := &Exchange{server: &Server{config: ServerConfig{Schemas: decodeSchemas}}, r: r, view: view{op: &Operation{Params: []Param{c.param}}, header: r.Header}}
		switch c.param.In {
		case InPath:
			x.view.path = []string{c.text}
		case InQuery:
			x.view.rawQuery = c.text
		case InHeader:
			r.Header.Set("P", c.text)
		case InCookie:
			r.Header.Set("Cookie", "p="+c.text)
		}
		x.Param(c.param.In, "p", c.target)
		if x.err != nil {
			want, _ := c.want.(string)
			var said *APIError
			if want, ok := strings.CutPrefix(want, "bad: "); !ok || !errors.As(x.err, &said) || !strings.HasPrefix(said.Message, want) {
				t.Errorf("%+v %s: %v", c.param, c.text, x.err)
			}
		} else if got := reflect.ValueOf(c.target).Elem().Interface(); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%+v %s: %#v, want %#v", c.param, c.text, got, c.want)
		}
	}
}

// A parameter that handlers get as raw text is checked too.
func TestServerRawParam(t *testing.T) {
	x := &Exchange{server: &Server{config: ServerConfig{Schemas: decodeSchemas}}, of: new(served),
		view: view{op: &Operation{Params: []Param{{In: InPath, Name: "a", Schema: 2}, {In: InPath, Name: "b", Schema: 1}}}, path: []string{"12", "x%2Fy"}}}
	if a, b := x.RawParam("a"), x.RawParam("b"); a != "12" || b != "x/y" || x.err != nil {
		t.Error(a, b, x.err)
	}
	x.view.path[0] = "x"
	if x.RawParam("a"); x.err == nil {
		t.Error("not checked")
	}
}

// A compressed body would be larger than its bound says.
func TestServerCompressed(t *testing.T) {
	s, _ := testServer(t, nil)
	for encoding, want := range map[string]int{"gzip": 415, "identity": 201, "": 201} {
		if w := ask(s, "POST", "/a/users", `{"name":"x"}`, "Content-Encoding", encoding); w.Code != want {
			t.Error(encoding, w.Code)
		}
	}
}

// A form is the JSON object that its schema says it stands for: an array even of one value.
func TestServerForms(t *testing.T) {
	s := &Server{config: ServerConfig{Schemas: append(decodeSchemas[:8:8],
		Schema{Kinds: KindObject, Properties: []Property{{"ids", false, 4}, {"n", false, 2}, {"o", false, 5}, {"s", false, 1}}})}}
	for form, want := range map[string]string{
		"n=1&s=1&ids=1":         `{"ids":[1],"n":1,"s":"1"}`,
		"ids=2&ids=3&other=5":   `{"ids":[2,3],"other":"5"}`,
		`o={"n":1}&s=<`:         `{"o":{"n":1},"s":"\u003c"}`,
		"n=x":                   `{"n":"x"}`,
		"":                      `{}`,
		"n=1&n=2":               "more than one value",
		"s=%ff":                 "body/s: text that is not UTF-8",
		`o={"n":1,"n":2}`:       "twice",
		"file=x":                "a file is expected",
		"%ff=1":                 "text that is not UTF-8",
		"s=a&s%20=b&%22=quoted": `{"\"":"quoted","s":"a","s ":"b"}`,
	} {
		values, err := url.ParseQuery(form)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.formObject(8, values, &Body{Files: []FormFile{{Name: "file"}}}, nil, new(int))
		if err != nil && !strings.Contains(err.Error(), want) || err == nil && string(got) != want {
			t.Errorf("%s: %s, %v", form, got, err)
		}
		if err == nil && !json.Valid(got) {
			t.Errorf("%s: %s", form, got)
		}
	}
}

// What one parameter holds must never panic, nor be decoded unless it is valid.
func FuzzServerParam(f *testing.F) {
	for i, text := range []string{"a,b", "p=1&p=2", ";p=1;p=2", "p[n]=1", `p={"n":1}`, ".a.b", "%zz", "p=%ff"} {
		f.Add(uint8(i), uint8(i), uint8(i), i%2 == 0, text)
	}
	f.Fuzz(func(t *testing.T, in, how, index uint8, explode bool, text string) {
		p := Param{In: Place(in % 4), Name: "p", Style: Style(how % 7), Explode: explode, Schema: int(index) % len(decodeSchemas)}
		r := &http.Request{Header: http.Header{"P": {text}, "Cookie": {"p=" + text}}}
		x := &Exchange{server: &Server{config: ServerConfig{Schemas: decodeSchemas}}, r: r,
			view: view{op: &Operation{Params: []Param{p}}, path: []string{text}, rawQuery: text, header: r.Header}}
		var target json.RawMessage
		x.Param(p.In, "p", &target)
		if x.err == nil && target != nil && !json.Valid(target) {
			t.Fatalf("%+v %q: %s", p, text, target)
		}
		var list []string
		x.Param(p.In, "p", &list)
	})
}
