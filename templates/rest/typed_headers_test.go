package rest

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// FuzzHeaders sends a text and a list in headers: what arrives is what was sent, or none was.
func FuzzHeaders(f *testing.F) {
	for _, seed := range []string{"", "a", " a", "a,b", "a\r\nX-Text: b", "\x00", "ü", "\xff", "a\n\nb"} {
		f.Add(seed)
	}
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var out HeaderWriter
		out.Put("X-Text", r.URL.Query().Get("q"))
		failed := out.Set(w.Header()) != nil
		var list HeaderWriter
		list.Put("X-List", strings.Split(r.URL.Query().Get("q"), "\n"))
		w.Header().Set("X-List-Set", strconv.FormatBool(list.Set(w.Header()) == nil))
		if failed {
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	f.Cleanup(api.Close)
	f.Fuzz(func(t *testing.T, text string) {
		res, err := http.Get(api.URL + "/?q=" + escape(text))
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		r := ReadHeaders(res.Header)
		got := OptHeader(r, "X-Text", ParseText[string])
		list := OptHeaderList(r, "X-List", ParseText[string])
		lost := got == nil && res.StatusCode == http.StatusOK || got != nil && *got != text
		lost = lost || (list != nil) != (res.Header.Get("X-List-Set") == "true")
		if r.Err() != nil || lost || list != nil && !slices.Equal(list, strings.Split(text, "\n")) {
			t.Errorf("%q: %v %q %v", text, got, list, r.Err())
		}
	})
}

// TestReadSeveralCookies: each cookie of an answer is an item of a list, and several are no single
// value.
func TestReadSeveralCookies(t *testing.T) {
	header := http.Header{"Set-Cookie": {"a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "b=2"}}
	r := ReadHeaders(header)
	var value []string
	var optional *[]string
	r.RequiredValue("set-cookie", &value)
	r.Value("Set-Cookie", &optional)
	list := HeaderList(r, "Set-Cookie", ParseText[string])
	if err := r.Err(); err != nil || optional == nil {
		t.Fatal(err, optional)
	}
	for _, got := range [][]string{value, *optional, list} {
		if !slices.Equal(got, header["Set-Cookie"]) {
			t.Errorf("%q", got)
		}
	}
	for name, read := range map[string]func(r *HeaderReader){
		"Set-Cookie": func(r *HeaderReader) { Header(r, "Set-Cookie", ParseText[string]) },
		"X-List":     func(r *HeaderReader) { HeaderList(r, "X-List", ParseText[string]) },
		"X-Value":    func(r *HeaderReader) { r.RequiredValue("X-Value", &value) },
	} {
		r := ReadHeaders(header)
		if read(r); r.Err() == nil || strings.Count(r.Err().Error(), name) != 1 {
			t.Errorf("%s: %v", name, r.Err())
		}
	}
}
