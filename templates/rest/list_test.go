package rest

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// listSchemas are an array of strings, and a string.
var listSchemas = []Schema{{}, {Kinds: KindArray, Items: 2}, {Kinds: KindString}}

// listParams returns all ways of spelling a list in a path or query.
func listParams() []Param {
	var out []Param
	for _, explode := range []bool{false, true} {
		for _, encoded := range []bool{false, true} {
			for _, s := range []Style{StyleDefault, StyleLabel, StyleMatrix} {
				out = append(out, Param{In: InPath, Name: "ids", Style: s, Explode: explode, EncodedComma: encoded && s == StyleDefault, List: true, Schema: 1})
			}
			for _, s := range []Style{StyleDefault, StyleSpace, StylePipe} {
				out = append(out, Param{In: InQuery, Name: "ids", Style: s, Explode: explode, EncodedComma: encoded && s == StyleDefault && !explode, List: true, Schema: 1})
			}
		}
	}
	return out
}

// received returns what a handler gets, and what the request costs.
func received(t *testing.T, p Param, raws []string, query string) (items []string, cost int64) {
	t.Helper()
	limits := []ratelimit.Limit{{Name: "l", Quota: 1 << 40}}
	op := &Operation{Params: []Param{p}, Rates: []Rate{{Count: &Expr{In: p.In, Name: p.Name}, Times: 1}}}
	x := &Exchange{server: &Server{config: ServerConfig{Schemas: listSchemas}}, r: &http.Request{Header: http.Header{}},
		view: view{op: op, path: raws, rawQuery: query}}
	x.Param(p.In, p.Name, &items)
	charges, err := x.view.charges(limits)
	if err != nil || len(charges) != 1 {
		t.Fatalf("%+v: %v, %v", p, charges, err)
	}
	return items, charges[0].Cost
}

// TestCommonListsCostWhatHandlersGet checks any text in a path or query.
func TestCommonListsCostWhatHandlersGet(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	pieces := []string{"a", "b", ",", ",", "%2C", "%2c", "|", "%7C", "%7c", "%20", "+", ".", ";ids=", "ids=", "%", "%zz", "", "é", "=", ";"}
	for range 20_000 {
		for _, p := range listParams() {
			text := func(not string) string {
				var b strings.Builder
				for range random.IntN(8) {
					if piece := pieces[random.IntN(len(pieces))]; !strings.Contains(piece, not) {
						b.WriteString(piece)
					}
				}
				return b.String()
			}
			raws, query := []string{text("/")}, ""
			if p.In == InQuery {
				var pairs []string
				for range random.IntN(4) {
					pairs = append(pairs, []string{"ids=", "i%64s=", "other="}[random.IntN(3)]+text("&"))
				}
				raws, query = nil, strings.Join(pairs, "&")
			}
			items, cost := received(t, p, raws, query)
			if cost != int64(max(1, len(items))) && items != nil {
				t.Fatalf("%+v %q %q: %d items %q cost %d", p, raws, query, len(items), items, cost)
			}
		}
	}
}

// TestCommonListsArriveAsTheyWereSent holds that a server gets the items that a client wrote, at
// their cost.
func TestCommonListsArriveAsTheyWereSent(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	alphabet := []string{"a", "b", ",", "|", " ", "+", "%", "%2C", ";", "&", "=", "é", "/"}
	for range 3000 {
		for _, p := range listParams() {
			sent := make([]string, 1+random.IntN(4))
			for i := range sent {
				for range 1 + random.IntN(4) {
					sent[i] += alphabet[random.IntN(len(alphabet))]
				}
			}
			raws, query := []string{""}, ""
			var err error
			n, _ := takeApart(sent)
			if p.In == InPath {
				raws[0], err = encodePath(&p, n)
			} else {
				raws = nil
				var pairs []encoded
				pairs, err = encodePairs(&p, n)
				for i, pair := range pairs {
					if i > 0 {
						query += "&"
					}
					query += url.QueryEscape(pair.name) + "=" + pair.value
				}
			}
			if err != nil {
				text := strings.Join(sent, "")
				if p.EncodedComma && strings.Contains(text, ",") || p.ambiguous() != "" && strings.Contains(text, p.ambiguous()) {
					continue // these styles have no spelling of their separator in an item
				}
				t.Fatalf("%+v %q: %v", p, sent, err)
			}
			items, cost := received(t, p, raws, query)
			if !slices.Equal(items, sent) || cost != int64(len(sent)) {
				t.Fatalf("%+v: %q arrived as %q at %d (%q, %q)", p, sent, items, cost, raws, query)
			}
		}
	}
}

func TestCommonListCosts(t *testing.T) {
	for _, c := range []struct {
		param Param
		raw   string
		cost  int64
		list  bool
	}{
		{Param{List: true}, "a,b,c", 3, true},
		{Param{List: true}, "a%2Cb", 1, false},
		{Param{List: true, EncodedComma: true}, "a%2Cb,c%2cd", 4, true},
		{Param{EncodedComma: true}, "a%2Cb", 2, true},
		{Param{}, "a%2Cb", 1, false},
		{Param{}, "a|b", 1, false},
		{Param{List: true, Style: StyleLabel}, ".a,b", 2, true},
		{Param{List: true, Style: StyleLabel, Explode: true}, ".a.b.c", 3, true},
		{Param{List: true, Style: StyleMatrix}, ";ids=a,b", 2, true},
		{Param{List: true, Style: StyleMatrix, Explode: true}, ";ids=a;ids=b;ids=c", 3, true},
		{Param{In: InQuery, List: true, Style: StylePipe}, "a|b%7Cc%7cd", 4, true},
		{Param{In: InQuery, List: true, Style: StyleSpace}, "a%20b+c", 3, true},
		{Param{In: InQuery, List: true, Explode: true}, "a,b", 1, false},
		{Param{In: InQuery, List: true}, "a,b,", 2, true},
		{Param{In: InQuery, List: true, Explode: true}, "a&x=1&ids=b", 2, true},
		{Param{In: InQuery, List: true, Explode: true}, "a&x=1", 1, false},
		{Param{In: InQuery, Style: StyleJSON}, "%5B1%2C2%2C%223,4%22%5D", 3, true},
		{Param{Style: StyleJSON}, "%5B1%2C2%2C3%5D", 3, false},
		{Param{In: InQuery, Style: StyleJSON}, "%7B%7D", 1, false},
	} {
		c.param.Name = "ids"
		op := &Operation{Params: []Param{c.param}, When: TestList, WhenExpr: Expr{In: c.param.In, Name: "ids"},
			Rates: []Rate{{Count: &Expr{In: c.param.In, Name: "ids"}, Times: 1}}}
		v := view{op: op, path: []string{c.raw}, rawQuery: "ids=" + c.raw}

		charges, err := v.charges([]ratelimit.Limit{{Name: "l", Quota: 100}})
		if err != nil || charges[0].Cost != c.cost || v.matches(op) != c.list {
			t.Errorf("%+v %q: %+v, %v, list %v", c.param, c.raw, charges, err, v.matches(op))
		}
	}
	p := Param{In: InQuery, Name: "ids", List: true, Explode: true, Schema: 1}
	if items, cost := received(t, p, nil, strings.Repeat("ids=&", 14)+"ids="); len(items) != 15 || cost != 15 {
		t.Errorf("15 empty pairs: %d items at %d", len(items), cost)
	}
}

func TestCommonEmptyItemsAreNotSentInAList(t *testing.T) {
	n, _ := takeApart([]string{"a", "", "b"})
	if text, err := encodePath(&Param{}, n); err == nil {
		t.Errorf("%q", text)
	}
	if pairs, err := encodePairs(&Param{In: InQuery, Name: "a", Explode: true}, n); err != nil || len(pairs) != 3 {
		t.Error(pairs, err)
	}
}

// TestCommonEqualNumbersAreOneCounter compares with exact arithmetic.
func TestCommonEqualNumbersAreOneCounter(t *testing.T) {
	key := func(text string) string {
		v := view{op: &Operation{}, body: []byte(`{"n":` + text + `}`)}
		return string(v.key(nil, []Dimension{{Expr: Expr{In: InBody, Pointer: "/n"}}}))
	}
	for _, same := range [][]string{
		{"1", "1.0", "1e0", "10e-1", "0.1e1", "1E+0", "1.00000", "100e-2"}, {"0", "-0", "0.0", "0e99", "-0e-5"}, {"-1.5", "-15e-1", "-0.15e+1"},
		{"1", "1.00000000000000001"}, {"7", "7.0000000000000001"}, {"0", "1e-400", "-1e-400"},
		{"12345678901234567890123", "12345678901234567890123.0", "1234567890123456789012.3e1"},
		{"1e30", "1000000000000000000000000000000", "10e29"}, {"0.05", "5e-2", "50e-3"},
		{`{"a":1,"b":[1,"x"]}`, `{ "b" : [1.0,"\u0078"], "a":10e-1 }`},
	} {
		for _, text := range same {
			if key(text) != key(same[0]) {
				t.Errorf("%s is %q and %s is %q", same[0], key(same[0]), text, key(text))
			}
		}
	}
	if got := key("12.50"); got != "4:12.5" {
		t.Error(got)
	}
}

// TestCommonNumbersOfOneFloatAreOneCounter draws numbers near each other, of which many round to
// one float64. Integers that int64 or uint64 holds are exact, since a handler may get them so.
func TestCommonNumbersOfOneFloatAreOneCounter(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	seen := make(map[float64]string)
	pick := func(texts ...string) string { return texts[random.IntN(len(texts))] }
	low, high := big.NewInt(math.MinInt64), new(big.Int).SetUint64(math.MaxUint64)
	shared := 0
	for range 50_000 {
		text := pick("", "-") + pick("0", "1", "7", "6", "299", "9007199254740993", "9223372036854775807", "18446744073709551616", fmt.Sprint(random.IntN(300)))
		text += pick("", ".0", ".5", ".25", ".10", ".0000000000000000000001", ".99999999999999999999999") + pick("", "", "e1", "e-1", "E2", "e25", "e-25", "e-400", "e290")
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			continue // beyond float64
		}
		got := canonicalNumber(text)
		if back, err := strconv.ParseFloat(got, 64); err != nil || back != n || got == "-0" || scanNumber([]byte(got), 0) != len(got) {
			t.Fatalf("%s is spelt %s", text, got)
		}
		exact, _ := new(big.Rat).SetString(text)
		if exact.IsInt() && exact.Num().Cmp(low) >= 0 && exact.Num().Cmp(high) <= 0 {
			if got != exact.Num().String() {
				t.Fatalf("%s is spelt %s", text, got)
			}
			if math.Abs(n) >= 1<<53 {
				continue // its neighbours are other integers and the same float64
			}
		}
		if other, ok := seen[n]; ok && other != got {
			t.Fatalf("%s and %s are one number", got, other)
		} else if ok {
			shared++
		}
		seen[n] = got
	}
	if shared < 1000 {
		t.Error("too few equal numbers: ", shared)
	}
	if a, b := canonicalNumber("10e999"), canonicalNumber("1.0e1000"); a != b || a == canonicalNumber("1e999") || a == canonicalNumber("-1e1000") {
		t.Error(a, b)
	}
}

// TestCommonDefaultsShareTheirCounter sends a default, and leaves it out.
func TestCommonDefaultsShareTheirCounter(t *testing.T) {
	key := func(in Place, usual string, number bool, set func(*view)) string {
		v := view{op: &Operation{Params: []Param{{In: in, Name: "D", Default: usual, Number: number, Empty: number}}}, header: http.Header{}}
		if set != nil {
			set(&v)
		}
		e := Expr{In: in, Name: "D"}
		if in == InBody {
			e = Expr{In: in, Pointer: "/D", Default: usual}
		}
		return string(v.key(nil, []Dimension{{Expr: e}}))
	}
	query := func(q string) func(*view) { return func(v *view) { v.rawQuery = q } }
	body := func(text string) func(*view) { return func(v *view) { v.body = []byte(text) } }
	header := func(name, text string) func(*view) { return func(v *view) { v.header.Set(name, text) } }
	for _, c := range []struct {
		in     Place
		usual  string
		number bool
		sent   func(*view)
		same   bool
	}{
		{InQuery, `"us"`, false, query("D=us"), true},
		{InQuery, `"us"`, false, query("D=eu"), false},
		{InQuery, `"us"`, false, query("D="), false},
		{InQuery, `"a b"`, false, query("D=a+b"), true},
		{InQuery, `1.0`, true, query("D=1"), true},
		{InQuery, `1.0`, true, query("D="), true}, // allowEmptyValue: it counts as absent
		{InQuery, `true`, false, query("D=true"), true},
		{InQuery, ``, false, query("D=us"), false},
		{InQuery, `["a","b"]`, false, query("D="), true},
		{InHeader, `"us"`, false, header("D", "us"), true},
		{InHeader, `"us"`, false, header("D", ""), false},
		{InCookie, `"us"`, false, header("Cookie", "D=us"), true},
		{InCookie, `7`, true, header("Cookie", "D=7.0"), true},
		{InBody, `"us"`, false, body(`{"D":"us"}`), true},
		{InBody, `"us"`, false, body(`{"D":"eu"}`), false},
		{InBody, `"us"`, false, body(`{"D":null}`), false},
		{InBody, `"us"`, false, body(`{"E":{"D":"eu"}}`), true},
		{InBody, `1.0`, false, body(`{"D":1}`), true},
		{InBody, `true`, false, body(`{"D":true}`), true},
	} {
		if a, b := key(c.in, c.usual, c.number, nil), key(c.in, c.usual, c.number, c.sent); (a == b) != c.same {
			t.Errorf("%v %s: %q, %q", c.in, c.usual, a, b)
		}
	}
}

func TestCommonParametersThatAreNumbersAreOneCounter(t *testing.T) {
	for _, c := range []struct {
		number bool
		a, b   string
		same   bool
	}{{true, "1", "1.0", true}, {true, "1", "%31e0", true}, {false, "1", "1.0", false}, {true, "x", "y", false}, {true, "1.50", "15e-1", true}} {
		key := func(raw string) string {
			v := view{op: &Operation{Params: []Param{{In: InPath, Name: "n", Number: c.number}, {In: InQuery, Name: "q", Number: c.number}}}, path: []string{raw}, rawQuery: "q=" + raw}
			return string(v.key(nil, []Dimension{{Expr: Expr{In: InPath, Name: "n"}}, {Expr: Expr{In: InQuery, Name: "q"}}}))
		}
		if (key(c.a) == key(c.b)) != c.same {
			t.Errorf("%+v: %q, %q", c, key(c.a), key(c.b))
		}
	}
	for _, s := range []Style{StyleLabel, StyleMatrix} {
		p := Param{In: InPath, Name: "n", Style: s}
		with, _ := encodePath(&p, node{kind: nodeText, text: "7"})
		key := func(raw string) string {
			v := view{op: &Operation{Params: []Param{p}}, path: []string{raw}}
			return string(v.key(nil, []Dimension{{Expr: Expr{In: InPath, Name: "n"}}}))
		}
		if key(with) != key("7") || with == "7" {
			t.Errorf("%s and 7 are one value to a handler: %q, %q", with, key(with), key("7"))
		}
	}
}
