package api

import (
	"context"
	"net/http/httptest"
	"testing"
)

type handlers struct{ Unimplemented }

func (handlers) PutHook(_ context.Context, body Hook) (*Hook, error) { return &body, nil }

func (handlers) PutAccount(_ context.Context, body Account) (*Account, error) { return &body, nil }

// TestUndescribed holds that what is required and described nowhere can be sent, and comes back.
func TestUndescribed(t *testing.T) {
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
	got, err := client.API.PutHook(context.Background(), Hook{Event: "push", AdditionalProperties: map[string]any{"team_id": "t"}})
	if err != nil || got.Event != "push" || got.AdditionalProperties["team_id"] != "t" {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := client.API.PutHook(context.Background(), Hook{Event: "push"}); err == nil {
		t.Error("a hook without its team is accepted")
	}
	account := Account{URL: "u", AdditionalProperties: map[string]any{"id": "i"}} // which else may have no others
	if got, err := client.API.PutAccount(context.Background(), account); err != nil || got.AdditionalProperties["id"] != "i" {
		t.Errorf("%+v %v", got, err)
	}
	account.AdditionalProperties["more"] = 1
	if _, err := client.API.PutAccount(context.Background(), account); err == nil {
		t.Error("a member is accepted that additionalProperties forbids")
	}
}
