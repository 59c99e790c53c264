package rest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// What callers keep of an answer is theirs, although answers are read into buffers that are used
// again.
func TestAnswersAreKept(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"name":"`+r.URL.Path+`","raw":{"of":"`+r.URL.Path+`"},"n":`+r.URL.Query().Get("n")+`}`)
	}))
	defer server.Close()
	c, err := NewClient(ClientConfig{BaseURL: server.URL, Operations: []Operation{
		{ID: "get", Method: "GET", Path: "/{name}", Params: []Param{{In: InPath, Name: "name", Required: true}, {In: InQuery, Name: "n"}}},
	}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	type answer struct {
		Name string `json:"name"`
		Raw  Union  `json:"raw"`
		N    int    `json:"n"`
	}
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			name := string(rune('a' + i))
			for range 20 {
				var response http.Response
				r := c.NewCall(0)
				r.Path("name", name)
				r.QueryParam("n", 1)
				good, err := DoJSON[answer](WithResponse(context.Background(), &response), r)
				if err != nil {
					t.Error(err)
					return
				}
				r = c.NewCall(0)
				r.Path("name", name)
				r.QueryParam("n", "null,")
				_, err = DoJSON[answer](context.Background(), r)
				var wrong *DecodeError
				if !errors.As(err, &wrong) {
					t.Error(err)
					return
				}
				kept, _ := io.ReadAll(response.Body)
				if want := `{"name":"/` + name + `","raw":{"of":"/` + name + `"},"n":`; good.Name != "/"+name ||
					string(good.Raw.Raw()) != `{"of":"/`+name+`"}` || string(kept) != want+"1}" || string(wrong.Body) != want+"null,}" {
					t.Errorf("%s: %+v, %s, %s", name, good, kept, wrong.Body)
				}
			}
		})
	}
	group.Wait()
}
