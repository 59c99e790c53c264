package rest

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

func TestCommonScanPointer(t *testing.T) {
	for _, c := range []struct {
		data, pointer string
		kind          jsonKind
		count         int
		raw           string
	}{
		{`{"to":["a","b"]}`, "/to", jsonArray, 2, `["a","b"]`},
		{`{"to":["a"],"to":["a","b","c"]}`, "/to", jsonArray, 3, `["a","b","c"]`},
		{`{"TO":["a"]}`, "/to", jsonMissing, 0, ""},
		{`{"a\/b":{"~":1}}`, "/a~1b/~0", jsonNumber, 0, "1"},
		{`{"\u0061":null}`, "/a", jsonNull, 0, "null"},
		{`[1,[2,3]]`, "/1/0", jsonNumber, 0, "2"},
		{`[1]`, "/01", jsonMissing, 0, ""},
		{`[1]`, "/1", jsonMissing, 0, ""},
		{`[ ]`, "", jsonArray, 0, `[ ]`},
		{`{}x`, "", jsonInvalid, 0, ""},
		{`{"a":1,}`, "", jsonInvalid, 0, ""},
		{`01`, "", jsonInvalid, 0, ""},
		{"\"\xff\"", "", jsonInvalid, 0, ""},
		{``, "", jsonInvalid, 0, ""},
		{`"a"`, "/x", jsonMissing, 0, ""},
		{strings.Repeat("[", 600) + strings.Repeat("]", 600), "", jsonInvalid, 0, ""},
	} {
		got := scanPointer([]byte(c.data), c.pointer)
		if got.kind != c.kind || got.count != c.count || string(got.raw) != c.raw {
			t.Errorf("%.40s %s: %v %d %q", c.data, c.pointer, got.kind, got.count, got.raw)
		}
	}
	data := []byte(`{"x":{"to":["a","b\u00e4"]},"y":[1,2.5e3,true]}`)
	if n := testing.AllocsPerRun(100, func() { scanPointer(data, "/x/to") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzCommonScan(f *testing.F) {
	for _, s := range []string{`{"a":[1,"\ud83d\ude00"],"b":null}`, `[-0.1e+5]`, `"\ud800"`, `{"a":1,"a":2}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := scanPointer([]byte(text), "")
		valid := json.Valid([]byte(text)) && utf8.ValidString(text)
		if (got.kind != jsonInvalid) != valid {
			if strings.Count(text, "[")+strings.Count(text, "{") >= jsonDepth {
				return
			}
			t.Fatalf("%q: kind %d, encoding/json says %v", text, got.kind, valid)
		}
		switch got.kind {
		case jsonString:
			var want string
			if json.Unmarshal([]byte(text), &want) != nil || decodeString(got.raw) != want {
				t.Fatalf("%q: %q", text, decodeString(got.raw))
			}
		case jsonObject:
			var want map[string]json.RawMessage
			if json.Unmarshal([]byte(text), &want) != nil {
				return
			}
			for name, raw := range want {
				p := "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
				if v := scanPointer([]byte(text), p); string(v.raw) != string(raw) {
					t.Fatalf("%q %q: %q, want %q", text, p, v.raw, raw)
				}
			}
		case jsonArray:
			var want []any
			if json.Unmarshal([]byte(text), &want) == nil && len(want) != got.count {
				t.Fatalf("%q: %d items", text, got.count)
			}
		}
	})
}

func TestCommonCharges(t *testing.T) {
	limits := []ratelimit.Limit{{Name: "m", Quota: 600}, {Name: "huge", Quota: math.MaxInt64 - 1}}
	op := func(e *Expr, times, most int64) *Operation {
		return &Operation{Counter: "POST /{}", Params: []Param{{In: InPath, Name: "ids"}},
			Rates: []Rate{{Count: e, Times: times, Max: most, Key: []Dimension{{Kind: DimOperation}}}}}
	}
	body := &Expr{In: InBody, Pointer: "/to"}
	path := &Expr{In: InPath, Name: "ids"}
	query := &Expr{In: InQuery, Name: "id"}
	for _, c := range []struct {
		op   *Operation
		view view
		cost int64
	}{
		{op(body, 1, 0), view{body: []byte(`{"to":["a","a","b"]}`)}, 3},
		{op(body, 2, 0), view{body: []byte(`{"to":["a","b"]}`)}, 4},
		{op(body, 1, 0), view{body: []byte(`{"to":[]}`)}, 1},
		{op(body, 1, 0), view{body: []byte(`{"to":"a"}`)}, 1},
		{op(body, 1, 0), view{}, 1},
		{op(path, 1, 0), view{path: []string{"a,b,,c,"}}, 3},
		{op(path, 1, 0), view{path: []string{"a%2Cb"}}, 1},
		{op(query, 1, 0), view{rawQuery: "id=a,b&x=1&id=c&i%64=d"}, 4},
		{op(query, 1, 0), view{rawQuery: "x=1"}, 1},
		{op(path, 1, 2), view{path: []string{"a,b,c"}}, -1},
		{op(path, 300, 0), view{path: []string{"a,b,c"}}, -1},
		{op(path, math.MaxInt64, 0), view{path: []string{"a,b,c"}}, -1},
	} {
		c.view.op = c.op
		got, err := c.view.charges(limits)
		var over *ratelimit.CostError
		if c.cost < 0 {
			if !errors.As(err, &over) {
				t.Errorf("%+v: %v, %v", c.view, got, err)
			}
			continue
		}
		if err != nil || len(got) != 1 || got[0].Cost != c.cost || got[0].Limit != &limits[0] || got[0].Key != "8:POST /{}" {
			t.Errorf("%+v: %+v, %v; want %d", c.view, got, err, c.cost)
		}
	}
	free := view{op: &Operation{Rates: []Rate{{Cost: 0}}}}
	if got, err := free.charges(limits); len(got) != 0 || err != nil {
		t.Error(got, err)
	}
}

func TestCommonKeys(t *testing.T) {
	name := func(in Place, name string) Dimension { return Dimension{Expr: Expr{In: in, Name: name}} }
	v := view{op: &Operation{Params: []Param{{In: InPath, Name: "org"}}}, path: []string{"A%2fb"},
		rawQuery: "q=x+y&q=z", header: http.Header{"X-A": {"1", "2"}, "Cookie": {"c=d"}}, body: []byte(`{"u":"\u00e4","n":12,"z":null}`), clientIP: "::1", credential: "secret"}
	got := string(v.key(nil, []Dimension{name(InPath, "org"), name(InQuery, "q"), name(InHeader, "x-a"), name(InCookie, "c"), name(InHeader, "none"),
		{Expr: Expr{In: InBody, Pointer: "/u"}}, {Expr: Expr{In: InBody, Pointer: "/n"}}, {Expr: Expr{In: InBody, Pointer: "/z"}}, {Kind: DimClientIP}}))
	if want := "3:A/b3:x y1:11:d0:2:ä2:120:3:::1"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if k := string(v.key(nil, []Dimension{{Kind: DimCredential}})); strings.Contains(k, "secret") || len(k) != 35 {
		t.Error(k)
	}
	if reflect.DeepEqual(ratelimit.AppendKey(ratelimit.AppendKey(nil, "a"), "bc"), ratelimit.AppendKey(ratelimit.AppendKey(nil, "ab"), "c")) {
		t.Error("keys are ambiguous")
	}
}

func TestCommonMatches(t *testing.T) {
	params := []Param{{In: InPath, Name: "u"}}
	for _, c := range []struct {
		test Test
		expr Expr
		view view
		want bool
	}{
		{TestAlways, Expr{}, view{}, true},
		{TestArray, Expr{In: InBody}, view{body: []byte(`[]`)}, true},
		{TestArray, Expr{In: InBody}, view{body: []byte(`{}`)}, false},
		{TestObject, Expr{In: InBody}, view{body: []byte(`{}`)}, true},
		{TestPresent, Expr{In: InBody, Pointer: "/a"}, view{body: []byte(`{"a":null}`)}, true},
		{TestAbsent, Expr{In: InBody, Pointer: "/a"}, view{body: []byte(`{"b":1}`)}, true},
		{TestList, Expr{In: InPath, Name: "u"}, view{path: []string{"a,b"}}, true},
		{TestList, Expr{In: InPath, Name: "u"}, view{path: []string{"a%2Cb"}}, false},
		{TestPresent, Expr{In: InQuery, Name: "q"}, view{rawQuery: "q"}, true},
		{TestAbsent, Expr{In: InHeader, Name: "x"}, view{header: http.Header{}}, true},
	} {
		op := &Operation{Params: params, When: c.test, WhenExpr: c.expr}
		if got := c.view.matches(op); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
