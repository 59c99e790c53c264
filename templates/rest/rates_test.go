package rest

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// TestPlannedRates compares prepared rates with those that clients use, for operations and requests
// of all kinds.
func TestPlannedRates(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 8))
	pick := func(options ...string) string { return options[r.IntN(len(options))] }
	limits := make([]ratelimit.Limit, 12)
	for i := range limits {
		limits[i] = ratelimit.Limit{Name: fmt.Sprint("l", i), Quota: int64(1 + r.IntN(40)), Window: time.Second}
	}
	op := Operation{ID: "op", Method: "GET", Path: "/{a}/{b}/{n}/{m}", Counter: "GET /{}/{}/{}/{}", Params: []Param{
		{In: InPath, Name: "a"}, {In: InPath, Name: "b"}, {In: InPath, Name: "n", Number: true}, {In: InPath, Name: "m", Style: StyleMatrix},
		{In: InQuery, Name: "q", Default: `"usual"`},
	}}
	dimensions := []Dimension{
		{Kind: DimOperation}, {Kind: DimClientIP}, {Kind: DimIdentity}, {Kind: DimCredential},
		{Expr: Expr{In: InPath, Name: "a"}}, {Expr: Expr{In: InPath, Name: "b"}}, {Expr: Expr{In: InPath, Name: "n"}}, {Expr: Expr{In: InPath, Name: "m"}},
		{Expr: Expr{In: InPath, Name: "none"}}, {Expr: Expr{In: InQuery, Name: "q"}}, {Expr: Expr{In: InHeader, Name: "H"}}, {Expr: Expr{In: InBody, Pointer: "/x"}},
	}
	for range 20_000 {
		op.Rates = nil
		for i := range 1 + r.IntN(len(limits)) {
			rate := Rate{Limit: i, Cost: int64(r.IntN(4))}
			if r.IntN(3) == 0 {
				rate.Count, rate.Value, rate.Absent, rate.Times = &Expr{In: InBody, Pointer: "/n"}, true, 2, 1
			}
			switch before := i - 1; {
			case before >= 0 && r.IntN(2) == 0: // nested, or the same
				rate.Key = slices.Clone(op.Rates[before].Key)
				fallthrough
			default:
				for range r.IntN(3) {
					rate.Key = append(rate.Key, dimensions[r.IntN(len(dimensions))])
				}
			}
			op.Rates = append(op.Rates, rate)
		}
		v := view{
			op: &op, path: []string{pick("", "x", "a%2Fb", strings.Repeat("y", 60)), pick("4", "5:x"), pick("1", "1.0", "z"), pick("m", ";m=7")}[:r.IntN(5)],
			rawQuery: pick("", "q=1", "q=%41"), header: http.Header{"H": {pick("", " h ")}}, body: []byte(pick(`{}`, `{"n":3,"x":"t"}`, `{"n":0}`, `{"n":99,"x":[1]}`, `{"n":-1}`)),
			credential: pick("", "secret"), clientIP: pick("", "192.0.2.1"), identity: pick("", "ann"),
		}
		want, wrong := v.charges(limits)
		got, err := v.appendPlanned(nil, limits, planRates(&op, func(*Rate) bool { return true }), nil)
		if fmt.Sprint(wrong) != fmt.Sprint(err) || len(want)+len(got) > 0 && !reflect.DeepEqual(want, got) {
			t.Fatalf("%+v\n%+v\n%+v %v, want %+v %v", op.Rates, v, got, err, want, wrong)
		}
	}
}

// TestKeySets: what is remembered is that of the request, whichever others share its slot: keys,
// charges and headers.
func TestKeySets(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	limits := []ratelimit.Limit{{Name: "a", Quota: 1000, Window: time.Second}, {Name: "b", Quota: 1000, Unit: "concurrent-requests"}, {Name: "c", Quota: 1000, Burst: 5, Window: time.Minute}}
	in := func(name string) Dimension { return Dimension{Expr: Expr{In: InPath, Name: name}} }
	op := Operation{ID: "op", Method: "GET", Path: "/{x}/{y}", Counter: "GET /{}/{}", Params: []Param{{In: InPath, Name: "x"}, {In: InPath, Name: "y"}}, Rates: []Rate{
		{Cost: 1, Key: []Dimension{in("y")}}, {Limit: 1, Cost: 1, Key: []Dimension{in("y"), in("x"), {Kind: DimOperation}}}, {Limit: 2, Cost: 1},
	}}
	other := op
	other.ID, other.Path, other.Rates = "other", "/o/{x}/{y}", op.Rates[:1]
	constant := op
	constant.ID, constant.Path, constant.Rates = "constant", "/c/{x}/{y}", op.Rates[2:]
	dear := op
	dear.ID, dear.Path, dear.Rates = "dear", "/d/{x}/{y}", []Rate{{Cost: 1001, Key: []Dimension{in("y")}}}
	free := op
	free.ID, free.Path, free.Rates = "free", "/f/{x}/{y}", []Rate{{Key: []Dimension{in("y")}}, {Limit: 1, Cost: 1, Key: []Dimension{in("x")}}}
	plans := map[string]map[string]ratelimit.Amount{"pro": {"a": {Quota: 2000}}}
	s, err := NewServer(ServerConfig{Operations: []Operation{op, other, constant, dear, free}, Limits: limits, Plans: plans}, nil)
	if err != nil {
		t.Fatal(err)
	}
	x := &Exchange{server: s}
	known, decided := 0, 0
	for range 100_000 {
		x.view.path = []string{fmt.Sprint(r.IntN(r.IntN(30) + 1)), strings.Repeat("%61", r.IntN(r.IntN(30)+1))}[:2-r.IntN(40)/39]
		if x.table = s.base.now(); r.IntN(5) == 0 {
			x.table = s.plans["pro"].now()
		}
		x.serves(r.IntN(len(s.served)))
		of := &x.of.stages.late
		set := x.known(of)
		if set != nil {
			known++
		}
		want, wrong := x.view.appendPlanned(nil, x.table.limits, of.rates, nil)
		if got, err := x.view.appendPlanned(nil, x.table.limits, of.rates, set); fmt.Sprint(err) != fmt.Sprint(wrong) || !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v, want %+v, %v", got, want, err)
		}
		if set == nil || set.costs == nil {
			continue
		}
		decided++
		if got := set.costs.Charges(); !reflect.DeepEqual(got, want) || &got[0].Limit.Quota != &want[0].Limit.Quota {
			t.Fatalf("%+v are remembered for %+v", got, want)
		}
		for i := range want {
			state := ratelimit.State{Limit: want[i].Limit, Key: want[i].Key, Remaining: r.Int64N(1e12), Reset: time.Duration(r.Int64N(1e12))}
			policy, remaining := x.limitHeaders([]ratelimit.State{state})
			if got := set.texts[i].remaining(&state); got != remaining || !slices.Equal(set.texts[i].policy, policy) {
				t.Fatalf("%s and %s are remembered for %s and %s", set.texts[i].policy, got, policy, remaining)
			}
		}
	}
	if known < 10_000 || decided < 10_000 {
		t.Errorf("only %d were known, and the charges of %d", known, decided)
	}
	x.view.path = []string{"x", "north"}
	x.serves(0)
	for range 2 * slotEvery {
		x.known(&x.of.stages.late)
	}
	if n := testing.AllocsPerRun(100, func() { x.known(&x.of.stages.late) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
	for _, key := range [][]Dimension{{{Kind: DimIdentity}}, {in("x"), {Kind: DimClientIP}}, {{Expr: Expr{In: InQuery, Name: "q"}}}} {
		op.Rates = []Rate{{Cost: 1, Key: key}}
		if of := stagesOf(&op); of.late.byPath {
			t.Errorf("%+v is remembered by the path", key)
		}
	}
}

// TestOnlyFreeCharges: a request that costs nothing anywhere is served.
func TestOnlyFreeCharges(t *testing.T) {
	for _, early := range []bool{false, true} {
		op := Operation{ID: "op", Method: "GET", Path: "/op", Rates: []Rate{{Early: early}}}
		s, err := NewServer(ServerConfig{Operations: []Operation{op}, Limits: []ratelimit.Limit{{Name: "a", Quota: 1, Window: time.Second}}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		s.Handle(0, func(x *Exchange) error { return x.Run(func(context.Context) error { return x.Empty(204, nil) }) })
		for range 2 {
			if w := ask(s, "GET", "/op", ""); w.Code != 204 || len(w.Header()) > 0 {
				t.Errorf("early %t: %d %v", early, w.Code, w.Header())
			}
		}
	}
}

// TestDigests: a digest is that of the key, whether or not others share its slot, and a key has one
// with salt and one without.
func TestDigests(t *testing.T) {
	d := &digests{salt: []byte("salt"), seed: maphash.MakeSeed()}
	r := rand.New(rand.NewPCG(1, 1))
	for range 50_000 {
		n := r.IntN(r.IntN(3000) + 1)
		key, salted := fmt.Sprint("5:k", n)+strings.Repeat("x", n%200), r.IntN(2) == 0
		text := key
		if salted {
			text = "salt" + key
		}
		sum := sha256.Sum256([]byte(text))
		if got, want := string(d.append([]byte("pk="), key, salted)), "pk="+base64.StdEncoding.EncodeToString(sum[:8]); got != want {
			t.Fatalf("%s, %t: %s, want %s", key, salted, got, want)
		}
	}
	key := "5:north"
	d.append(nil, key, false)
	buffer := make([]byte, 0, 32)
	for range 2 * slotEvery { // until it has its slot
		buffer = d.append(buffer[:0], key, false)
	}
	if n := testing.AllocsPerRun(100, func() { buffer = d.append(buffer[:0], key, false) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestExchangeIsCleared: an exchange that is used again has nothing of the request before, least of
// all its caller.
func TestExchangeIsCleared(t *testing.T) {
	c := guardedConfig(1000, 1000)
	c.Limits = append(c.Limits, ratelimit.Limit{Name: "open", Quota: 5, Unit: "concurrent-requests"})
	c.Operations[0].Rates = append(c.Operations[0].Rates, Rate{Limit: 2, Cost: 1, Key: []Dimension{{Kind: DimCredential}}})
	body := c.Operations[0]
	body.ID, body.Method, body.Body = "post", "POST", Body{Kind: BodyJSON, Media: "application/json", Required: true}
	upload := body
	upload.ID, upload.Method, upload.Body = "put", "PUT", Body{Kind: BodyMultipart, Media: "multipart/form-data", Files: []FormFile{{Name: "f"}}}
	c.Operations = append(c.Operations, body, upload)
	server := func(options ...ServerOption) *Server {
		s, err := NewServer(c, append([]ServerOption{WithErrorLog(nil), WithAuth(guardedHook)}, options...))
		if err != nil {
			t.Fatal(err)
		}
		for i := range c.Operations {
			s.Handle(i, func(x *Exchange) error {
				var n int
				x.Param(InQuery, "n", &n)
				var v any
				if i == 1 {
					x.DecodeBody(&v)
				}
				return x.Run(func(context.Context) error { return x.JSON(200, map[string]int{"n": n}, nil) })
			})
		}
		return s
	}
	watch := WithObserver(Observer{Done: func(context.Context, CallEvent) {}, Admitted: func(context.Context, CallEvent) {}})
	form := "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\nx\r\n--b--\r\n"
	for i, q := range []struct{ method, target, token, media, body string }{
		{"GET", "/op?n=1", "ann/gold", "", ""},
		{"GET", "/op?n=x", "ann", "", ""},
		{"GET", "/op", "guess", "", ""},
		{"GET", "/none", "ann", "", ""},
		{"POST", "/op", "ann", "application/json", `{"a":[1,2]}`},
		{"POST", "/op", "ann", "application/json", `{"a":`},
		{"PUT", "/op", "ann", "multipart/form-data; boundary=b", form},
	} {
		for _, options := range [][]ServerOption{nil, {watch}} {
			s, used := server(options...), 0
			x := &Exchange{server: s}
			s.exchanges.New = func() any { used++; return x }
			ask(s, q.method, q.target, q.body, "Authorization", "Bearer "+q.token, "Content-Type", q.media)
			// What every request sets is left.
			x.values, x.table, x.of, x.view.op, x.view.path, x.view.rawQuery, x.view.header = [8]string{}, nil, nil, nil, nil, "", nil
			if used != 1 || !reflect.DeepEqual(x, &Exchange{server: s}) {
				t.Errorf("request %d left %+v", i, x)
			}
		}
	}
}
