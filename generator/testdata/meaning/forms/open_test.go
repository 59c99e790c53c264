package api

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"example.com/meaning/rest"
)

var got any

func (handlers) Open(_ context.Context, body OpenRequest) error {
	body.Pic = nil
	got = body
	return nil
}

func (handlers) Map(_ context.Context, body MapRequest) error {
	got = body
	return nil
}

func (handlers) Shapeless(_ context.Context, body io.Reader) error {
	text, err := io.ReadAll(body)
	got = string(text)
	return err
}

func (handlers) Closed(context.Context, ClosedRequest) error { return nil }
func (handlers) Text(context.Context, string) error          { return nil }
func (handlers) Number(context.Context, string) error        { return nil }

// TestOpenForms holds that a form's fields arrive if the spec does not name them, and those whose
// names Go cannot.
func TestOpenForms(t *testing.T) {
	server, err := NewServer(Handlers{API: handlers{}})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(server)
	defer api.Close()
	client, err := NewClient(api.URL)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	open := OpenRequest{AdditionalProperties: map[string]int64{"n": 1, "m m": -2}}
	err = client.API.Open(ctx, OpenRequest{AdditionalProperties: open.AdditionalProperties, Pic: &rest.File{Name: "p", Content: strings.NewReader("P")}})
	if err != nil || !reflect.DeepEqual(got, open) {
		t.Errorf("%+v, %v", got, err)
	}
	all := MapRequest{AdditionalProperties: map[string]string{"a b": "c\r\n", "é\"": "", "1": "2"}}
	if err := client.API.Map(ctx, all); err != nil || !reflect.DeepEqual(got, all) {
		t.Errorf("%+v, %v", got, err)
	}
	form := func(pairs ...string) (string, string) {
		var text bytes.Buffer
		w := multipart.NewWriter(&text)
		for i := 0; i < len(pairs); i += 2 {
			if err := w.WriteField(pairs[i], pairs[i+1]); err != nil {
				t.Fatal(err)
			}
		}
		_ = w.Close()
		return w.FormDataContentType(), text.String()
	}
	media, text := form("x", "y")
	if err := client.API.Shapeless(rest.WithHeader(ctx, "Content-Type", media), strings.NewReader(text)); err != nil || got != text {
		t.Errorf("%+v, %v", got, err)
	}
	for _, c := range []struct {
		path   string
		pairs  []string
		status int
	}{
		{"/open", []string{"n", "1"}, 204}, {"/open", []string{"n", "x"}, 400},
		{"/closed", []string{"a", "1"}, 204}, {"/closed", []string{"a", "1", "b", "2"}, 400},
	} {
		media, text := form(c.pairs...)
		r := httptest.NewRequest("POST", c.path, strings.NewReader(text))
		r.Header.Set("Content-Type", media)
		w := httptest.NewRecorder()
		if server.ServeHTTP(w, r); w.Code != c.status {
			t.Error(c, w.Code, w.Body)
		}
	}
}

// TestTexts holds that a body of text is checked by its schema.
func TestTexts(t *testing.T) {
	server, err := NewServer(Handlers{API: handlers{}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path, text string
		status     int
	}{
		{"/text", "abcde", 204}, {"/text", "abcdef", 400}, {"/text", "A", 400}, {"/text", "", 400}, {"/text", "a\"b", 400},
		{"/number", "9", 204}, {"/number", "10", 400}, {"/number", "x", 400},
	} {
		r := httptest.NewRequest("POST", c.path, strings.NewReader(c.text))
		r.Header.Set("Content-Type", "text/plain")
		w := httptest.NewRecorder()
		if server.ServeHTTP(w, r); w.Code != c.status {
			t.Error(c, w.Code, w.Body)
		}
	}
}
