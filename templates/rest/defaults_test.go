package rest

import (
	"encoding/json"
	"reflect"
	"testing"
)

type defaulted struct {
	Name  string                   `json:"name"`
	Size  *int64                   `json:"size,omitzero" default:"10"`
	Mode  *mode                    `json:"mode,omitzero" default:"\"slow\""`
	Tags  []string                 `json:"tags,omitzero" default:"[\"a\",\"b\"]"`
	Inner *defaulted               `json:"inner,omitzero" default:"{\"name\":\"in\",\"inner\":{\"name\":\"\"}}"`
	List  []defaultedLeaf          `json:"list,omitzero"`
	Map   map[string]*defaulted    `json:"map,omitzero"`
	Plain map[string]defaultedLeaf `json:"plain,omitzero"`
	own   *int64                   `default:"1"` //nolint:unused // what is not exported is none of the spec's
}

type defaultedLeaf struct {
	Flag *bool `json:"flag,omitzero" default:"true"`
}

type mode string

// TestDefaultsAreFilled fills what is absent, at any depth, and nothing that is there.
func TestDefaultsAreFilled(t *testing.T) {
	const leaf = `"size":10,"mode":"slow","tags":["a","b"]`
	for _, tt := range []struct{ in, want string }{
		{
			`{"name":"n","inner":{"name":"i","size":0,"tags":[],"inner":{"name":"j","inner":null}}}`,
			`{"name":"n",` + leaf + `,"inner":{"name":"i","size":0,"mode":"slow","tags":[],"inner":` +
				`{"name":"j",` + leaf + `,"inner":{"name":"in","inner":{"name":""}}}}}`,
		},
		{
			`{"name":"","inner":{"name":"","mode":"fast","inner":{"name":""}},"list":[{},{"flag":false}],"map":{"k":null},"plain":{"p":{}}}`,
			`{"name":"",` + leaf + `,"inner":{"name":"","size":10,"mode":"fast","tags":["a","b"],"inner":{"name":"",` + leaf +
				`,"inner":{"name":"in","inner":{"name":""}}}},"list":[{"flag":true},{"flag":false}],"map":{"k":null},"plain":{"p":{"flag":true}}}`,
		},
	} {
		var v defaulted
		if err := json.Unmarshal([]byte(tt.in), &v); err != nil {
			t.Fatal(err)
		}
		if err := fillDefaults(reflect.ValueOf(&v).Elem()); err != nil {
			t.Fatal(err)
		}
		if got, err := json.Marshal(v); err != nil || string(got) != tt.want {
			t.Errorf("%v\ngot  %s\nwant %s", err, got, tt.want)
		}
	}
}

// TestTypesWithoutDefaultsHaveNoFiller keeps other bodies free of the work.
func TestTypesWithoutDefaultsHaveNoFiller(t *testing.T) {
	type loop struct {
		Next *loop
		All  map[string][]loop
	}
	for _, v := range []any{&loop{}, new(int), &[]string{"a"}, &map[string]any{}} {
		value := reflect.ValueOf(v).Elem()
		if err := fillDefaults(value); err != nil {
			t.Error(err)
		}
		if f, ok := fillers.Load(value.Type()); !ok || f.(*filler) != nil {
			t.Errorf("%T has a filler", v)
		}
	}
}
