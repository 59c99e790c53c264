package api

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/meaning/rest"
)

type handlers struct{ Unimplemented }

func (handlers) Post(_ context.Context, body Thing) (*Thing, error) { return &body, nil }

func TestNull(t *testing.T) {
	server, err := NewServer(Handlers{API: handlers{}})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(server)
	defer api.Close()
	for body, status := range map[string]int{
		`{"kind":null}`:                          200,
		`{"kind":""}`:                            200,
		`{"kind":"flat"}`:                        200,
		`{"kind":"tent"}`:                        400,
		`{"child":null,"typed":null,"one":null}`: 200,
		`{"child":{"a":1},"typed":{"a":2}}`:      200,
		`{"child":{}}`:                           400,
		`{"typed":{}}`:                           400,
		`{"one":{}}`:                             400,
		`{"two":null,"anything":null,"en":null}`: 200,
		`{"two":1}`:                              400,
		`{"ref":null}`:                           200,
		`{"ref":"tent"}`:                         400,
		`{"list":[null,{"a":1}]}`:                200,
		`{"strict":null}`:                        400, // the type beside the allOf is object
		`{"strict":{"a":1}}`:                     200,
	} {
		res, err := http.Post(api.URL+"/thing", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(res.Body)
		if res.Body.Close(); res.StatusCode != status {
			t.Errorf("%s: %d %s", body, res.StatusCode, text)
		}
	}
	client, err := NewClient(api.URL)
	if err != nil {
		t.Fatal(err)
	}
	out, err := client.API.Post(context.Background(), Thing{
		Kind:  rest.Ptr(ThingKindHouse),
		Child: &Child{A: 1}, List: []*Child{nil, {A: 2}}, Two: rest.Ptr(ThingTwoFromString("x")),
	})
	if err != nil {
		t.Fatal(err)
	}
	if *out.Kind != "house" || out.Child.A != 1 || out.List[0] != nil || out.List[1].A != 2 {
		t.Errorf("%+v", out)
	}
	if s, err := out.Two.AsString(); err != nil || s != "x" {
		t.Error(s, err)
	}
}

var untyped Untyped

func (handlers) PostUntyped(_ context.Context, body Untyped) error {
	untyped = body
	return nil
}

func (handlers) PostMaybe(context.Context, *MaybeBody) error { return nil }

// TestNullOfSchemasWithoutType holds that null, which a schema without a type allows, is refused where
// a handler would get an empty object in its place.
func TestNullOfSchemasWithoutType(t *testing.T) {
	server, err := NewServer(Handlers{API: handlers{}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, body, said string }{
		{"/untyped", `{"name":"n","part":{"a":1},"more":null}`, ""}, {"/maybe", "null", ""},
		{"/untyped", "null", "body: null"}, {"/untyped", `{"name":"n","part":null}`, "body/part: null"},
		{"/untyped", `{"name":"n","part":{},"parts":[{"a":1},null]}`, "body/parts/1: null"},
	} {
		untyped = Untyped{}
		r := httptest.NewRequest(http.MethodPost, c.path, strings.NewReader(c.body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		if (w.Code == 204) != (c.said == "") || !strings.Contains(w.Body.String(), c.said) {
			t.Errorf("%s: %d %s", c.body, w.Code, w.Body)
		}
	}
}
