package drive

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"time"
)

var (
	reader  = reflect.TypeFor[io.Reader]()
	marshal = reflect.TypeFor[json.Marshaler]()
	moment  = reflect.TypeFor[time.Time]()
)

// Make makes a Go value of JSON; readers and files are made of text.
func Make(t reflect.Type, raw json.RawMessage) (reflect.Value, error) {
	var text string
	isText := json.Unmarshal(raw, &text) == nil
	switch {
	case t.Kind() == reflect.Interface && t.Implements(reader) && isText:
		return reflect.ValueOf(io.NopCloser(strings.NewReader(text))).Convert(t), nil
	case t.Kind() == reflect.Pointer && holdsReader(t.Elem()):
		v, err := Make(t.Elem(), raw)
		out := reflect.New(t.Elem())
		if err == nil {
			out.Elem().Set(v)
		}
		return out, err
	case t.Kind() == reflect.Slice && holdsReader(t.Elem()):
		v, err := Make(t.Elem(), raw)
		return reflect.Append(reflect.MakeSlice(t, 0, 1), v), err
	case t.Kind() == reflect.Struct && holdsReader(t) && isText:
		out := reflect.New(t).Elem()
		for i := range t.NumField() {
			f := t.Field(i)
			switch {
			case f.Type.Kind() == reflect.Interface && f.Type.Implements(reader):
				out.Field(i).Set(reflect.ValueOf(io.NopCloser(strings.NewReader(text))).Convert(f.Type))
			case f.Name == "Size" || f.Name == "Length":
				out.Field(i).SetInt(int64(len(text)))
			case f.Name == "Name":
				out.Field(i).SetString("file.bin")
			}
		}
		return out, nil
	}
	v := reflect.New(t)
	err := json.Unmarshal(raw, v.Interface())
	return v.Elem(), err
}

func holdsReader(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return false
	}
	for i := range t.NumField() {
		if f := t.Field(i).Type; f.Kind() == reflect.Interface && f.Implements(reader) {
			return true
		}
	}
	return false
}

// Plain is a value without pointers and types of its own; readers are read. What is empty is nil,
// since no wire tells an empty list of parameters from none.
func Plain(v reflect.Value) any {
	if !v.IsValid() {
		return nil
	}
	t := v.Type()
	if t.Kind() == reflect.Interface || t.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		if r, ok := v.Interface().(io.Reader); ok {
			return text(r)
		}
		return Plain(v.Elem())
	}
	if r, ok := v.Interface().(io.Reader); ok {
		return text(r)
	}
	switch {
	case t == moment:
		at, _ := v.Interface().(time.Time)
		return at.UTC().Format(time.RFC3339Nano)
	case holdsReader(t):
		for i := range t.NumField() {
			if t.Field(i).Type.Kind() == reflect.Interface {
				return Plain(v.Field(i))
			}
		}
	case t.Implements(marshal) || reflect.PointerTo(t).Implements(marshal):
		at := reflect.New(t)
		at.Elem().Set(v)
		data, err := json.Marshal(at.Interface())
		if err != nil {
			return err.Error()
		}
		return Decode(data)
	}
	return inside(v)
}

func text(r io.Reader) any {
	data, err := io.ReadAll(r)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

func inside(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Struct:
		out := make(map[string]any)
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				if value := Plain(v.Field(i)); value != nil {
					out[f.Name] = value
				}
			}
		}
		return out
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
			return base64.StdEncoding.EncodeToString(v.Bytes())
		}
		if v.Len() == 0 {
			return nil
		}
		out := make([]any, v.Len())
		for i := range out {
			out[i] = Plain(v.Index(i))
		}
		return out
	case reflect.Map:
		if v.Len() == 0 {
			return nil
		}
		out := make(map[string]any)
		for _, k := range v.MapKeys() {
			out[k.String()] = Plain(v.MapIndex(k))
		}
		return out
	case reflect.String:
		return v.String()
	}
	return json.Number(fmt.Sprint(v.Interface()))
}

// Differ says where two values differ; "" when nowhere. With defaults, got may have members that
// want has not: a server fills them in.
func Differ(want, got any, at string, defaults bool) string {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			break
		}
		for _, k := range slices.Sorted(maps.Keys(w)) {
			if _, there := g[k]; !there && w[k] != nil {
				return fmt.Sprintf("%s/%s is lost", at, k)
			}
			if diff := Differ(w[k], g[k], at+"/"+k, defaults); diff != "" {
				return diff
			}
		}
		for _, k := range slices.Sorted(maps.Keys(g)) {
			if _, there := w[k]; !there && g[k] != nil && !defaults {
				return fmt.Sprintf("%s/%s came from nowhere", at, k)
			}
		}
		return ""
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			break
		}
		for i := range w {
			if diff := Differ(w[i], g[i], fmt.Sprintf("%s/%d", at, i), defaults); diff != "" {
				return diff
			}
		}
		return ""
	}
	if same(want, got) {
		return ""
	}
	return fmt.Sprintf("%s is %.120v, not %.120v", at, show(got), show(want))
}

func show(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}

func same(want, got any) bool {
	a, b := fmt.Sprint(want), fmt.Sprint(got)
	if a == b {
		return true
	}
	if _, ok := want.(json.Number); ok {
		x, ok := new(big.Rat).SetString(a)
		y, also := new(big.Rat).SetString(b)
		return ok && also && x.Cmp(y) == 0
	}
	x, err := time.Parse(time.RFC3339Nano, a)
	y, also := time.Parse(time.RFC3339Nano, b)
	return err == nil && also == nil && x.Equal(y)
}
