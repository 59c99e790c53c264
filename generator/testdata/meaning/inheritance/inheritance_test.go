package api

import (
	"context"
	"net/http/httptest"
	"testing"

	"example.com/meaning/rest"
)

type handlers struct{ Unimplemented }

func (handlers) PostA(_ context.Context, body Pet) (*Pet, error) { return &body, nil }

func (handlers) PostB(_ context.Context, body Base) (*Base, error) { return &body, nil }

func TestInheritance(t *testing.T) {
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
	out, err := client.API.PostA(context.Background(), PetFromCat(Cat{Lives: rest.Ptr[int64](9)}))
	if err != nil {
		t.Fatal(err)
	}
	cat, err := out.AsCat()
	if err != nil || out.Kind() != "Cat" || *cat.Lives != 9 || cat.Kind != "Cat" {
		t.Errorf("%+v %q %v", cat, out.Kind(), err)
	}
	base, err := client.API.PostB(context.Background(), Base{Kind: "Child", AdditionalProperties: map[string]any{"more": "m"}})
	if err != nil || base.Kind != "Child" || base.AdditionalProperties["more"] != "m" {
		t.Errorf("%+v %v", base, err)
	}
	_ = Child{Kind: "Child", More: rest.Ptr("m")} // closed, as far as the spec says
	if _, err := out.AsDog(); err == nil {
		t.Error("a cat is a dog")
	}
}
