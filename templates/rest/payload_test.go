package rest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
)

// clientSentBody sends a call of the upload operation and returns what the server read.
func clientSentBody(t *testing.T, media string, build func(*Call)) (contentType string, length int64, text string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		data, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		contentType, length, text = r.Header.Get("Content-Type"), r.ContentLength, string(data)
	}))
	defer server.Close()
	operations := clientOperations()
	operations[callUpload].Body.Media = media
	c, err := NewClient(ClientConfig{BaseURL: server.URL, Operations: operations, Limits: clientLimits}, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := c.NewCall(callUpload)
	build(r)
	if err := DoEmpty(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	return contentType, length, text
}

func TestClientBodies(t *testing.T) {
	point := clientPoint{R: 1, G: Ptr(2)}
	form := map[string]any{"a": "x y&<", "b": []int{1, 2}, "c": point, "d": nil, "e": true}
	const formText = "a=x%20y%26%3C&b=1&b=2&c=%7B%22R%22%3A1%2C%22G%22%3A2%7D&e=true"
	tests := []struct {
		name, media string
		build       func(*Call)
		contentType string
		length      int64
		text        string
	}{
		{"json", "*/*", func(r *Call) { r.JSON(map[string]string{"k": "<&>"}) }, "application/json", 11, `{"k":"<&>"}`},
		{"json type", "application/vnd.x+json", func(r *Call) { r.JSON(1) }, "application/vnd.x+json", 1, "1"},
		{"form", "application/x-www-form-urlencoded", func(r *Call) { r.Form(form) }, "application/x-www-form-urlencoded", int64(len(formText)), formText},
		{"text", "text/*", func(r *Call) { r.Text("é") }, "text/plain; charset=utf-8", 2, "é"},
		{"empty text", "", func(r *Call) { r.Text("") }, "text/plain; charset=utf-8", 0, ""},
		{"file", "image/png", func(r *Call) { r.Binary(strings.NewReader("abc")) }, "image/png", 3, "abc"},
		{"buffer", "", func(r *Call) { r.Binary(bytes.NewBufferString("abc")) }, "application/octet-stream", 3, "abc"},
		{"stream", "", func(r *Call) { r.Binary(io.MultiReader(strings.NewReader("abc"))) }, "application/octet-stream", -1, "abc"},
		{"none", "", func(r *Call) { r.JSON(nil); r.Form(nil); r.Binary(nil) }, "", 0, ""},
	}
	for _, test := range tests {
		contentType, length, text := clientSentBody(t, test.media, test.build)
		if contentType != test.contentType || length != test.length || text != test.text {
			t.Errorf("%s: got %q, %d, %q", test.name, contentType, length, text)
		}
	}
}

// A file is one to the server too when the caller gave it no name.
func TestClientNamesFiles(t *testing.T) {
	contentType, _, text := clientSentBody(t, "multipart/form-data", func(r *Call) {
		r.Multipart(map[string]any{}, FilePart{"photo", &File{Content: strings.NewReader("abc")}})
	})
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		t.Fatal(err)
	}
	part, err := multipart.NewReader(strings.NewReader(text), params["boundary"]).NextPart()
	if err != nil || part.FormName() != "photo" || part.FileName() != "photo" {
		t.Errorf("%v in %s", err, text)
	}
}

func TestClientMultipart(t *testing.T) {
	fields := map[string]any{"name": "x", "tags": []string{"a", "b"}, "point": clientPoint{R: 1}, `q"`: 1}
	once := func(s string) io.Reader { return io.MultiReader(strings.NewReader(s)) }
	for _, test := range []struct {
		name  string
		file  *File
		known bool
	}{
		{"seeker", &File{Name: `f"1.txt`, ContentType: "text/plain", Content: strings.NewReader("abc")}, true},
		{"size said", &File{Name: `f"1.txt`, ContentType: "text/plain", Size: 3, Content: once("abc")}, true},
		{"size unknown", &File{Name: `f"1.txt`, ContentType: "text/plain", Size: -1, Content: once("abc")}, false},
		{"size left out", &File{Name: `f"1.txt`, ContentType: "text/plain", Content: once("abc")}, false},
	} {
		contentType, length, text := clientSentBody(t, "multipart/form-data", func(r *Call) {
			r.Multipart(fields, FilePart{"file", test.file}, FilePart{"other", nil})
		})
		if test.known != (length == int64(len(text))) {
			t.Errorf("%s: Content-Length %d", test.name, length)
		}
		_, params, err := mime.ParseMediaType(contentType)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for reader := multipart.NewReader(strings.NewReader(text), params["boundary"]); ; {
			part, err := reader.NextPart()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			data, _ := io.ReadAll(part)
			got += fmt.Sprintf("%s %s %s %s\n", part.FormName(), part.FileName(), part.Header.Get("Content-Type"), data)
		}
		want := "name   x\npoint  application/json {\"R\":1}\nq\"   1\ntags   a\ntags   b\nfile f\"1.txt text/plain abc\n"
		if got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", test.name, got, want)
		}
	}
}

func TestClientBodyErrors(t *testing.T) {
	c := clientCore(t, func(http.ResponseWriter, *http.Request) { t.Error("sent") })
	for name, build := range map[string]func(*Call){
		"json":      func(r *Call) { r.JSON(make(chan int)) },
		"form":      func(r *Call) { r.Form([]int{1}) },
		"multipart": func(r *Call) { r.Multipart("x") },
		"media": func(r *Call) {
			r.Multipart(nil, FilePart{"f", &File{ContentType: "a\r\nB: c", Content: strings.NewReader("")}})
		},
		"file": func(r *Call) { r.Multipart(nil, FilePart{"f", &File{Name: "x"}}) },
	} {
		r := c.NewCall(callUpload)
		build(r)
		if err := DoEmpty(t.Context(), r); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// A body that can seek is sent again from where it stood, one that cannot is sent once.
func TestClientReplaysBodies(t *testing.T) {
	seeker := func() io.Reader {
		r := strings.NewReader("--abc")
		_, _ = r.Seek(2, io.SeekStart)
		return r
	}
	once := func() io.Reader { return bytes.NewBufferString("abc") }
	file := func(content io.Reader) FilePart { return FilePart{"f", &File{Name: "n", Content: content}} }
	tests := []struct {
		name  string
		build func(*Call)
		sends int
	}{
		{"json", func(r *Call) { r.JSON("abc") }, 3},
		{"form", func(r *Call) { r.Form(map[string]string{"k": "abc"}) }, 3},
		{"text", func(r *Call) { r.Text("abc") }, 3},
		{"seeker", func(r *Call) { r.Binary(seeker()) }, 3},
		{"buffer", func(r *Call) { r.Binary(once()) }, 1},
		{"multipart of seekers", func(r *Call) { r.Multipart(nil, file(seeker()), file(seeker())) }, 3},
		{"multipart of a buffer too", func(r *Call) { r.Multipart(nil, file(seeker()), file(once())) }, 1},
	}
	for _, test := range tests {
		synctest.Test(t, func(t *testing.T) {
			var bodies []string
			c := clientCore(t, func(w http.ResponseWriter, r *http.Request) {
				data, _ := io.ReadAll(r.Body)
				bodies = append(bodies, string(data))
				if len(bodies) < 3 {
					w.WriteHeader(429)
				}
			})
			r := c.NewCall(callUpload)
			test.build(r)
			err := DoEmpty(t.Context(), r)
			if len(bodies) != test.sends || (err == nil) != (test.sends == 3) {
				t.Fatalf("%s: sent %d times, %v", test.name, len(bodies), err)
			}
			for _, b := range bodies {
				if b != bodies[0] || !strings.Contains(b, "abc") || strings.Contains(b, "--abc") {
					t.Errorf("%s: sent %q, first %q", test.name, b, bodies[0])
				}
			}
		})
	}
}

// net/http may still read an upload when the next one begins; the old one must not take bytes from
// it.
func TestClientUploadIsGivenUp(t *testing.T) {
	content := strings.NewReader("abcdef")
	s := measure(content, -1)
	p := &payload{length: s.length, replay: true, content: s.open}
	first, err := p.open()
	if err != nil {
		t.Fatal(err)
	}
	_, _ = first.Read(make([]byte, 2))
	second, err := p.open()
	if err != nil {
		t.Fatal(err)
	}
	if n, err := first.Read(make([]byte, 2)); n != 0 || err == nil {
		t.Errorf("the first upload read %d bytes", n)
	}
	if data, _ := io.ReadAll(second); string(data) != "abcdef" {
		t.Errorf("second upload: %q", data)
	}
}
