package rest

import (
	"fmt"
	"testing"
)

// A body of a foreign media type is JSON where the spec says that clients send such, and where the
// operation takes JSON.
func TestServerAssumesJSON(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	for _, on := range []bool{false, true} {
		s, err := NewServer(ServerConfig{AssumeJSON: on, Operations: []Operation{
			{ID: "json", Method: "POST", Path: "/json", Body: Body{Kind: BodyJSON, Media: "application/json", Required: true}},
			{ID: "form", Method: "POST", Path: "/form", Body: Body{Kind: BodyForm, Media: form, Required: true}},
			{ID: "both", Method: "POST", Path: "/both", Body: Body{Kind: BodyJSON, Media: "application/json"}, When: TestPresent, WhenExpr: Expr{In: InBody, Pointer: "/a"}},
			{ID: "bothForm", Method: "POST", Path: "/both", Body: Body{Kind: BodyForm, Media: form}},
		}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range s.config.Operations {
			s.Handle(i, func(x *Exchange) error {
				var v map[string]any
				if x.DecodeBody(&v); x.err != nil {
					return x.err
				}
				return x.Text(200, fmt.Sprint(x.view.op.ID, v), nil)
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
