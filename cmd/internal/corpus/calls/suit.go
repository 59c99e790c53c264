package calls

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/model"
)

// spelt is the value of a parameter as the operation takes it: a list for a variant that is called
// with several, and without a space where that separates items.
func spelt(value json.RawMessage, op *model.Operation, p *model.Param) json.RawMessage {
	if w := op.When; w != nil && w.Is == string(limit.IsList) && w.Expr.Name == p.Name && !bytes.HasPrefix(value, []byte("[")) {
		value = bytes.Join([][]byte{[]byte("["), value, []byte(","), value, []byte("]")}, nil)
	}
	if p.Style == "spaceDelimited" {
		value = bytes.ReplaceAll(value, []byte(" "), []byte("_"))
	}
	return value
}

// suits changes a body so that it is the one variant's and no other's.
func suits(value json.RawMessage, op *model.Operation, variants []*model.Operation) json.RawMessage {
	list := bytes.HasPrefix(value, []byte("["))
	of := func(is limit.Is, w *model.When) bool {
		return w != nil && w.Is == string(is) && w.Expr.In == model.InBody
	}
	switch {
	case of(limit.IsArray, op.When) && !list:
		value = bytes.Join([][]byte{[]byte("["), value, []byte("]")}, nil)
	case of(limit.IsObject, op.When) && list:
		value = bytes.TrimSuffix(bytes.TrimPrefix(value, []byte("[")), []byte("]"))
	}
	for _, v := range variants {
		if v == op || !of(limit.IsPresent, v.When) {
			continue
		}
		members := make(map[string]json.RawMessage)
		if json.Unmarshal(value, &members) != nil {
			continue
		}
		delete(members, strings.TrimPrefix(v.When.Expr.Pointer, "/"))
		if text, err := json.Marshal(members); err == nil {
			value = text
		}
	}
	return value
}
