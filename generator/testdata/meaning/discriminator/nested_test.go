package api

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/meaning/rest"
)

func (handlers) SaveEvents(_ context.Context, body []Event) (map[string]Event, error) {
	out := make(map[string]Event)
	for _, e := range body {
		out[e.Kind()] = e
	}
	return out, nil
}

func (handlers) SaveMessage(_ context.Context, body Message) (*Message, error) { return &body, nil }

func TestNested(t *testing.T) {
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
	ctx := context.Background()
	in := []Event{EventFromKeyEvent(KeyEventFromUp(Up{})), EventFromKeyEvent(KeyEventFromDown(Down{})), EventFromClick(Click{X: 1})}
	out, err := client.API.SaveEvents(ctx, in)
	if err != nil || len(out) != 3 {
		t.Fatal(out, err)
	}
	for kind, e := range out {
		key, none := e.AsKeyEvent()
		if (none == nil) != (kind != "Click") || none == nil && key.Kind() != kind || e.Kind() != kind {
			t.Errorf("%s: %v %v", kind, key, none)
		}
	}
	for want, m := range map[string]Message{
		`{"version":1}`: MessageFromV1(V1{}), `{"version":2}`: MessageFromV2(V2{}), `{"version":3,"text":"t"}`: MessageFromV2(V2{Version: rest.Ptr[int64](3), Text: rest.Ptr("t")}),
	} {
		got, err := client.API.SaveMessage(ctx, m)
		if err != nil {
			t.Errorf("%s: %v", want, err)
			continue
		}
		if text, err := json.Marshal(got); err != nil || string(text) != want || got.Kind() != want[11:12] {
			t.Errorf("%s, %q, %v; want %s", text, got.Kind(), err, want)
		}
		if _, err := got.AsV1(); (err == nil) != (got.Kind() == "1") {
			t.Error(want, err)
		}
	}
	if text, err := json.Marshal(SwitchFromDisabled(Disabled{Set: true})); err != nil || string(text) != `{"set":false}` {
		t.Errorf("%s %v", text, err)
	}
	for _, c := range []struct {
		path, body string
		status     int
	}{
		{"/events", `[{"event":"key_up","key":"a"}]`, 200}, {"/events", `[{"event":"Up"}]`, 400}, {"/events", `[{"event":"KeyEvent"}]`, 400},
		{"/messages", `{"version":3.0}`, 200}, {"/messages", `{"version":4}`, 400}, {"/messages", `{"version":"1"}`, 400}, {"/messages", `{"version":1,"text":2}`, 400},
	} {
		r := httptest.NewRequest("PUT", c.path, strings.NewReader(c.body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		if server.ServeHTTP(w, r); w.Code != c.status {
			t.Error(c.body, w.Code, w.Body)
		}
	}
}
