package runtime

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
var decodeSchemas = []schema{{}, {kinds: kindString}, {kinds: kindInteger}, {kinds: kindArray, items: 1}, {kinds: kindArray, items: 2},
	{kinds: kindObject, properties: []property{{"n", false, 2}, {"s", false, 1}}}, {kinds: kindBool | kindNull}, {kinds: kindNumber, min: Ptr(1.0), max: Ptr(9.0)}}

func TestServerParams(t *testing.T) {
	type object struct {
		N int
		S string
	}
	for _, c := range []struct {
		param  param
		text   string // the path's value, the query, or the header's or cookie's value
		target any
		want   any // the value, or the error's beginning
	}{
		{param{in: inPath, schema: 1}, "a%2Fb+c", new(string), "a/b+c"},
		{param{in: inPath, schema: 1}, "a,b", new(string), "a,b"},
		{param{in: inPath, schema: 1}, "a,b%2Cc", new([]string), []string{"a", "b,c"}},
		{param{in: inPath, schema: 1}, "%ff", new(string), "bad: p: not valid"},
		{param{in: inPath, schema: 3}, "a,%fe,b", new([]string), "bad: p: not valid"},
		{param{in: inPath, schema: 2}, "12", new(int), 12},
		{param{in: inPath, schema: 2}, "1x", new(int), "bad: p: a value of another type"},
		{param{in: inPath, schema: 2}, "%201", new(int), "bad: p: a value of another type"},
		{param{in: inPath, schema: 2}, "300", new(int8), "bad: p: not valid"},
		{param{in: inPath, schema: 7}, "10", new(float64), "bad: p: too large"},
		{param{in: inPath, schema: 4, style: styleLabel}, ".1,2", new([]int), []int{1, 2}},
		{param{in: inPath, schema: 4, style: styleLabel, explode: true}, ".1.2", new([]int), []int{1, 2}},
		{param{in: inPath, schema: 4, style: styleMatrix}, ";p=1,2", new([]int), []int{1, 2}},
		{param{in: inPath, schema: 4, style: styleMatrix, explode: true}, ";p=1;p=2", new([]int), []int{1, 2}},
		{param{in: inPath, schema: 5}, "n,1,s,x", new(object), object{1, "x"}},
		{param{in: inPath, schema: 5, explode: true}, "n=1,s=x", new(object), object{1, "x"}},
		{param{in: inPath, schema: 5, style: styleMatrix}, ";p=n,1,s,x", new(object), object{1, "x"}},
		{param{in: inPath, schema: 5, style: styleMatrix, explode: true}, ";n=1;s=x", new(object), object{1, "x"}},
		{param{in: inPath, schema: 5, style: styleLabel, explode: true}, ".n=1.s=x", new(object), object{1, "x"}},
		{param{in: inQuery, schema: 1, explode: true}, "q=1&p=a+b%2B", new(string), "a b+"},
		{param{in: inQuery, schema: 1, explode: true}, "p=%22x", new(*string), Ptr(`"x`)},
		{param{in: inQuery, schema: 1, explode: true}, "q=1", new(*string), (*string)(nil)},
		{param{in: inQuery, schema: 1, explode: true, required: true}, "q=1", new(string), "bad: p: missing"},
		{param{in: inQuery, schema: 6, explode: true}, "p=true", new(*bool), Ptr(true)},
		{param{in: inQuery, schema: 6, explode: true}, "p=", new(*bool), (*bool)(nil)},
		{param{in: inQuery, schema: 6, explode: true}, "p=yes", new(*bool), "bad: p: a value of another type"},
		{param{in: inQuery, schema: 4, explode: true}, "p=1&p=2", new([]int), []int{1, 2}},
		{param{in: inQuery, schema: 4}, "p=1,2&x=3", new([]int), []int{1, 2}},
		{param{in: inQuery, schema: 4}, "p=1,x", new([]int), "bad: p/1: a value of another type"},
		{param{in: inQuery, schema: 3, style: styleSpace}, "p=a%20b+c", new([]string), []string{"a", "b", "c"}},
		{param{in: inQuery, schema: 3, style: stylePipe}, "p=a%7Cb|c%7cd", new([]string), []string{"a", "b", "c", "d"}},
		{param{in: inQuery, schema: 5, style: styleDeep}, "p[n]=1&p%5Bs%5D=x&q=2", new(object), object{1, "x"}},
		{param{in: inQuery, schema: 5, explode: true}, "n=1&s=x&q=2", new(object), object{1, "x"}},
		{param{in: inQuery, schema: 5}, "p=n,1,s,x", new(object), object{1, "x"}},
		{param{in: inQuery, schema: 5}, "p=n,x", new(object), "bad: p/n: a value of another type"},
		{param{in: inQuery, schema: 5, style: styleJSON}, `p={"n":1}`, new(object), object{N: 1}},
		{param{in: inQuery, schema: 5, style: styleJSON}, `p={"n":1,"n":2}`, new(object), "bad: p: not valid"},
		{param{in: inQuery, schema: 5, style: styleJSON}, `p={"n":1`, new(object), "bad: p: not valid"},
		{param{in: inHeader, schema: 4}, "1, 2", new([]int), []int{1, 2}},
		{param{in: inHeader, schema: 1}, "a%20b", new(string), "a%20b"},
		{param{in: inCookie, schema: 1, explode: true}, "a%20b", new(string), "a b"},
	} {
		c.param.name = "p"
		r := httptest.NewRequest("GET", "/", nil)
		x := &exchange{server: &Server{serverConfig: serverConfig{schemas: decodeSchemas}}, r: r, view: view{op: &operation{params: []param{c.param}}, header: r.Header}}
		switch c.param.in {
		case inPath:
			x.view.path = []string{c.text}
		case inQuery:
			x.view.rawQuery = c.text
		case inHeader:
			r.Header.Set("P", c.text)
		case inCookie:
			r.Header.Set("Cookie", "p="+c.text)
		}
		x.param(c.param.in, "p", c.target)
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

// A parameter that is given to handlers as it stands is checked all the same.
func TestServerRawParam(t *testing.T) {
	x := &exchange{server: &Server{serverConfig: serverConfig{schemas: decodeSchemas}},
		view: view{op: &operation{params: []param{{in: inPath, name: "a", schema: 2}, {in: inPath, name: "b", schema: 1}}}, path: []string{"12", "x%2Fy"}}}
	if a, b := x.rawParam("a"), x.rawParam("b"); a != "12" || b != "x/y" || x.err != nil {
		t.Error(a, b, x.err)
	}
	x.view.path[0] = "x"
	if x.rawParam("a"); x.err == nil {
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
	s := &Server{serverConfig: serverConfig{schemas: append(decodeSchemas[:8:8],
		schema{kinds: kindObject, properties: []property{{"ids", false, 4}, {"n", false, 2}, {"o", false, 5}, {"s", false, 1}}})}}
	for form, want := range map[string]string{
		"n=1&s=1&ids=1":         `{"ids":[1],"n":1,"s":"1"}`,
		"ids=2&ids=3&other=5":   `{"ids":[2,3],"other":"5"}`,
		`o={"n":1}&s=<`:         `{"o":{"n":1},"s":"\u003c"}`,
		"n=x":                   `{"n":"x"}`,
		"":                      `{}`,
		"n=1&n=2":               "more than one value",
		"s=%ff":                 "JSON",
		`o={"n":1,"n":2}`:       "twice",
		"file=x":                "a file is expected",
		"%ff=1":                 "JSON",
		"s=a&s%20=b&%22=quoted": `{"\"":"quoted","s":"a","s ":"b"}`,
	} {
		values, err := url.ParseQuery(form)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.formObject(8, values, &body{files: []formFile{{name: "file"}}})
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
		p := param{in: place(in % 4), name: "p", style: style(how % 7), explode: explode, schema: int(index) % len(decodeSchemas)}
		r := &http.Request{Header: http.Header{"P": {text}, "Cookie": {"p=" + text}}}
		x := &exchange{server: &Server{serverConfig: serverConfig{schemas: decodeSchemas}}, r: r,
			view: view{op: &operation{params: []param{p}}, path: []string{text}, rawQuery: text, header: r.Header}}
		var target json.RawMessage
		x.param(p.in, "p", &target)
		if x.err == nil && target != nil && !json.Valid(target) {
			t.Fatalf("%+v %q: %s", p, text, target)
		}
		var list []string
		x.param(p.in, "p", &list)
	})
}
