package api

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"example.com/meaning/rest"
)

type handlers struct{ Unimplemented }

var account, place string

func (handlers) AddAccount(_ context.Context, accountID string, mapID string) error {
	account, place = accountID, mapID
	return nil
}

func (handlers) Go(ctx context.Context) error {
	rest.ResponseHeader(ctx).Set("Location", "/elsewhere")
	return nil
}

func (handlers) Either(context.Context) error {
	return &rest.APIError{StatusCode: 302, Header: http.Header{"Location": {"/elsewhere"}}}
}

func TestPaths(t *testing.T) {
	server, err := NewServer(Handlers{API: handlers{}})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(server)
	defer api.Close()
	client, err := NewClient(api.URL)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if err := client.API.AddAccount(ctx, "a/b", "m"); err != nil || account != "a/b" || place != "m" {
		t.Error(account, place, err)
	}
	w := httptest.NewRecorder()
	if server.ServeHTTP(w, httptest.NewRequest("PUT", "/accounts/a/maps/m/accounts/b", nil)); w.Code != 400 {
		t.Error("two accounts:", w.Code)
	}
	var res http.Response
	if err := client.API.Go(rest.WithResponse(ctx, &res)); err != nil || res.StatusCode != 302 || res.Header.Get("Location") != "/elsewhere" {
		t.Error(err, res)
	}
	var api302 *rest.APIError
	if err := client.API.Either(rest.WithoutRedirects(ctx)); !errors.As(err, &api302) || api302.Header.Get("Location") != "/elsewhere" {
		t.Error(err)
	}
	var api404 *rest.APIError
	if err := client.API.Either(ctx); !errors.As(err, &api404) || api404.StatusCode != 404 {
		t.Error("it was not followed:", err)
	}
}
