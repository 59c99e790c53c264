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

var (
	maps    MapsParams
	numbers map[string]int64
)

func (handlers) Maps(_ context.Context, params MapsParams) error {
	maps = params
	return nil
}

func (handlers) Counts(_ context.Context, body map[string]int64) error {
	numbers = body
	return nil
}

// TestMaps holds that the members of an object which its schema does not name arrive as well, and
// that what belongs to other parameters and credentials are none of them.
func TestMaps(t *testing.T) {
	server, err := NewServer(Handlers{API: handlers{}}, rest.WithoutAuth())
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(server)
	defer api.Close()
	client, err := NewClient(api.URL, rest.WithCredential("key", rest.StaticToken("k")))
	if err != nil {
		t.Fatal(err)
	}
	in := MapsParams{
		Page: rest.Ptr[int64](2), Filter: &Filter{Name: rest.Ptr("n"), Labels: map[string]string{"a b": "c", "d.e": ""}}, Sort: &MapsSort{By: rest.Ptr("a")}, Sid: rest.Ptr("s"),
		Counts: map[string]int64{"a b": 1, "c&d": -2}, Crumbs: &MapsCrumbs{Lang: "de", AdditionalProperties: map[string]string{"theme": "dark, of course"}},
	}
	if err := client.API.Maps(context.Background(), in); err != nil || !reflect.DeepEqual(maps, in) {
		t.Errorf("%+v\n%+v, %v", maps, in, err)
	}
	for _, labels := range []map[string]string{{"a[b]": "c"}, {"a][b": "c"}, {"]": ""}} {
		if err := client.API.Maps(context.Background(), MapsParams{Filter: &Filter{Labels: labels}}); err == nil {
			t.Error(labels, maps.Filter)
		}
	}
	for query, want := range map[string]int{"": 204, "?page=1&by=x&filter[name]=y&key=z": 204, "?other=1": 204, "?other=x": 400, "?page=1&a=1;b=2": 204} {
		maps = MapsParams{}
		r := httptest.NewRequest("GET", "/maps"+query, nil)
		r.AddCookie(&http.Cookie{Name: "theme", Value: "dark"})
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		if w.Code != want || (len(maps.Counts) > 0) != (query == "?other=1") || maps.Crumbs != nil {
			t.Errorf("%s: %d %s, %+v", query, w.Code, w.Body, maps)
		}
	}
	if err := client.API.Counts(context.Background(), map[string]int64{"a": 1, "b": 2}); err != nil || numbers["b"] != 2 {
		t.Error(numbers, err)
	}
	r := httptest.NewRequest("POST", "/counts", strings.NewReader("a=x"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	if server.ServeHTTP(w, r); w.Code != 400 {
		t.Error(w.Code, w.Body)
	}
}
