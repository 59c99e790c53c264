package runtime

import (
	"fmt"
	"testing"
)

// A body of a foreign media type is JSON where the spec says that clients send such, and where the
// operation takes JSON.
func TestServerAssumesJSON(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	for _, on := range []bool{false, true} {
		s, err := newServer(serverConfig{assumeJSON: on, operations: []operation{
			{id: "json", method: "POST", path: "/json", body: body{kind: bodyJSON, media: "application/json", required: true}},
			{id: "form", method: "POST", path: "/form", body: body{kind: bodyForm, media: form, required: true}},
			{id: "both", method: "POST", path: "/both", body: body{kind: bodyJSON, media: "application/json"}, when: testPresent, whenExpr: expr{in: inBody, pointer: "/a"}},
			{id: "bothForm", method: "POST", path: "/both", body: body{kind: bodyForm, media: form}},
		}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range s.operations {
			s.handle(i, func(x *exchange) error {
				var v map[string]any
				if x.body(&v); x.err != nil {
					return x.err
				}
				return x.plain(200, fmt.Sprint(x.view.op.id, v), nil)
			})
		}
		for _, c := range []struct{ path, media, body, without, with string }{
			{"/json", form, `{"a":1}`, "415", "200 jsonmap[a:1]"},
			{"/json", "text/plain", `{"a":1}`, "415", "200 jsonmap[a:1]"},
			{"/json", "", `{"a":1}`, "200 jsonmap[a:1]", "200 jsonmap[a:1]"},
			{"/json", form, "a=1", "415", "400"},
			{"/json", form, `{"a":1,"a":2}`, "415", "400"},
			{"/form", "text/plain", `{"a":1}`, "415", "415"},
			{"/form", form, "a=1", "200 formmap[a:1]", "200 formmap[a:1]"},
			{"/both", form, "a=1", "200 bothFormmap[a:1]", "200 bothFormmap[a:1]"},
			{"/both", "text/plain", `{"a":1}`, "415", "200 bothmap[a:1]"},
		} {
			want := map[bool]string{false: c.without, true: c.with}[on]
			header := []string{"Content-Type", c.media}
			if c.media == "" {
				header = nil
			}
			w := ask(s, "POST", c.path, c.body, header...)
			got := fmt.Sprint(w.Code)
			if w.Code == 200 {
				got += " " + w.Body.String()
			}
			if got != want {
				t.Errorf("on %v: %+v: %s, want %s", on, c, got, want)
			}
		}
	}
}
