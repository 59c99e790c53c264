package api

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"example.com/meaning/rest"
)

type handlers struct{ Unimplemented }

var query []uint16

func (handlers) PutKey(_ context.Context, body Key, params PutKeyParams) (*Key, error) {
	query = params.Q
	return &body, nil
}

func TestBytes(t *testing.T) {
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
	in := Key{Handle: []uint16{1, 2, 255}, Raw: Raw{3}, One: rest.Ptr[uint8](4), Flags: []KeyFlagsItem{KeyFlagsItem2}, Text: []byte("x")}
	text, err := json.Marshal(in)
	if err != nil || string(text) != `{"handle":[1,2,255],"raw":[3],"one":4,"flags":[2],"text":"eA=="}` {
		t.Errorf("%s %v", text, err)
	}
	out, err := client.API.PutKey(context.Background(), in, PutKeyParams{Q: []uint16{7, 8}})
	if err != nil || !reflect.DeepEqual(*out, in) || !reflect.DeepEqual(query, []uint16{7, 8}) {
		t.Errorf("%+v %v %v", out, query, err)
	}
	for _, body := range []string{`{"handle":[256],"raw":[]}`, `{"handle":[-1],"raw":[]}`, `{"handle":"AQ==","raw":[]}`} {
		res, err := http.Post(api.URL+"/key", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if res.Body.Close(); res.StatusCode != 400 {
			t.Errorf("%s: %d", body, res.StatusCode)
		}
	}
	for _, name := range []string{"text", "picture"} {
		res, err := http.Post(api.URL+"/key", "application/json", strings.NewReader(`{"handle":[],"raw":[],"`+name+`":"x-y"}`))
		if err != nil {
			t.Fatal(err)
		}
		said, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != 400 || !strings.Contains(string(said), "body/"+name+": not base64") {
			t.Errorf("%s: %d %s %v", name, res.StatusCode, said, err)
		}
	}
}
