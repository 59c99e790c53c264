package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"time"
)

// node is a value taken apart for encoding outside JSON. Object members keep their order.
type node struct {
	kind  nodeKind
	text  string   // of a scalar
	names []string // of an object's members
	items []node   // of a list, or an object's values
}

type nodeKind uint8

const (
	nodeNone nodeKind = iota // missing: nil or JSON null
	nodeText
	nodeList
	nodeObject
)

// takeApart reads any Go value as encoding/json would write it, so that tags, marshalers and times
// mean the same in a query as in a body. Plain scalars skip the detour.
func takeApart(v any) (node, error) {
	switch v := v.(type) {
	case nil:
		return node{}, nil
	case string:
		return node{kind: nodeText, text: v}, nil
	case *string:
		if v == nil {
			return node{}, nil
		}
		return node{kind: nodeText, text: *v}, nil
	case int:
		return node{kind: nodeText, text: strconv.Itoa(v)}, nil
	case int64:
		return node{kind: nodeText, text: strconv.FormatInt(v, 10)}, nil
	case bool:
		return node{kind: nodeText, text: strconv.FormatBool(v)}, nil
	case []string:
		if v == nil {
			return node{}, nil
		}
		items := make([]node, len(v))
		for i, s := range v {
			items[i] = node{kind: nodeText, text: s}
		}
		return node{kind: nodeList, items: items}, nil
	}
	if absent(v) {
		return node{}, nil
	}
	switch t := v.(type) {
	case time.Time:
		if text, err := t.MarshalText(); err == nil {
			return node{kind: nodeText, text: string(text)}, nil
		}
	case *time.Time:
		return takeApart(*t)
	}
	text, err := marshal(v)
	if err != nil {
		return node{}, err
	}
	return parseNode(text)
}

// absent reports whether v is nil, or a nil pointer, slice or map.
func absent(v any) bool {
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Invalid:
		return true
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface:
		return r.IsNil()
	}
	return false
}

// marshal is json.Marshal of the filled value, without the escaping of <, > and &, which APIs that
// sign or show text would see.
func marshal(v any) ([]byte, error) {
	text, err := writeJSON(v, false)
	defer text.free()
	if err != nil {
		return nil, err
	}
	if text.lossy {
		return nil, errNotText
	}
	return bytes.Clone(text.out), nil
}

var errNotText = errors.New("a text is not UTF-8, so JSON cannot hold it")

func parseNode(text []byte) (node, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return readNode(d)
}

func readNode(d *json.Decoder) (node, error) {
	token, err := d.Token()
	if err != nil {
		return node{}, err
	}
	switch t := token.(type) {
	case string:
		return node{kind: nodeText, text: t}, nil
	case json.Number:
		return node{kind: nodeText, text: t.String()}, nil
	case bool:
		return node{kind: nodeText, text: strconv.FormatBool(t)}, nil
	case json.Delim:
		return readMembers(d, t)
	}
	return node{}, nil
}

// readMembers reads the text after an opening bracket. Members and items that are null are omitted.
func readMembers(d *json.Decoder, open json.Delim) (node, error) {
	n := node{kind: nodeList}
	if open == '{' {
		n.kind = nodeObject
	}
	for d.More() {
		name := ""
		if n.kind == nodeObject {
			token, err := d.Token()
			if err != nil {
				return node{}, err
			}
			name, _ = token.(string)
		}
		item, err := readNode(d)
		if err != nil {
			return node{}, err
		}
		if item.kind == nodeNone {
			continue
		}
		n.items = append(n.items, item)
		if n.kind == nodeObject {
			n.names = append(n.names, name)
		}
	}
	_, err := d.Token()
	return n, err
}

// parts is flat but for a scalar, which needs no list.
func (n node) parts() ([]string, error) {
	if n.kind == nodeText {
		return nil, nil
	}
	return n.flat()
}

// flat returns the texts of a list or object, names and values in turn, or the one text of a
// scalar. Lists and objects cannot be nested: OpenAPI has no style for them.
func (n node) flat() ([]string, error) {
	if n.kind == nodeText {
		return []string{n.text}, nil
	}
	var out []string
	for i, item := range n.items {
		if item.kind != nodeText {
			return nil, fmt.Errorf("a list or object inside a list or object has no spelling here")
		}
		if n.kind == nodeObject {
			out = append(out, n.names[i])
		}
		out = append(out, item.text)
	}
	return out, nil
}
