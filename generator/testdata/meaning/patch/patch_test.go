package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"example.com/meaning/rest"
)

type handlers struct {
	Unimplemented
	got *Thing
}

func (h handlers) PatchThing(_ context.Context, _ string, body Thing) (*Thing, error) {
	*h.got = body
	return &body, nil
}

func (handlers) PostOpen(_ context.Context, body Open) (*Open, error) { return &body, nil }

func (handlers) PostForm(_ context.Context, body PostFormRequest) (*Thing, error) {
	return body.Thing, nil
}

func serve(t *testing.T, got *Thing) (*httptest.Server, *Client) {
	t.Helper()
	server, err := NewServer(Handlers{API: handlers{got: got}})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(server)
	t.Cleanup(api.Close)
	client, err := NewClient(api.URL)
	if err != nil {
		t.Fatal(err)
	}
	return api, client
}

// allNull has every property null that may be so.
func allNull() Thing {
	var thing Thing
	nulls := reflect.ValueOf(&thing.NullProperties).Elem()
	for i := range nulls.NumField() {
		nulls.Field(i).SetBool(true)
	}
	return thing
}

// TestAbsentNullOrValue sends each and gets it back, in the handler and in the answer.
func TestAbsentNullOrValue(t *testing.T) {
	var got Thing
	_, client := serve(t, &got)
	when := rest.Ptr(Size{W: 1})
	when.Null.H = true
	things := map[string]Thing{
		"absent": {Null: rest.Ptr(true)},
		"null":   allNull(),
		"values": {
			Null: rest.Ptr(false), Text: rest.Ptr(""), Number: rest.Ptr[int32](0), List: []string{},
			Map: map[string]int64{}, Kind: rest.Ptr(KindA), Size: when, Must: rest.Ptr("m"), Base: rest.Ptr("b"), Either: "x",
			Things: []Thing{{Null: rest.Ptr(false)}, allNull()}, One: []Size{{W: 2}, *when},
		},
	}
	for name, want := range things {
		out, err := client.API.PatchThing(context.Background(), "1", want)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(*out, want) {
			t.Errorf("%s:\n%+v\n%+v\n%+v", name, want, got, *out)
		}
	}
}

// TestNullGivesWay: a field with a value is that value.
func TestNullGivesWay(t *testing.T) {
	var got Thing
	_, client := serve(t, &got)
	thing := allNull()
	thing.Text, thing.List = rest.Ptr("x"), []string{"y"}
	if _, err := client.API.PatchThing(context.Background(), "1", thing); err != nil {
		t.Fatal(err)
	}
	if got.NullProperties.Text || got.NullProperties.List || *got.Text != "x" || !got.NullProperties.Map {
		t.Errorf("%+v", got)
	}
}

// TestNullOnTheWire: the bytes are those of the spec, in the order of the properties.
func TestNullOnTheWire(t *testing.T) {
	var got Thing
	api, _ := serve(t, &got)
	for _, body := range []string{
		`{"must":null}`,
		`{"base":null,"text":null,"number":null,"when":null,"list":null,"map":null,"kind":null,"size":null,` +
			`"either":null,"union":null,"null":null,"must":null,"made":null}`,
		`{"size":{"w":1,"h":null},"things":[{"text":null,"must":null}],"one":[{"w":2,"h":null}],` +
			`"null":null,"must":"x"}`,
	} {
		const open = `{"text":null,"a":null,"size":{"w":1,"h":null}}`
		res, err := http.Post(api.URL+"/open", "application/json", strings.NewReader(open))
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(res.Body)
		if _ = res.Body.Close(); string(text) != `{"text":null,"size":{"w":1,"h":null},"a":null}` {
			t.Errorf("open: %s", text)
		}
		req, err := http.NewRequest("PATCH", api.URL+"/things/1", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/merge-patch+json")
		if res, err = http.DefaultClient.Do(req); err != nil {
			t.Fatal(err)
		}
		text, _ = io.ReadAll(res.Body)
		_ = res.Body.Close()
		want := body
		if !strings.Contains(body, `"null":`) {
			want = `{"null":true,"must":null}` // its default
		}
		inner := strings.NewReplacer(`{"text":null,"must":null}`, `{"text":null,"null":true,"must":null}`)
		if want = inner.Replace(want); string(text) != want {
			t.Errorf("%s\n%s", text, want)
		}
		// encoding/json reads and writes the same, as does a text that only it reads.
		for _, spelt := range []string{
			body, " " + body, strings.Replace(body, `"must"`, `"m\u0075st"`, 1),
		} {
			var thing Thing
			if err := json.Unmarshal([]byte(spelt), &thing); err != nil {
				t.Fatal(err)
			}
			if again, err := json.Marshal(thing); err != nil || !bytes.Equal(again, []byte(body)) {
				t.Errorf("%s %v\n%s", again, err, body)
			}
		}
	}
	var either map[string]Open
	const open = `{"x":{"text":null,"size":{"w":1,"h":null},"a":null,"b":"c"}}`
	if err := json.Unmarshal([]byte(open), &either); err != nil {
		t.Fatal(err)
	}
	if again, err := json.Marshal(either); err != nil || string(again) != open {
		t.Errorf("%s %v", again, err)
	}
}

func TestNullInsideUnionsAndParts(t *testing.T) {
	var got Thing
	_, client := serve(t, &got)
	size := Size{W: 1}
	size.Null.H = true
	union := Thing{Union: rest.Ptr(ThingUnionFromSize(size)), Null: rest.Ptr(true)}
	if _, err := client.API.PatchThing(context.Background(), "1", union); err != nil {
		t.Fatal(err)
	}
	if back, err := got.Union.AsSize(); err != nil || !back.Null.H {
		t.Errorf("%+v %v", back, err)
	}
	if text, err := json.Marshal(union.Union); err != nil || string(text) != `{"w":1,"h":null}` {
		t.Errorf("%s %v", text, err)
	}
	thing := allNull()
	out, err := client.API.PostForm(context.Background(), PostFormRequest{Thing: &thing})
	if err != nil || !reflect.DeepEqual(*out, thing) {
		t.Errorf("%+v %v", out, err)
	}
}
