package api

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

type handlers struct{ Unimplemented }

var (
	folder Folder
	lists  Lists
)

func (handlers) PutFolder(_ context.Context, body Folder) (*Folder, error) {
	folder = body
	return &body, nil
}

func (handlers) PutLists(_ context.Context, body Lists) (*Lists, error) {
	lists = body
	return &body, nil
}

// TestServersCompareLetters holds that a member whose name has other letters in upper case than a
// property is another one, whatever its value.
func TestServersCompareLetters(t *testing.T) {
	server, err := NewServer(Handlers{API: handlers{}})
	if err != nil {
		t.Fatal(err)
	}
	send := func(path, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPut, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		return w
	}
	for body, want := range map[string]int{
		`{"name":1,"Name":"n","SIZE":"x"}`: 200, `{"Name":"n","name":[]}`: 200, `{"Name":"n"}`: 400,
		`{"name":1,"Name":"n","made":5,"Made":"2020-01-02T03:04:05Z"}`: 200,
	} {
		folder = Folder{}
		if w := send("/folders", body); w.Code != want || want == 200 && *folder.Name != "n" {
			t.Error(body, w.Code, w.Body, folder)
		}
	}
	w := send("/lists", `{"items":[{"ID":"x","id":[1],"Id":7}],"byName":{"a":{"Id":8,"iD":true}},"other":{"Id":9,"ID":"x"},"Note":null,"ITEMS":1}`)
	if w.Code != 200 || *lists.Items[0].ID != 7 || *lists.ByName["a"].ID != 8 || lists.Null.Note {
		t.Error(w.Code, w.Body, lists)
	}
	if item, err := lists.Other.AsItem(); err != nil || *item.ID != 9 {
		t.Error(item, err)
	}
}

// TestClientsCompareLetters is the same for clients, also where they mend what encoding/json refuses,
// such as a time without a zone.
func TestClientsCompareLetters(t *testing.T) {
	var answer string
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, answer)
	}))
	defer api.Close()
	client, err := NewClient(api.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, made := range []string{"2020-01-02T03:04:05Z", "2020-01-02T03:04:05"} {
		answer = `{"name":1,"NAME":{},"Name":"n","made":5,"Made":"` + made + `"}`
		got, err := client.API.PutFolder(context.Background(), Folder{})
		if err != nil || *got.Name != "n" || got.Made.Year() != 2020 || got.AdditionalProperties["name"] == nil {
			t.Error(answer, got, err)
		}
		answer = `{"items":[{"ID":"x","Id":7,"made":"` + made + `"}],"byName":{"a":{"Id":8,"id":"x"}},"other":{"id":"x","Id":9},"NOTE":null}`
		all, err := client.API.PutLists(context.Background(), Lists{})
		if err != nil || *all.Items[0].ID != 7 || *all.ByName["a"].ID != 8 || all.Null.Note {
			t.Error(answer, all, err)
		} else if item, err := all.Other.AsItem(); err != nil || *item.ID != 9 {
			t.Error(item, err)
		}
	}
}
