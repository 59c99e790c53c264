package rest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// What is wrong with a body's JSON is said before what is wrong with a parameter, and that before
// what is wrong with the body's values, although a body is read in one go behind the parameters.
func TestOrderOfFaults(t *testing.T) {
	t.Run("alone", func(t *testing.T) { orderOfFaults(t) })
	t.Run("inside middleware", func(t *testing.T) {
		orderOfFaults(t, WithHandlerMiddleware(func(ctx context.Context, _ string, next func(context.Context) error) error {
			return next(ctx)
		}))
	})
}

func orderOfFaults(t *testing.T, options ...ServerOption) {
	type note struct {
		Text string `json:"text"`
	}
	s, err := NewServer(ServerConfig{
		Schemas: []Schema{{}, {Kinds: KindInteger}, {Kinds: KindObject, Properties: []Property{{"text", true, 3}}}, {Kinds: KindString, MaxLength: 3}},
		Operations: []Operation{
			{ID: "a", Method: "POST", Path: "/a", Params: []Param{{In: InQuery, Name: "n", Schema: 1}}, Body: jsonBody(2)},
			{ID: "b", Method: "POST", Path: "/b", Body: jsonBody(2)},
			{ID: "c", Method: "POST", Path: "/c", Body: jsonBody(2)},
		},
	}, append(options, WithErrorLog(nil), WithMaxBody(64)))
	if err != nil {
		t.Fatal(err)
	}
	s.Handle(0, func(x *Exchange) error {
		var n int
		x.Param(InQuery, "n", &n)
		var body note
		x.DecodeBody(&body)
		return x.Run(func(context.Context) error { return x.Text(200, body.Text, nil) })
	})
	s.Handle(2, func(x *Exchange) error { // which does not decode its body
		return x.Run(func(context.Context) error { return x.Empty(204, nil) })
	})
	for _, c := range []struct {
		path, body string
		status     int
		want       string
	}{
		{"/a?n=1", `{"text":"abc"}`, 200, "abc"},
		{"/a?n=1", ` {"t\u0065xt" : "a\u0062c" , "more":[{}]} `, 200, "abc"},
		{"/a?n=1", `{"text":"abcd"}`, 400, "body/text: too short or too long"},
		{"/a?n=x", `{"text":"abcd"}`, 400, "n: "},
		{"/a?n=x", `{"text":"abcd"`, 400, "the body is not valid JSON"},
		{"/a?n=x", `{"text":"a","text":"b"}`, 400, `the body has the name \"text\" twice`},
		{"/a?n=1", `{"text":"a","more":{"b":1,"b":2}}`, 400, `the body has the name \"b\" twice`},
		{"/a?n=1", `{"text":1,"text":2}`, 400, "twice"},
		{"/a?n=1", `{"text":1}]`, 400, "the body is not valid JSON"},
		{"/a?n=1", "{\"text\":\"\xff\"}", 400, "body/text: text that is not UTF-8"},
		{"/a?n=1", "", 400, "the body is missing"},
		{"/a?n=1", `{"text":"` + strings.Repeat("a", 64) + `"}`, 413, ""},
		{"/b", `{`, 400, "the body is not valid JSON"},
		{"/b", `{}`, 501, ""},
		{"/c", `{`, 400, "the body is not valid JSON"},
		{"/c", `{"a":1,"a":1}`, 400, "twice"},
		{"/c", `{}`, 204, ""},
	} {
		for _, announced := range []bool{true, false} {
			r := httptest.NewRequest(http.MethodPost, c.path, strings.NewReader(c.body))
			if c.body == "" {
				r.Body = http.NoBody
			}
			if !announced && c.body != "" {
				r.Body, r.ContentLength = io.NopCloser(strings.NewReader(c.body)), -1
			}
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) {
				t.Errorf("%s, %s: %d %s, want %d %s", c.path, c.body, w.Code, w.Body, c.status, c.want)
			}
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/a?n=1", strings.NewReader(`{"text":"`+strings.Repeat("a", 64)+`"}`))
	r.ContentLength = 3 // as a middleware that replaced the body may leave it
	w := httptest.NewRecorder()
	if s.ServeHTTP(w, r); w.Code != http.StatusRequestEntityTooLarge {
		t.Error(w.Code, w.Body)
	}
}

// What a handler gets of a body is its own, although bodies are read into buffers that are used
// again.
func TestBodiesAreKept(t *testing.T) {
	type note struct {
		Text string `json:"text"`
		Any  any    `json:"any"`
		Raw  Union  `json:"raw"`
	}
	s, err := NewServer(ServerConfig{
		Schemas:    []Schema{{}, {Kinds: KindObject, Properties: []Property{{"raw", true, 2}}}, {OneOf: []int{3}}, {Kinds: KindArray}},
		Operations: []Operation{{ID: "a", Method: "POST", Path: "/a", Body: jsonBody(1)}},
	}, []ServerOption{WithErrorLog(nil)})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	kept := make(map[string][]note)
	s.Handle(0, func(x *Exchange) error {
		var body note
		x.DecodeBody(&body)
		return x.Run(func(context.Context) error {
			mu.Lock()
			defer mu.Unlock()
			kept[body.Text] = append(kept[body.Text], body)
			return x.JSON(200, &body, nil)
		})
	})
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			name := string(rune('a' + i))
			text := `{"text":"` + name + `","any":{"` + name + `":["` + name + `"]},"raw":["` + name + `"]}`
			for range 30 {
				if w := ask(s, http.MethodPost, "/a", text); w.Body.String() != text {
					t.Errorf("%d %s, want %s", w.Code, w.Body, text)
				}
			}
		})
	}
	group.Wait()
	for name, notes := range kept {
		for _, n := range notes {
			if string(n.Raw.Raw()) != `["`+name+`"]` || fmt.Sprint(n.Any) != "map["+name+":["+name+"]]" || len(notes) != 30 {
				t.Fatalf("%s: %s, %v", name, n.Raw.Raw(), n.Any)
			}
		}
	}
}
