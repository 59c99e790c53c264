package api

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
)

type handlers struct{ Unimplemented }

func (handlers) Post(context.Context, Thing) error { return nil }

func TestOverlap(t *testing.T) {
	server, err := NewServer(Handlers{API: handlers{}})
	if err != nil {
		t.Fatal(err)
	}
	for body, status := range map[string]int{
		`{"apart":{"kind":"a","x":1}}`: 204, `{"apart":{"kind":"b"}}`: 204, `{"apart":[1]}`: 204, `{"apart":"n"}`: 204,
		`{"same":{"a":1}}`: 400, `{"numbers":1}`: 400, `{"numbers":1.5}`: 204, // as the warning says
	} {
		r := httptest.NewRequest("POST", "/a", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		if server.ServeHTTP(w, r); w.Code != status {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
}
