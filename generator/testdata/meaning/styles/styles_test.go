package api

import (
	"context"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"
	"time"

	"example.com/meaning/rest"
)

type handlers struct{ Unimplemented }

var (
	got    QueryParams
	labels []string
)

func (handlers) Label(_ context.Context, label []string) error {
	labels = label
	return nil
}

func (handlers) Query(_ context.Context, params QueryParams) (any, error) {
	got = params
	return nil, nil
}

func TestStyles(t *testing.T) {
	server, err := NewServer(Handlers{API: handlers{}}, rest.WithoutAuth())
	if err != nil {
		t.Fatal(err)
	}
	var url string
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { url = r.RequestURI; server.ServeHTTP(w, r) }))
	defer api.Close()
	client, err := NewClient(api.URL)
	if err != nil {
		t.Fatal(err)
	}
	when := time.Unix(0, 0).UTC()
	in := QueryParams{
		Multi: []string{"a,b", "c d"}, CSV: []string{"a,b", "c d"}, Space: []string{"a,b", "c"}, Pipe: []string{"a,b", "c"}, IDs: []int64{1, 2},
		Since: &when, Day: rest.Ptr("2020-02-02"), Filter: &Filter{Name: rest.Ptr("n&="), Tags: []string{"x", "y,z"}, Owner: &FilterOwner{ID: rest.Ptr[int64](4)}},
		Sort: &QuerySort{By: rest.Ptr("a"), Desc: rest.Ptr(true)}, Page: rest.Ptr[int64](2), Order: rest.Ptr(QueryOrderEmpty), Raw: rest.Ptr("a/b?c=d&e+f%"),
		Flag: rest.Ptr(true), Big: rest.Ptr[int64](1 << 60), Num: rest.Ptr(1.5), Blob: &QueryBlob{A: rest.Ptr[int64](1)},
		XTrace: []string{"a", "b"}, XWhen: &when, Sid: rest.Ptr("s;id=1 x"), UserID: rest.Ptr("f81d4fae-7dec-11d0-a765-00a0c91e6bf6"), UserIDParam: rest.Ptr("u"), List: []*string{rest.Ptr("l")},
	}
	if _, err := client.API.Query(context.Background(), in); err != nil {
		t.Fatal(err, url)
	}
	if !reflect.DeepEqual(got, in) {
		t.Errorf("%+v\n%+v\n%s", got, in, url)
	}
	for _, q := range []string{"?flag=", "?flag"} {
		got = QueryParams{}
		w := httptest.NewRecorder()
		if server.ServeHTTP(w, httptest.NewRequest("GET", "/q"+q, nil)); w.Code != 200 || got.Flag != nil {
			t.Error(q, w.Code, w.Body, got.Flag)
		}
		if *got.Page != 1 || *got.Order != QueryOrderAsc || got.Big != nil || *got.List[0] != "x" {
			t.Errorf("defaults: %+v", got)
		}
	}
	w := httptest.NewRecorder()
	if server.ServeHTTP(w, httptest.NewRequest("GET", "/q?page=", nil)); w.Code != 400 {
		t.Error("an empty number:", w.Code)
	}
	for name, p := range map[string]QueryParams{
		"space": {Space: []string{"a b", "c"}}, "pipe": {Pipe: []string{"a|b", "c"}}, "comma": {XTrace: []string{"a,b", "c"}},
	} {
		if _, err := client.API.Query(context.Background(), p); err == nil {
			t.Error(name, "in an item that it separates")
		}
	}
	if err := client.API.Label(context.Background(), []string{"a", "b.c"}); err == nil {
		t.Error("a dot in a label")
	}
	if err := client.API.Label(context.Background(), []string{"a", "b,c"}); err != nil || len(labels) != 2 || labels[1] != "b,c" {
		t.Error(labels, err)
	}
}
