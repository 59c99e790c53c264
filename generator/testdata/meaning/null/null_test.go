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
