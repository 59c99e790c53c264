package api

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/meaning/rest"
)

type handlers struct{ Unimplemented }

func (handlers) DeletePet(_ context.Context, id int64) error {
	switch id {
	case 1:
		return rest.NewError(404, Missing{Error: "no pet 1"})
	case 2:
		return rest.NewError(409, Refusal{Reasons: []string{"it eats"}})
	case 3:
		return rest.NewError(503, Problem{Title: rest.Ptr("tired")})
	}
	return nil
}

func (handlers) Upload(context.Context) error {
	return rest.NewError(409, Problem{Title: rest.Ptr("there")})
}

// TestMediaTypesOfErrors: a body has the media type that the spec names for its status.
func TestMediaTypesOfErrors(t *testing.T) {
	server, err := NewServer(Handlers{API: handlers{}})
	if err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]string{
		"DELETE /pets/1": "application/json", "DELETE /pets/2": "application/json",
		"DELETE /pets/3": "application/problem+json", "POST /upload": "application/problem+json", "GET /bare": "application/json",
	} {
		method, path, _ := strings.Cut(target, " ")
		w := httptest.NewRecorder()
		if server.ServeHTTP(w, httptest.NewRequest(method, path, nil)); w.Header().Get("Content-Type") != want {
			t.Error(target, w.Code, w.Header(), w.Body)
		}
	}
}

func (handlers) Bare(context.Context) error {
	return rest.NewError(500, map[string]string{"error": "e"})
}

// TestErrorsHaveTheTypesOfTheSpec: what a handler answers is what a caller finds, by the type that
// the spec names for the status.
func TestErrorsHaveTheTypesOfTheSpec(t *testing.T) {
	server, err := NewServer(Handlers{API: handlers{}})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(server)
	defer api.Close()
	client, err := NewClient(api.URL, rest.WithMaxRetries(0))
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if err := client.API.DeletePet(ctx, 4); err != nil {
		t.Error(err)
	}
	var missing *rest.ErrorOf[Missing]
	var refusal *rest.ErrorOf[Refusal]
	var problem *rest.ErrorOf[Problem]
	if err := client.API.DeletePet(ctx, 1); !errors.As(err, &missing) || missing.Value.Error != "no pet 1" || missing.StatusCode != 404 || errors.As(err, &refusal) {
		t.Errorf("%v %+v", err, missing)
	}
	if err := client.API.DeletePet(ctx, 2); !errors.As(err, &refusal) || refusal.Value.Reasons[0] != "it eats" || errors.As(err, &problem) {
		t.Errorf("%v %+v", err, refusal)
	}
	if err := client.API.DeletePet(ctx, 3); !errors.As(err, &problem) || *problem.Value.Title != "tired" {
		t.Errorf("%v %+v", err, problem)
	}
	var plain *rest.APIError
	if err := client.API.Bare(ctx); errors.As(err, &missing) || !errors.As(err, &plain) || string(plain.Body) != `{"error":"e"}` {
		t.Errorf("%v", err)
	}
}
