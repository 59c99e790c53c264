package rest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestTold holds that operations of one path are told apart by the spelling of a parameter, in the
// server as in the transport, in whatever order they are described.
func TestTold(t *testing.T) {
	path := func(names ...string) []Param {
		var out []Param
		for _, n := range names {
			out = append(out, Param{In: InPath, Name: n, Required: true})
		}
		return out
	}
	ops := []Operation{
		{ID: "byName", Method: "GET", Path: "/of/{org}/files/{name}", Params: path("org", "name")},
		{ID: "byID", Method: "GET", Path: "/of/{org}/files/{id}", Params: path("org", "id"), Told: Told{Param: 2, As: SpeltFormat, Format: "uuid"}},
		{ID: "byNumber", Method: "GET", Path: "/of/{org}/files/{number}", Params: path("org", "number"), Told: Told{Param: 2, As: SpeltInteger}},
		{ID: "byKind", Method: "GET", Path: "/kinds/{kind}", Params: path("kind"), Told: Told{Param: 1, As: SpeltListed, Texts: []string{"a b", "c"}}},
		{ID: "byWeight", Method: "GET", Path: "/kinds/{weight}", Params: path("weight")},
	}
	server, err := NewServer(ServerConfig{Operations: ops, Schemas: []Schema{{}}}, []ServerOption{WithoutLimits()})
	if err != nil {
		t.Fatal(err)
	}
	served := ""
	for i, op := range ops {
		server.Handle(i, func(x *Exchange) error {
			return x.Run(func(context.Context) error {
				served = op.ID
				return x.JSON(http.StatusOK, struct{}{}, nil)
			})
		})
	}
	transport, err := NewTransport(nil, ClientConfig{BaseURL: "http://api.test", Operations: ops}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]string{
		"/of/me/files/3fa85f64-5717-4562-b3fc-2c963f66afa6":   "byID",
		"/of/me/files/3fa85f64-5717-4562-b3fc-2c963f66afa6x":  "byName",
		"/of/me/files/%33fa85f64-5717-4562-b3fc-2c963f66afa6": "byID",
		"/of/1/files/-12": "byNumber", "/of/1/files/1.5": "byName", "/of/1/files/a.png": "byName",
		"/kinds/a%20b": "byKind", "/kinds/c": "byKind", "/kinds/a": "byWeight",
	} {
		served = ""
		req := httptest.NewRequest(http.MethodGet, "http://api.test"+at, nil)
		server.ServeHTTP(httptest.NewRecorder(), req)
		if served != want {
			t.Errorf("%s is %q's, served by %q", at, want, served)
		}
		var m match
		if !transport.match(req, &m) {
			t.Fatal(at)
		}
		if op := transport.choose(&m); op == nil || op.ID != want {
			t.Errorf("the transport takes %s for %+v", at, op)
		}
	}
}

// TestToldNumbers: a number is spelt as in JSON, which is what a parameter of that type takes.
func TestToldNumbers(t *testing.T) {
	for text, want := range map[string][2]bool{ // as an integer, as a number
		"5": {true, true}, "-5": {true, true}, "0": {true, true}, "1.5": {false, true}, "1e3": {false, true},
		"+5": {}, "007": {}, "nan": {}, "Inf": {}, "-infinity": {}, "0x1p3": {}, "0x10": {}, "1_000": {}, ".5": {}, "5.": {}, "": {}, "-": {},
	} {
		for i, as := range []Spelling{SpeltInteger, SpeltNumber} {
			if told := (Told{Param: 1, As: as}); told.fits([]string{text}) != want[i] {
				t.Errorf("%q as %d: %v", text, as, !want[i])
			}
		}
	}
}
