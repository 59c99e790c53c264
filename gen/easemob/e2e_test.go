package easemob_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/limitgen/limitgen/gen/easemob"
	"github.com/limitgen/limitgen/gen/rest"
)

// recorder keeps the arguments of the call that a handler got last.
type recorder struct {
	mu     sync.Mutex
	method string
	args   []any
}

func (r *recorder) record(_ context.Context, method string, args ...any) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.method = method
	r.args = nil
	for _, a := range args {
		r.args = append(r.args, settle(a))
	}
	return nil
}

func (r *recorder) last() (string, []any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.method, r.args
}

// answer records a call and answers a full value.
func answer[T any](ctx context.Context, f fake, method string, args ...any) (T, error) {
	err := f.record(ctx, method, args...)
	return sample[T](), err
}

func sample[T any]() T {
	return fill(reflect.TypeFor[T](), "").Interface().(T)
}

const fileText = "the bytes of a file\x00\xff"

// samples are the values whose shape the documentation narrows further than their Go type.
var samples = map[string]any{
	"Time":                          "2022080412",
	"NotificationNoDisturbingStart": "22",
	"NotificationNoDisturbingEnd":   "7",
	"CustomEvent":                   "paid",
	"Expiry":                        "86400",
}

// fill makes a value in which every field is set.
func fill(t reflect.Type, name string) reflect.Value {
	v := reflect.New(t).Elem()
	switch t {
	case reflect.TypeFor[easemob.MessageBody]():
		return addressable(reflect.ValueOf(easemob.MessageBodyFromTextMessageBody(easemob.TextMessageBody{Msg: "hello, \"to\": [1,2]"})))
	case reflect.TypeFor[easemob.PushDisplayStyle]():
		return addressable(reflect.ValueOf(easemob.PushDisplayStyleFromString("1")))
	case reflect.TypeFor[easemob.HourOfDay]():
		return addressable(reflect.ValueOf(easemob.HourOfDayFromInt64(23)))
	case reflect.TypeFor[easemob.TokenRequestTTL]():
		return addressable(reflect.ValueOf(easemob.TokenRequestTTLFromInt64(1)))
	case reflect.TypeFor[rest.File]():
		return addressable(reflect.ValueOf(rest.File{Name: "a \"b\".txt", ContentType: "text/plain", Size: int64(len(fileText)), Content: strings.NewReader(fileText)}))
	case reflect.TypeFor[rest.Stream]():
		return addressable(reflect.ValueOf(rest.Stream{ContentType: "application/octet-stream", Length: int64(len(fileText)), Body: io.NopCloser(strings.NewReader(fileText))}))
	}
	switch t.Kind() {
	case reflect.String:
		v.SetString(text(t, name))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(1)
	case reflect.Float64, reflect.Float32:
		v.SetFloat(1.5)
	case reflect.Pointer:
		v.Set(fill(t.Elem(), name).Addr())
	case reflect.Slice:
		v.Set(reflect.Append(v, fill(t.Elem(), name)))
	case reflect.Map:
		v.Set(reflect.MakeMap(t))
		v.SetMapIndex(reflect.ValueOf("k").Convert(t.Key()), fill(t.Elem(), name))
	case reflect.Interface:
		v.Set(reflect.ValueOf("v"))
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() {
				v.Field(i).Set(fill(f.Type, f.Name))
			}
		}
	default:
		panic(fmt.Sprintf("no sample of %s", t))
	}
	return addressable(v)
}

func addressable(v reflect.Value) reflect.Value {
	p := reflect.New(v.Type())
	p.Elem().Set(v)
	return p.Elem()
}

// text is a valid string of a type: the first constant of an enum, else a user ID.
func text(t reflect.Type, name string) string {
	if s, ok := samples[name].(string); ok && t == reflect.TypeFor[string]() {
		return s
	}
	if s, ok := enums[t]; ok {
		return s
	}
	return "user-1"
}

// settle makes values comparable: files and streams by their bytes, the rest by their JSON.
func settle(v any) any {
	switch x := v.(type) {
	case rest.Stream, *rest.Stream:
		return fileText
	case nil:
		return nil
	default:
		files := ""
		if rv := reflect.ValueOf(v); rv.Kind() == reflect.Struct {
			for i := range rv.NumField() {
				if f, ok := rv.Field(i).Interface().(rest.File); ok && f.Content != nil {
					data, err := io.ReadAll(f.Content)
					files += fmt.Sprintf("%s %s %s %v", f.Name, f.ContentType, data, err)
				}
			}
		}
		data, err := json.Marshal(x)
		if err != nil {
			return err
		}
		return string(data) + files
	}
}

// skipped are methods of a group that are no operation of their own.
func skipped(method string) bool {
	return strings.HasSuffix(method, "All") || strings.HasSuffix(method, "InParts")
}

func TestEveryOperationOverHTTP(t *testing.T) {
	rec := &recorder{}
	f := fake{rec}
	server, err := easemob.NewServer(easemob.Handlers{
		Users: f, Push: f, Messages: f, Attributes: f, Contacts: f, Groups: f, GroupMembers: f,
		Rooms: f, RoomMembers: f, GlobalMutes: f, Presence: f,
	}, rest.WithoutAuth(), rest.WithErrorLog(func(_ context.Context, err error) { t.Error(err) }))
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server)
	defer web.Close()
	client, err := easemob.NewClient(web.URL, "org", "a p/p", rest.WithToken(rest.StaticToken("secret")))
	if err != nil {
		t.Fatal(err)
	}

	calls := 0
	groups := reflect.ValueOf(client).Elem()
	for i := range groups.NumField() {
		if !groups.Type().Field(i).IsExported() {
			continue
		}
		group := groups.Field(i)
		iface := group.Type()
		for j := range iface.NumMethod() {
			m := iface.Method(j)
			if skipped(m.Name) {
				continue
			}
			calls++
			t.Run(m.Name, func(t *testing.T) { callOperation(t, rec, group.MethodByName(m.Name), m.Name) })
		}
	}
	if calls != 113 {
		t.Errorf("%d methods were called; the table has 113 rows", calls)
	}
}

func callOperation(t *testing.T, rec *recorder, method reflect.Value, name string) {
	ft := method.Type()
	in := []reflect.Value{reflect.ValueOf(t.Context())}
	want := []any{settle(easemob.Scope{OrgName: "org", AppName: "a p/p"})}
	for k := 1; k < ft.NumIn(); k++ {
		hint := ""
		if name == "GetMessageHistory" {
			hint = "Time"
		}
		in = append(in, fill(ft.In(k), hint))
		want = append(want, settle(fill(ft.In(k), hint).Interface()))
	}
	if ft.In(ft.NumIn()-1) == reflect.TypeFor[[]string]() {
		// A list of one is the single variant on the wire: send two.
		two := reflect.ValueOf([]string{"user%2C1", "us/er 2"})
		in[len(in)-1] = two
		want[len(want)-1] = settle(two.Interface())
	}
	out := method.Call(in)
	if err, _ := out[len(out)-1].Interface().(error); err != nil {
		t.Fatal(err)
	}
	got, args := rec.last()
	if got != name {
		t.Errorf("the server called %s", got)
	}
	if !reflect.DeepEqual(args, want) {
		t.Errorf("the handler got\n%v\nthe client sent\n%v", args, want)
	}
	if len(out) < 2 {
		return
	}
	if stream, ok := out[0].Interface().(*rest.Stream); ok {
		data, err := io.ReadAll(stream.Body)
		if err != nil || !bytes.Equal(data, []byte(fileText)) {
			t.Errorf("downloaded %q, %v", data, err)
		}
		if err := stream.Body.Close(); err != nil {
			t.Error(err)
		}
		return
	}
	if got, want := settle(out[0].Interface()), settle(fill(ft.Out(0), "").Interface()); got != want {
		t.Errorf("the client got\n%v\nthe server answered\n%v", got, want)
	}
}
