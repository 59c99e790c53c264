package api

import (
	"context"
	"net/http/httptest"
	"testing"

	"example.com/meaning/rest"
)

type handlers struct{ Unimplemented }

func (handlers) PostA(_ context.Context, body Pet) (*Pet, error) { return &body, nil }

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
	if _, err := out.AsDog(); err == nil {
		t.Error("a cat is a dog")
	}
}
