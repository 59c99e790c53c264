package api

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"example.com/meaning/rest"
)

type handlers struct {
	Unimplemented
	calls *int
}

func (h handlers) Post(_ context.Context, body Thing) (*Thing, error) { return &body, nil }
func (h handlers) Form(_ context.Context, body Form) (*Form, error)   { return &body, nil }

func (h handlers) Lists(_ context.Context, plain []string, p ListsParams) ([]string, error) {
	*h.calls++
	for _, list := range [][]string{p.Pipe, p.Space, p.Comma, p.Each, p.XList} {
		if list != nil {
			return list, nil
		}
	}
	return plain, nil
}

func (h handlers) Upload(_ context.Context, body UploadRequest) ([]string, error) {
	text, err := io.ReadAll(body.File.Content)
	return []string{body.File.Name, string(text)}, err
}

func serve(t *testing.T) (*httptest.Server, *Client, *int) {
	t.Helper()
	calls := new(int)
	server, err := NewServer(Handlers{API: handlers{calls: calls}}, rest.WithErrorLog(nil))
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(server)
	t.Cleanup(api.Close)
	client, err := NewClient(api.URL)
	if err != nil {
		t.Fatal(err)
	}
	return api, client, calls
}

// TestBodies posts texts as they are: what comes back is the same, or the place of what would not
// be.
func TestBodies(t *testing.T) {
	api, _, _ := serve(t)
	for _, c := range []struct{ path, body, want string }{
		{"/thing", `{"number":9007199254740992}`, ""},
		{"/thing", `{"number":9007199254740993}`, "body/number: more digits than a number keeps"},
		{"/thing", `{"number":-12345678901234567890}`, "body/number: more digits"},
		{"/thing", `{"number":12345678901234567000}`, ""}, // as JavaScript writes it
		{"/thing", `{"numbers":{"a/b":[1,10000000000000001]}}`, "body/numbers/a~1b/1: more digits"},
		{"/thing", `{"open":{"n":9007199254740993,"m":[18446744073709551616,1.5]}}`, ""},
		{"/thing", `{"whole":9223372036854775807,"counts":{"a":-9223372036854775808}}`, ""},
		{"/thing", `{"whole":9223372036854775808}`, "body/whole: out of range"},
		{"/thing", `{"counts":{"a":1,"b":-9223372036854775809}}`, "body/counts/b: out of range"},
		{"/thing", `{"small":{"a":256}}`, "body/small/a: out of range"},
		{"/thing", `{"either":[1]}`, ""},
		{"/thing", `{"when":"0001-01-01T00:00:00Z"}`, ""},
		{"/thing", "{\"text\":\"a\xff\"}", "body/text: text that is not UTF-8"},
		{"/thing", "{\"texts\":[\"\",\"\xc3\"]}", "body/texts/1: text that is not UTF-8"},
		{"/thing", "{\"open\":{\"a\":{\"b\xff\":1}}}", "body/open/a: a name that is not UTF-8"},
		{"/thing", "{\"either\":\"\xff\"}", "body/either: text that is not UTF-8"},
		{"/thing", `{"text":"\ud800"}`, "body/text: text that is not UTF-8"},
		{"/thing", `{"text":"\udc00\ud800"}`, "body/text: text that is not UTF-8"},
		{"/thing", `{"text":"😀ü\\u2028\\ud800\ufffd"}`, ""},
		{"/form", "text=%ff", "body/text: text that is not UTF-8"},
		{"/form", "texts=a&texts=%c3%28", "body/texts: text that is not UTF-8"},
	} {
		media := "application/json"
		if c.path == "/form" {
			media = "application/x-www-form-urlencoded"
		}
		res, err := http.Post(api.URL+c.path, media, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		switch {
		case c.want != "":
			if res.StatusCode != 400 || !strings.Contains(string(text), c.want) {
				t.Errorf("%s: %d %s", c.body, res.StatusCode, text)
			}
		case res.StatusCode != 200 || !equal(t, c.body, string(text)):
			t.Errorf("%s: %d %s", c.body, res.StatusCode, text)
		}
	}
}

// equal compares JSON with all digits.
func equal(t *testing.T, a, b string) bool {
	t.Helper()
	read := func(text string) (v any) {
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	return reflect.DeepEqual(read(a), read(b))
}

func TestClient(t *testing.T) {
	_, client, _ := serve(t)
	ctx := context.Background()
	open := map[string]any{"n": json.Number("9007199254740993"), "m": 1.5}
	out, err := client.API.Post(ctx, Thing{When: &time.Time{}, Open: open})
	if err != nil || out.When == nil || !out.When.IsZero() || !reflect.DeepEqual(out.Open, any(open)) {
		t.Errorf("%+v %v", out, err)
	}
	text, err := json.Marshal(Thing{When: &time.Time{}})
	if err != nil || string(text) != `{"when":"0001-01-01T00:00:00Z"}` {
		t.Errorf("%s %v", text, err)
	}
	refused := func(err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), "not UTF-8") {
			t.Error(err)
		}
	}
	for _, thing := range []Thing{
		{Text: rest.Ptr("\xff")}, {Texts: []string{"\xff"}}, {Open: "\xff"},
		{Open: map[string]any{"\xff": 1}},
	} {
		_, err := client.API.Post(ctx, thing)
		refused(err)
	}
	_, err = client.API.Form(ctx, Form{Text: rest.Ptr("\xff")})
	refused(err)
}

// TestListsOfOneEmptyText: each style brings it to the handler, or refuses to send it.
func TestListsOfOneEmptyText(t *testing.T) {
	_, client, calls := serve(t)
	ctx := context.Background()
	one, some := []string{""}, []string{"x"}
	for name, p := range map[string]ListsParams{
		"pipe": {Pipe: one}, "space": {Space: one}, "comma": {Comma: one}, "X-List": {XList: one},
	} {
		_, err := client.API.Lists(ctx, some, p)
		if err == nil || !strings.Contains(err.Error(), name+": an empty item") || *calls != 0 {
			t.Errorf("%s: %v, and %d calls", name, err, *calls)
		}
	}
	if _, err := client.API.Lists(ctx, one, ListsParams{}); err == nil || *calls != 0 {
		t.Error("path", err)
	}
	out, err := client.API.Lists(ctx, some, ListsParams{Each: one})
	if err != nil || !reflect.DeepEqual(out, one) {
		t.Error(out, err)
	}
}

func TestNumberInQuery(t *testing.T) {
	api, _, _ := serve(t)
	for number, status := range map[string]int{
		"9007199254740992": 200, "9007199254740993": 400, "1e300": 200, "0.1": 200,
	} {
		res, err := http.Get(api.URL + "/lists/x?number=" + number)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(res.Body)
		if _ = res.Body.Close(); res.StatusCode != status {
			t.Errorf("%s: %d %s", number, res.StatusCode, text)
		}
	}
}

func TestUploads(t *testing.T) {
	_, client, _ := serve(t)
	stream := func(text string) io.Reader { return io.MultiReader(strings.NewReader(text)) }
	for _, c := range []struct {
		file rest.File
		want string // of the error
	}{
		{rest.File{Name: `ü "a" \b.txt`, Content: strings.NewReader("abc")}, ""},
		{rest.File{Name: "a", Size: 3, Content: stream("abc")}, ""},
		{rest.File{Name: "a", Size: -1, Content: stream("abc")}, ""},
		{rest.File{Name: "a", Size: 2, Content: stream("abc")}, "its content is longer than its Size, 2"},
		{rest.File{Name: "a", Size: 4, Content: stream("abc")}, "its Size is 4, and its content has 3 by"},
		{rest.File{Name: "a", Size: 4, Content: strings.NewReader("abc")}, "its Size is 4, and its"},
		{rest.File{Name: "a\r\nX: b", Content: stream("abc")}, `its name "a\r\nX: b" has no spelling`},
		{rest.File{Name: "a\x00", Content: strings.NewReader("abc")}, "has no spelling"},
	} {
		out, err := client.API.Upload(context.Background(), UploadRequest{File: c.file})
		switch {
		case c.want != "":
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%+v: %v", c.file, err)
			}
		case err != nil || len(out) != 2 || out[0] != c.file.Name || out[1] != "abc":
			t.Errorf("%+v: %q %v", c.file, out, err)
		}
	}
}
