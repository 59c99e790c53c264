package rest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/limitgen/limitgen/templates/rest"
)

// The hook of WithAuth names the caller. An *APIError of it is the answer.
func ExampleWithAuth() {
	check := func(ctx context.Context, r *http.Request, _ string, _ [][]string) (context.Context, error) {
		if r.Header.Get("Authorization") != "Bearer ann's" {
			return nil, &rest.APIError{StatusCode: http.StatusForbidden, Message: "unknown token"}
		}
		return rest.WithIdentity(ctx, rest.Identity{Key: "ann"}), nil
	}
	server, err := rest.NewServer(rest.ServerConfig{
		Operations: []rest.Operation{{ID: "whoAmI", Method: "GET", Path: "/me", Security: [][]string{{"bearer"}}}},
	}, []rest.ServerOption{rest.WithAuth(check)})
	if err != nil {
		fmt.Println(err)
		return
	}
	server.Handle(0, func(x *rest.Exchange) error { // generated code
		return x.Run(func(ctx context.Context) error {
			caller, _ := rest.IdentityOf(ctx)
			return x.Text(http.StatusOK, "You are "+caller.Key, nil)
		})
	})
	for _, token := range []string{"ann's", "another"} {
		r := httptest.NewRequest("GET", "/me", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 200 You are ann
	// 403 {"detail":"unknown token","status":403,"title":"Forbidden"}
}

// A call that the API does not answer with a success fails with an *APIError.
func ExampleAPIError() {
	api := httptest.NewServer(http.NotFoundHandler())
	defer api.Close()
	client, err := rest.NewClient(rest.ClientConfig{
		BaseURL: api.URL, Operations: []rest.Operation{{ID: "read", Method: "GET", Path: "/missing"}},
	}, []rest.ClientOption{rest.WithMaxRetries(0)})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = rest.DoEmpty(context.Background(), client.NewCall(0)) // generated code
	var failure *rest.APIError
	fmt.Println(errors.As(err, &failure), failure.StatusCode)
	// Output: true 404
}
