package api

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"example.com/meaning/rest"
)

type handlers struct{ Unimplemented }

var (
	form   FormRequest
	upload UploadRequest
)

func (handlers) Form(_ context.Context, body FormRequest) (map[string]any, error) {
	form = body
	return map[string]any{}, nil
}

func (handlers) Upload(_ context.Context, body UploadRequest) (map[string]any, error) {
	upload = body
	text, err := io.ReadAll(body.Picture.Content)
	return map[string]any{"picture": string(text)}, err
}

func TestForms(t *testing.T) {
	server, err := NewServer(Handlers{API: handlers{}})
	if err != nil {
		t.Fatal(err)
	}
	var body []byte
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		server.ServeHTTP(w, r)
	}))
	defer api.Close()
	client, err := NewClient(api.URL)
	if err != nil {
		t.Fatal(err)
	}
	in := FormRequest{
		Name: "n&m", Tags: []string{"a", "b"}, CSV: []string{"c,d", "e"}, N: rest.Ptr[int64](3), Ok: rest.Ptr(true),
		When: rest.Ptr(time.Unix(0, 0).UTC()), Data: &FormRequestData{Foo: rest.Ptr[int64](1)},
		Deep:   &FormRequestDeep{Foo: rest.Ptr[int64](2), Bar: rest.Ptr("b=a"), List: []string{"x", "y"}},
		Expand: []string{"p", "q"}, Flat: &FormRequestFlat{X: rest.Ptr[int64](5), Y: rest.Ptr("z")},
	}
	if _, err := client.API.Form(context.Background(), in); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(form, in) {
		t.Errorf("%+v", form)
	}
	for _, part := range []string{"csv=c%2Cd,e", "deep%5Bfoo%5D=2", "deep%5Blist%5D%5B0%5D=x", "expand%5B1%5D=q", "tags=a&tags=b",
		"data=" + url.QueryEscape(`{"foo":1}`), "x=5&y=z"} {
		if !strings.Contains(string(body), part) {
			t.Errorf("%s has no %s", body, part)
		}
	}
	up := UploadRequest{
		Meta: Meta{Title: "t"}, CSV: rest.Ptr("1;2"), Tags: []string{`["a"]`, "b"}, Metas: []Meta{{Title: "u"}, {Title: "v"}}, Packed: []string{"x", "y"},
		Picture: rest.File{Content: strings.NewReader("png")}, Docs: []rest.File{{Content: strings.NewReader("pdf")}},
	}
	out, err := client.API.Upload(context.Background(), up)
	if err != nil || out["picture"] != "png" {
		t.Fatal(out, err)
	}
	if upload.Meta != up.Meta || *upload.CSV != "1;2" || !reflect.DeepEqual(upload.Tags, up.Tags) || !reflect.DeepEqual(upload.Metas, up.Metas) ||
		!reflect.DeepEqual(upload.Packed, up.Packed) || upload.Picture.ContentType != "image/png" || upload.Docs[0].ContentType != "application/pdf" {
		t.Errorf("%+v", upload)
	}
	for _, part := range []string{"text/csv; charset=utf-8", `["x","y"]`} {
		if !strings.Contains(string(body), part) {
			t.Errorf("%s has no %s", body, part)
		}
	}
}

// part is one of a form as a browser or another client sends it.
type part struct{ disposition, media, text string }

func TestFormsOfOthers(t *testing.T) {
	server, err := NewServer(Handlers{API: handlers{}})
	if err != nil {
		t.Fatal(err)
	}
	send := func(parts ...part) int {
		var buf bytes.Buffer
		w := multipart.NewWriter(&buf)
		for _, p := range parts {
			h := textproto.MIMEHeader{"Content-Disposition": {"form-data; " + p.disposition}}
			if p.media != "" {
				h.Set("Content-Type", p.media)
			}
			pw, _ := w.CreatePart(h)
			_, _ = io.WriteString(pw, p.text)
		}
		_ = w.Close()
		r := httptest.NewRequest("POST", "/upload", &buf)
		r.Header.Set("Content-Type", w.FormDataContentType())
		res := httptest.NewRecorder()
		server.ServeHTTP(res, r)
		return res.Code
	}
	picture := part{`name="picture"; filename="p.png"`, "image/png", "png"}
	meta := part{`name="meta"`, "application/json", `{"title":"t"}`}
	if code := send(part{`name="meta"; filename="blob"`, "application/json", `{"title":"blob"}`}, picture); code != 201 || upload.Meta.Title != "blob" {
		t.Error("a JSON part with a file's name:", code, upload.Meta)
	}
	if code := send(meta, picture, part{`name="metas"`, "application/json", `[{"title":"a"},{"title":"b"}]`}); code != 201 || len(upload.Metas) != 2 {
		t.Error("a list in one part:", code, upload.Metas)
	}
	if code := send(meta); code != 400 {
		t.Error("without the file:", code)
	}
	if code := send(meta, part{`name="picture"; filename="p.exe"`, "application/x-msdownload", "exe"}); code != 400 {
		t.Error("a file of another type:", code)
	}
	if code := send(part{`name="meta"; filename="blob"`, "application/json", `{"size":1}`}, picture); code != 400 {
		t.Error("without the title:", code)
	}
}
