package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"example.com/meaning/rest"
)

func TestClientCredentials(t *testing.T) {
	for _, inBody := range []bool{false, true} {
		fetched, refuse := 0, false
		api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/a" {
				if refuse || r.Header.Get("Authorization") != fmt.Sprint("Bearer t", fetched) {
					refuse = false
					w.WriteHeader(401)
					return
				}
				w.WriteHeader(204)
				return
			}
			id, secret, _ := r.BasicAuth()
			if inBody {
				id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
			}
			if id != "me" || secret != "s%26crt" && secret != "s&crt" || r.PostFormValue("scope") != "read" || r.PostFormValue("grant_type") != "client_credentials" {
				w.WriteHeader(401)
				_, _ = fmt.Fprint(w, `{"error":"invalid_client"}`)
				return
			}
			fetched++
			_, _ = fmt.Fprintf(w, `{"access_token":"t%d","token_type":"Bearer","expires_in":"3600"}`, fetched)
		}))
		client, err := NewClient(api.URL, WithClientCredentials("me", "s&crt", "read"))
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if err := client.API.Get(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		if fetched != 1 {
			t.Errorf("in body %v: %d fetches", inBody, fetched)
		}
		refuse = true // the API no longer takes the token
		if err := client.API.Get(context.Background()); err != nil || fetched != 2 {
			t.Error(err, fetched)
		}
		wrong, err := NewClient(api.URL, WithClientCredentials("you", "s"))
		if err != nil {
			t.Fatal(err)
		}
		var failed *rest.APIError
		if err := wrong.API.Get(context.Background()); !errors.As(err, &failed) || failed.StatusCode != 401 {
			t.Error(err)
		}
		api.Close()
	}
}
