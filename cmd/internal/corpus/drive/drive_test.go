package drive

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
)

type item struct {
	Name string `json:"name"`
	Size *int   `json:"size,omitempty"`
}

// group is a client whose calls reach the handler without a server, changed on the way.
type group struct {
	run    *Run
	change func(*item)
}

func (g *group) Put(ctx context.Context, id string, body item) (*item, error) {
	var out *item
	g.change(&body)
	if err := g.run.Serve(ctx, "Put", &out, id, body); err != nil {
		return nil, err
	}
	g.change(out)
	return out, nil
}

func (g *group) Upload(ctx context.Context, body io.Reader) error {
	return g.run.Serve(ctx, "Upload", nil, body)
}

type failure struct {
	status int
	body   []byte
}

func (failure) Error() string { return "failed" }

// TestDrive holds that what is lost or changed on either way is found, and what is not is none.
func TestDrive(t *testing.T) {
	put := Call{
		Operation: "put", Group: "G", Method: "Put", Status: 200, Whole: true, Lossless: true,
		Args: []Arg{{Value: json.RawMessage(`"a/b"`)}, {Value: json.RawMessage(`{"name":"n","size":1}`)}}, Result: json.RawMessage(`{"name":"n","size":2}`),
	}
	fails, unknown, lossy := put, put, put
	fails.Status, fails.Error, fails.Media = 404, json.RawMessage(`{"e":1}`), "application/json"
	unknown.Method = "Gone"
	lossy.Result = json.RawMessage(`{"name":"n","other":2}`)
	upload := Call{Operation: "upload", Group: "G", Method: "Upload", Args: []Arg{{Value: json.RawMessage(`"bytes"`)}}}
	for _, c := range []struct {
		name   string
		call   Call
		change func(*item)
		want   string
	}{
		{"whole", put, func(*item) {}, ""},
		{"error", fails, func(*item) {}, ""},
		{"reader", upload, func(*item) {}, ""},
		{"lost", put, func(v *item) { v.Size = nil }, "/size is lost"},
		{"changed", put, func(v *item) { v.Name = "m" }, "/name is"},
		{"no method", unknown, func(*item) {}, "no such method"},
		{"no field", lossy, func(*item) {}, "/other is lost"},
		{"left out", Call{Operation: "x", Skipped: "no value"}, nil, "no value"},
	} {
		run := &Run{Fail: func(status int, _ string, body []byte) error { return failure{status, body} }}
		faults := run.All(map[string]any{"G": &group{run, c.change}}, []Call{c.call}, func(err error) (int, []byte) {
			var f failure
			errors.As(err, &f)
			return f.status, f.body
		})
		switch {
		case c.want == "" && len(faults) > 0, c.want != "" && len(faults) != 1:
			t.Errorf("%s: %v", c.name, faults)
		case c.want != "" && !strings.Contains(faults[0].Why, c.want):
			t.Errorf("%s: %s", c.name, faults[0].Why)
		}
	}
}
