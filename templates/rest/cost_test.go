package rest

import (
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

func TestCommonNumberCosts(t *testing.T) {
	limits := []ratelimit.Limit{{Name: "tokens", Quota: 1000}}
	charge := func(e *Expr, factor int64, v view) (int64, error) {
		v.op = &Operation{Params: []Param{{In: InPath, Name: "n"}},
			Rates: []Rate{{Count: e, Value: true, Absent: 16, Times: factor, Max: 900}}}
		charges, err := v.charges(limits)
		if err != nil || len(charges) == 0 {
			return 0, err
		}
		return charges[0].Cost, nil
	}
	body := &Expr{In: InBody, Pointer: "/n"}
	for text, want := range map[string]int64{
		`{"n":900}`: 900, `{"n":0}`: 0, `{"n":-0}`: 0, `{"n":0.0e9}`: 0, `{"n":1}`: 1, `{"n":16.0}`: 16, `{"n":9e2}`: 900, `{"n":9000e-1}`: 900,
		`{}`: 16, `{"n":null}`: 16, ``: 16, `[]`: 16, `{"n":5,"n":7}`: 7,
		`{"n":901}`: -1, `{"n":-1}`: -2, `{"n":1.5}`: -2, `{"n":"900"}`: -2, `{"n":true}`: -2, `{"n":[1]}`: -2, `{"n":{}}`: -2, `{"n":`: -2,
		`{"n":9223372036854775807}`: -1, `{"n":9223372036854775808}`: -1, `{"n":18446744073709551617}`: -1, `{"n":1e400}`: -1, `{"n":1e-400}`: -2,
		`{"n":1e99999999999999999999999}`: -1, `{"n":1e-99999999999999999999999}`: -2, `{"n":-1e999999999999999999}`: -2,
	} {
		got, err := charge(body, 1, view{body: []byte(text)})
		checkCost(t, text, got, err, want)
	}
	for text, want := range map[string]int64{"7": 7, "0": 0, "7.0": 7, "": -2, "x": -2, "-3": -2, "+3": -2, "07": -2, "0x10": -2, "1_0": -2, "٣": -2, " 7": -2, "NaN": -2, "1e3": -1} {
		got, err := charge(&Expr{In: InPath, Name: "n"}, 1, view{path: []string{escapeAll(text)}})
		checkCost(t, "path "+text, got, err, want)
		got, err = charge(&Expr{In: InQuery, Name: "n"}, 1, view{rawQuery: "m=5&n=" + escapeAll(text) + "&n=1"})
		checkCost(t, "query "+text, got, err, want)
	}
	got, err := charge(&Expr{In: InQuery, Name: "n"}, 1, view{rawQuery: "m=5"})
	checkCost(t, "no query", got, err, 16)
	got, err = charge(&Expr{In: InHeader, Name: "N"}, 2, view{header: http.Header{"N": {" 40 ", "1"}}})
	checkCost(t, "header", got, err, 80)
	got, err = charge(&Expr{In: InHeader, Name: "N"}, 2, view{header: http.Header{}})
	checkCost(t, "no header", got, err, 32)
	got, err = charge(body, math.MaxInt64/2, view{body: []byte(`{"n":5}`)})
	checkCost(t, "overflow", got, err, -1)
}

// checkCost compares a cost; -1 means too large, -2 means not a countable number.
func checkCost(t *testing.T, what string, got int64, err error, want int64) {
	t.Helper()
	var cost *ratelimit.CostError
	switch {
	case want >= 0 && (err != nil || got != want):
		t.Errorf("%s: %d, %v; want %d", what, got, err, want)
	case want < 0 && (!errors.As(err, &cost) || cost.Limit != "tokens" || (cost.Value == "") != (want == -1)):
		t.Errorf("%s: %d, %v; want an error", what, got, err)
	}
}

func escapeAll(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		b.WriteString("%" + strconv.FormatInt(int64(c)>>4, 16) + strconv.FormatInt(int64(c)&15, 16))
	}
	return b.String()
}

// TestCommonWholeNumbers compares with exact arithmetic.
func TestCommonWholeNumbers(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(options ...string) string { return options[random.IntN(len(options))] }
	for range 20_000 {
		text := pick("", "-") + pick("0", "1", "7", "10", "1200", "9223372036854775807", strconv.Itoa(random.IntN(1e6)+1)) +
			pick("", "", ".0", ".5", ".000", ".25", "."+strconv.Itoa(random.IntN(1e5))) + pick("", "", "e0", "E+2", "e-2", "e1", "e-1", "e20", "e003")
		exact, ok := new(big.Rat).SetString(text)
		if !ok {
			t.Fatal(text)
		}
		n, ok := wholeNumber(text)
		if want := exact.IsInt() && exact.Sign() >= 0; ok != want {
			t.Fatalf("%s: %v, want %v", text, ok, want)
		}
		if ok && exact.Num().CmpAbs(big.NewInt(1e17)) < 0 && n != exact.Num().Int64() || ok && exact.Num().CmpAbs(big.NewInt(1e17)) > 0 && n < 1e17 {
			t.Fatalf("%s: %d", text, n)
		}
	}
}
