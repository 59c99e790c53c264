package rest

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestListOrOne(t *testing.T) {
	type item struct {
		A int `json:"a"`
	}
	type holder struct {
		List ListOrOne[item] `json:"list"`
	}
	for text, want := range map[string][]item{
		`{"list":[{"a":1},{"a":2}]}`: {{1}, {2}},
		`{"list": {"a":1} }`:         {{1}},
		`{"list":[]}`:                {},
		`{"list":null}`:              nil,
		`{}`:                         nil,
	} {
		var h holder
		if err := json.Unmarshal([]byte(text), &h); err != nil || !reflect.DeepEqual([]item(h.List), want) || (h.List == nil) != (want == nil) {
			t.Errorf("%s: %v, %v; want %v", text, h.List, err, want)
		}
	}
	var h holder
	if err := json.Unmarshal([]byte(`{"list": "a"}`), &h); err == nil || h.List != nil {
		t.Errorf("a string became %v, %v", h.List, err)
	}
	var nested ListOrOne[ListOrOne[int]]
	if err := json.Unmarshal([]byte(`[1,[2,3]]`), &nested); err != nil || !reflect.DeepEqual(nested, ListOrOne[ListOrOne[int]]{{1}, {2, 3}}) {
		t.Errorf("%v, %v", nested, err)
	}
	h.List = []item{{7}}
	if text, err := json.Marshal(filled(h)); err != nil || string(text) != `{"list":[{"a":7}]}` {
		t.Errorf("%s, %v", text, err)
	}
	if text, err := json.Marshal(filled(holder{})); err != nil || string(text) != `{"list":[]}` {
		t.Errorf("%s, %v", text, err)
	}
}
