package rest

import (
	"fmt"
	"math"
	"testing"
)

// putBoth sets a parameter by the function for its type and by the method for any, in two calls
// alike.
func putBoth[T any](t *testing.T, c *Client, p Param, put func(r *Call, i int, v T), values ...T) {
	t.Helper()
	p.Name = "x"
	path := "/p"
	if p.In == InPath {
		path = "/p/{x}/end"
	}
	op := &Operation{Method: "GET", Path: path, Params: []Param{p}}
	for _, v := range values {
		text := func(set func(r *Call)) string {
			r := &Call{core: c, op: op, set: make([]bool, 1), paths: make([]string, countPaths(op))}
			if set(r); r.err != nil {
				return r.err.Error()
			}
			req, err := r.request(t.Context(), nil)
			if err != nil {
				return err.Error()
			}
			return fmt.Sprint(req.URL, req.Header, r.set)
		}
		want := text(func(r *Call) { r.param(p.In, p.Name, v) })
		if got := text(func(r *Call) { put(r, 0, v) }); got != want {
			t.Errorf("%+v, %T %v: %s, want %s", p, v, v, got, want)
		}
	}
}

func TestClientParamsByType(t *testing.T) {
	c := clientCore(t, nil)
	for _, in := range []Place{InPath, InQuery, InHeader, InCookie} {
		for style := StyleDefault; style < StyleJSON; style++ {
			for i := range 8 {
				p := Param{In: in, Style: style, Explode: i&1 != 0, EncodedComma: i&2 != 0, Single: i&4 != 0}
				putBoth(t, c, p, PutText[string], "", "a", "a b", "a,b", "..", ".", "é/?&=", "a\nb", "a|b")
				putBoth(t, c, p, PutOptText[clientColor], nil, Ptr(clientColor("red")), Ptr(clientColor("")))
				putBoth(t, c, p, PutInt[int64], 0, -1, math.MaxInt64, math.MinInt64)
				putBoth(t, c, p, PutInt[uint64], 0, math.MaxUint64)
				putBoth(t, c, p, PutOptInt[int32], nil, Ptr(int32(-7)))
				putBoth(t, c, p, PutBool[bool], true, false)
				putBoth(t, c, p, PutOptBool[bool], nil, Ptr(true))
				putBoth(t, c, p, PutFloat[float64], 0, math.Copysign(0, -1), 1.5, 1e-6, 9e-7, 1e20, 1e21, -3e-9, math.NaN(), math.Inf(1))
				putBoth(t, c, p, PutFloat[float32], 0, 1.1, 1e20, 1e21, 1e-6, 1e-7, 16777216)
				putBoth(t, c, p, PutOptFloat[float64], nil, Ptr(2.5))
				putBoth(t, c, p, PutTextList[clientColor], nil, []clientColor{}, []clientColor{"a"}, []clientColor{"a,b", "c"}, []clientColor{"", "b"})
				putBoth(t, c, p, PutIntList[int64], nil, []int64{}, []int64{1}, []int64{1, -2})
			}
		}
	}
}
