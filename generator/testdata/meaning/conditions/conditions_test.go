package api

import (
	"context"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"example.com/meaning/rest"
)

type handlers struct{ Unimplemented }

func (handlers) Post(_ context.Context, body Thing) (*Thing, error) { return &body, nil }

func (handlers) GetProject(context.Context, string) error { return nil }

func TestConditions(t *testing.T) {
	server, err := NewServer(Handlers{API: handlers{}})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(server)
	defer api.Close()
	for body, status := range map[string]int{
		`{"cond":{"a":"x","b":"1"}}`:                        200,
		`{"cond":{"a":"x"}}`:                                400,
		`{"cond":{"a":"y"}}`:                                400,
		`{"cond":{"c":"z"}}`:                                200,
		`{"dep":{"b":"1"}}`:                                 200,
		`{"dep":{"a":"1"}}`:                                 400,
		`{"dep":{"a":"1","b":"2"}}`:                         200,
		`{"deps":{"b":"x"}}`:                                200,
		`{"deps":{"a":"1","b":"x"}}`:                        400,
		`{"deps":{"a":"1","b":"xyz"}}`:                      200,
		`{"uneval":{"r":"1","own":"o"}}`:                    200,
		`{"uneval":{"r":"1","more":"o"}}`:                   400,
		`{"password":"Secret1"}`:                            200,
		`{"password":"secret1"}`:                            400,
		`{"password":"Secret"}`:                             400,
		`{"odd":"anything"}`:                                200, // told to be unchecked
		`{"either":"f81d4fae-7dec-11d0-a765-00a0c91e6bf6"}`: 200, // fits both; read as anyOf
		`{"not":"ac"}`:                                      200, // told to be unchecked
		`{"bytes":"eA==","pair":[1,2.5]}`:                   200,
		`{"tuple":["a",1]}`:                                 200,
		`{"tuple":["a"]}`:                                   200,
		`{"tuple":["a","b"]}`:                               400,
		`{"tuple":["a",1,2]}`:                               400,
		`{"pat":{"x-a":1}}`:                                 200,
		`{"pat":{"x-a":"1"}}`:                               400,
		`{"pat":{"y":1}}`:                                   400,
		`{"pats":{"a":"s","x-a":1,"other":true}}`:           200,
		`{"pats":{"x-y":2}}`:                                400,
		`{"pats":{"x-y":3}}`:                                200,
		`{"pats":{"x-y":"3"}}`:                              400,
		`{"names":{"abc":"d"}}`:                             200,
		`{"names":{"aBc":"d"}}`:                             400,
		`{"cont":[1,2,1]}`:                                  200,
		`{"cont":[1,2]}`:                                    400,
		`{"cont":[1,1,1,1]}`:                                400,
		`{"one":[2]}`:                                       400,
		`{"one":[2,1.0]}`:                                   200,
		`{"num":1.0,"nums":[1e3,2.00]}`:                     200,
		`{"num":1.5}`:                                       400,
		`{"num":3e9}`:                                       400,
		`{"nums":[1e400]}`:                                  400,
		`{"open":{"b":1}}`:                                  200,
		`{"pair":[1]}`:                                      400,
	} {
		res, err := http.Post(api.URL+"/thing", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if res.Body.Close(); res.StatusCode != status {
			t.Errorf("%s: %d", body, res.StatusCode)
		}
	}
	for path, status := range map[string]int{
		"f81d4fae-7dec-11d0-a765-00a0c91e6bf6": 204, "my-project": 204, "My-project": 400, "a-": 400,
	} {
		res, err := http.Get(api.URL + "/p/" + path)
		if err != nil {
			t.Fatal(err)
		}
		if res.Body.Close(); res.StatusCode != status {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	client, err := NewClient(api.URL)
	if err != nil {
		t.Fatal(err)
	}
	in := Thing{
		Bytes: []byte("x"), Pair: []float64{1, 2}, Tuple: []any{"a", 1.0}, Pat: map[string]int64{"x-a": 1}, Names: map[string]string{"a": "b"},
		Pats: &ThingPats{A: rest.Ptr("s"), AdditionalProperties: map[string]any{"x-a": 1.0}},
	}
	if out, err := client.API.Post(context.Background(), in); err != nil || !reflect.DeepEqual(*out, in) {
		t.Errorf("%+v %v", out, err)
	}
}
