package api

import (
	"context"
	"errors"
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
	all *AllHeaders
}

func (handlers) ListPets(ctx context.Context) ([]string, error) {
	h := ListPetsHeaders{Link: rest.Ptr(`</pets?page=2>; rel="next"`), XTotalCount: 7}
	return []string{"x"}, h.Set(rest.ResponseHeader(ctx))
}

func (handlers) HeadPets(ctx context.Context) error {
	return HeadPetsHeaders{ContentLength: rest.Ptr[int64](1234)}.Set(rest.ResponseHeader(ctx))
}

func (handlers) ListDogs(context.Context) ([]string, error) {
	refused := &rest.APIError{StatusCode: 429, Header: make(http.Header)}
	h := ListPetsErrorHeaders{RetryAfter: 9, XScope: rest.Ptr(ScopeUser)}
	if err := h.Set(refused.Header); err != nil {
		return nil, err
	}
	return nil, refused
}

func (h handlers) All(ctx context.Context) error { return h.all.Set(rest.ResponseHeader(ctx)) }

func (handlers) Moved(ctx context.Context) error {
	return MovedHeaders{Location: "https://a.example/b"}.Set(rest.ResponseHeader(ctx))
}

func serve(t *testing.T, h handlers) (*Client, *http.Response, context.Context) {
	t.Helper()
	server, err := NewServer(Handlers{API: h}, rest.WithErrorLog(nil))
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(server)
	t.Cleanup(api.Close)
	client, err := NewClient(api.URL, rest.WithMaxRetries(0))
	if err != nil {
		t.Fatal(err)
	}
	res := new(http.Response)
	return client, res, rest.WithResponse(context.Background(), res)
}

func TestHeaders(t *testing.T) {
	client, res, ctx := serve(t, handlers{})
	var pets ListPetsHeaders
	if _, err := client.API.ListPets(ctx); err != nil || pets.Read(res.Header) != nil ||
		pets.XTotalCount != 7 || *pets.Link != `</pets?page=2>; rel="next"` {
		t.Errorf("%+v %v", pets, err)
	}
	var head HeadPetsHeaders
	if err := client.API.HeadPets(ctx); err != nil || head.Read(res.Header) != nil ||
		*head.ContentLength != 1234 {
		t.Errorf("%+v %v", head, err)
	}
	var refused *rest.APIError
	var wait ListPetsErrorHeaders
	if _, err := client.API.ListDogs(ctx); !errors.As(err, &refused) ||
		wait.Read(refused.Header) != nil || wait.RetryAfter != 9 || *wait.XScope != ScopeUser {
		t.Errorf("%+v %v", wait, refused)
	}
	var moved MovedHeaders
	if err := client.API.Moved(ctx); err != nil || moved.Read(res.Header) != nil ||
		moved.Location != "https://a.example/b" {
		t.Errorf("%+v %v", moved, err)
	}
	var dogs ListDogsHeaders = pets // the same headers are one type
	_ = dogs
	required := []any{
		MixedHeaders{}.XA, ListPetsHeaders{}.XTotalCount, MixedErrorHeaders{}.XA, MixedHeaders{}.ReadHeader,
	}
	for i, want := range []string{"string", "int64", "*string", "*string"} {
		if got := reflect.TypeOf(required[i]).String(); got != want {
			t.Errorf("%d: %s, not %s", i, got, want)
		}
	}
}

func TestEveryType(t *testing.T) {
	when := time.Date(2024, 2, 3, 4, 5, 6, 7, time.UTC)
	size := Size{W: rest.Ptr[int64](-1), H: rest.Ptr(2.5), Unit: rest.Ptr("1"), Ok: rest.Ptr(true)}
	for name, h := range map[string]*AllHeaders{
		"full": {
			XText: rest.Ptr("a, b"), XInt: rest.Ptr[uint64](1<<64 - 1), XNumber: rest.Ptr(1e-9),
			XBool: rest.Ptr(false), XTime: &when, XBytes: []byte{0, 255}, XScope: rest.Ptr(ScopeApp),
			XTexts:  []string{"a", "b c"},
			XScopes: []Scope{ScopeUser}, XTimes: []time.Time{when, when}, XFlat: &size,
			XExploded: &size, XMap: map[string]int64{"a": 1, "b": -2},
			XJSON:   &Deep{List: []Size{size}, Note: rest.Ptr("ü, \"\n")},
			XEither: rest.Ptr(AllXEitherHeaderFromInt64(5)), XBare: rest.Ptr("bare"), XNull: rest.Ptr("n"),
			SetCookie: []string{"a=1; Expires=Wed, 21 Oct 2015 07:28:00 GMT", "b=2"},
		},
		"empty": {
			XText: rest.Ptr(""), XTexts: []string{}, XScopes: []Scope{}, XFlat: &Size{},
			XMap: map[string]int64{}, XNull: rest.Ptr(""),
		},
		"few": {XScopes: []Scope{ScopeApp, ScopeApp}, XNull: rest.Ptr("x")},
	} {
		client, res, ctx := serve(t, handlers{all: h})
		if err := client.API.All(ctx); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var out AllHeaders
		if err := out.Read(res.Header); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if either := out.XEither; either != nil {
			if n, err := either.AsInt64(); err != nil || n != 5 {
				t.Errorf("%s: %v %v", name, n, err)
			}
			h.XEither, out.XEither = nil, nil
		}
		if !reflect.DeepEqual(&out, h) {
			t.Errorf("%s:\n%+v\n%+v", name, &out, h)
		}
	}
}

func TestHeadersWithoutSpelling(t *testing.T) {
	ok := func() *AllHeaders { return &AllHeaders{XNull: rest.Ptr("")} }
	for want, change := range map[string]func(*AllHeaders){
		"header X-Null: required, but not given": func(h *AllHeaders) { h.XNull = nil },
		"header X-Text: a control character":     func(h *AllHeaders) { h.XText = rest.Ptr("a\r\nB: b") },
		"header X-Text: a header cannot begin":   func(h *AllHeaders) { h.XText = rest.Ptr(" a") },
		"header X-Texts: an item that holds":     func(h *AllHeaders) { h.XTexts = []string{"a,b"} },
		"header X-Texts: an empty item":          func(h *AllHeaders) { h.XTexts = []string{""} },
		"header X-Flat: an item that holds":      func(h *AllHeaders) { h.XFlat = &Size{Unit: rest.Ptr("a,b")} },
		"header X-Map: an item that holds":       func(h *AllHeaders) { h.XMap = map[string]int64{"a,b": 1} },
	} {
		h, header := ok(), make(http.Header)
		change(h)
		if err := h.Set(header); err == nil || !strings.HasPrefix(err.Error(), want) || len(header) != 0 {
			t.Errorf("%s: %v %v", want, err, header)
		}
	}
	if err := ok().Set(rest.ResponseHeader(context.Background())); err == nil {
		t.Error("headers were set nowhere")
	}
}

func TestHeadersThatAreWrong(t *testing.T) {
	var out AllHeaders
	err := out.Read(http.Header{
		"X-Int": {"12345678901234567890123"}, "X-Bool": {"yes"}, "X-Number": {"0x1p-2"},
		"X-Time": {"yesterday"}, "X-Text": {"a", "b"}, "X-Texts": {"a", "b, c"}, "X-Flat": {"w"},
		"X-Exploded": {"w=1,h"}, "X-Json": {"{"}, "X-Map": {"a,x"},
		"X-Null": {"n"}, "Set-Cookie": {"a", "b"},
	})
	for _, part := range []string{
		"X-Int: ", "X-Bool: ", "X-Number: ", "X-Time: ", "X-Flat: ", "X-Exploded: ", "X-JSON: ",
		"X-Map: ", "X-Scopes: missing",
	} {
		if err == nil || !strings.Contains(err.Error(), "header "+part) {
			t.Errorf("%q is not in %v", part, err)
		}
	}
	if *out.XText != "a, b" || len(out.XTexts) != 3 || *out.XNull != "n" ||
		len(out.SetCookie) != 2 || out.XInt != nil {
		t.Errorf("%+v", out)
	}
	err = out.Read(http.Header{
		"X-Null": {""}, "X-Scopes": {""}, "X-Int": {"1.0"}, "X-Time": {"Wed, 21 Oct 2015 07:28:00 GMT"},
	})
	if err != nil || *out.XInt != 1 || out.XTime.Year() != 2015 || out.XText != nil {
		t.Errorf("%+v %v", out, err)
	}
}

func TestMembersThatAreMissing(t *testing.T) {
	var out WindowHeaders
	until := "2024-01-02T03:04:05Z"
	err := out.Read(http.Header{"X-Window": {"days,3"}, "X-Exploded": {"days=3,until=" + until}})
	want := "header X-Window: lacks \"from\", \"until\"\nheader X-Exploded: lacks \"from\""
	if err == nil || err.Error() != want {
		t.Error(err)
	}
	if err := out.Read(http.Header{"X-Window": {"from,2024-01-01,until," + until}}); err != nil || out.XWindow.From != "2024-01-01" {
		t.Error(err, out)
	}
}

func (handlers) GetSpeech(ctx context.Context, params GetSpeechParams) (*rest.Stream, error) {
	err := GetSpeechHeaders{XVoice: params.XVoice}.Set(rest.ResponseHeader(ctx))
	return &rest.Stream{Body: io.NopCloser(strings.NewReader("speech"))}, err
}

// TestHeadersOfNetHTTP holds that headers which neither side can set, required or not, keep no call
// from being served.
func TestHeadersOfNetHTTP(t *testing.T) {
	client, res, ctx := serve(t, handlers{})
	got, err := client.API.GetSpeech(ctx, GetSpeechParams{XVoice: rest.Ptr("ann")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = got.Body.Close() }()
	var h GetSpeechHeaders
	if text, err := io.ReadAll(got.Body); err != nil || string(text) != "speech" || h.Read(res.Header) != nil || *h.XVoice != "ann" {
		t.Errorf("%s %+v %v", text, h, err)
	}
}
