package api

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"example.com/meaning/rest"
)

type handlers struct{ Unimplemented }

var (
	part  QueryPart
	query QueryParams
	form  Form
)

func (handlers) Query(_ context.Context, p QueryPart, params QueryParams) error {
	part, query = p, params
	return nil
}

func (handlers) Form(_ context.Context, body FormRequest) error {
	form = Form(body)
	return nil
}

func (handlers) Plain(_ context.Context, body Form) error {
	form = body
	return nil
}

func start(t *testing.T) (http.Handler, *Client) {
	t.Helper()
	server, err := NewServer(Handlers{API: handlers{}})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(server)
	t.Cleanup(api.Close)
	client, err := NewClient(api.URL)
	if err != nil {
		t.Fatal(err)
	}
	return server, client
}

// as is what a handler gets of a union as one of its types.
func as[T any](value T, err error) string {
	if err != nil {
		return "not one"
	}
	return fmt.Sprint(value)
}

// TestTextsOfUnions holds that what a client makes of any member of a union arrives as that member,
// though a text does not tell the types apart.
func TestTextsOfUnions(t *testing.T) {
	_, client := start(t)
	call := func(p QueryPart, params QueryParams) {
		t.Helper()
		if err := client.API.Query(context.Background(), p, params); err != nil {
			t.Error(err)
		}
	}
	one := QueryPartFromInt64(1)
	for _, c := range []struct {
		part       QueryPart
		text, size string
	}{
		{one, "1", "1"}, {QueryPartFromString("a/b"), "a/b", "not one"},
		{QueryPartFromString("12"), "12", "12"}, {QueryPartFromString("100"), "100", "not one"},
	} {
		if call(c.part, QueryParams{}); as(part.AsString()) != c.text || as(part.AsInt64()) != c.size {
			t.Error(c.text, as(part.AsString()), as(part.AsInt64()))
		}
	}
	for _, c := range []struct {
		ids        QueryIDs
		text, list string
	}{
		{QueryIDsFromString("some text"), "some text", "not one"}, {QueryIDsFromString("7"), "7", "[7]"},
		{QueryIDsFromStringList([]string{"7"}), "7", "[7]"}, {QueryIDsFromStringList([]string{"7", "8"}), "not one", "[7 8]"},
	} {
		if call(one, QueryParams{IDs: &c.ids}); as(query.IDs.AsString()) != c.text || as(query.IDs.AsStringList()) != c.list {
			t.Error(c.text, c.list, as(query.IDs.AsString()), as(query.IDs.AsStringList()))
		}
	}
	for csv, want := range map[*QueryCSV][2]string{
		rest.Ptr(QueryCSVFromString("a,b")):                    {"a,b", "[a,b]"},
		rest.Ptr(QueryCSVFromStringList([]string{"a,b", "c"})): {"not one", "[a,b c]"},
	} {
		if call(one, QueryParams{CSV: csv}); as(query.CSV.AsString()) != want[0] || as(query.CSV.AsStringList()) != want[1] {
			t.Error(want, as(query.CSV.AsString()), as(query.CSV.AsStringList()))
		}
	}
	for flag, want := range map[*QueryFlag][2]string{
		rest.Ptr(QueryFlagFromBool(true)): {"true", "true"}, rest.Ptr(QueryFlagFromString("yes")): {"yes", "not one"},
		rest.Ptr(QueryFlagFromString("")): {"", "not one"},
	} {
		if call(one, QueryParams{Flag: flag}); as(query.Flag.AsString()) != want[0] || as(query.Flag.AsBool()) != want[1] {
			t.Error(want, as(query.Flag.AsString()), as(query.Flag.AsBool()))
		}
	}
	call(one, QueryParams{Range: rest.Ptr(QueryRangeFromString("from=1"))})
	if as(query.Range.AsString()) != "from=1" {
		t.Error(query.Range)
	}
	call(one, QueryParams{Range: rest.Ptr(QueryRangeFromOption2(QueryRangeOption2{From: rest.Ptr[int64](3)}))})
	if r, err := query.Range.AsOption2(); err != nil || *r.From != 3 {
		t.Error(r, err)
	}
	call(one, QueryParams{Made: rest.Ptr(QueryMadeFromString("2020"))})
	if as(query.Made.AsString()) != "2020" {
		t.Error(as(query.Made.AsString()))
	}
	call(one, QueryParams{Made: rest.Ptr(QueryMadeFromOption2Map(map[string]QueryMadeOption2Value{"gt": QueryMadeOption2ValueFromString("5")}))})
	if made, err := query.Made.AsOption2Map(); err != nil || as(made["gt"].AsInt64()) != "5" {
		t.Error(made, err)
	}
	call(one, QueryParams{Seen: rest.Ptr(QuerySeenFromString("1.50"))})
	if as(query.Seen.AsString()) != "1.50" || as(query.Seen.AsFloat64()) != "1.5" {
		t.Error(as(query.Seen.AsString()), as(query.Seen.AsFloat64()))
	}
	for sizes, want := range map[*QueryXSizes][3]string{
		rest.Ptr(QueryXSizesFromInt64(1)):                 {"1", "[1]", "not one"},
		rest.Ptr(QueryXSizesFromInt64List([]int64{1})):    {"1", "[1]", "not one"},
		rest.Ptr(QueryXSizesFromInt64List([]int64{1, 2})): {"not one", "[1 2]", "not one"},
		rest.Ptr(QueryXSizesFromW(QueryXSizesW{W: 5})):    {"not one", "not one", "{5}"},
	} {
		call(one, QueryParams{XSizes: sizes})
		if got := [3]string{as(query.XSizes.AsInt64()), as(query.XSizes.AsInt64List()), as(query.XSizes.AsW())}; got != want {
			t.Error(want, got)
		}
	}
}

// TestMemberOfAnotherParameter holds that a name without brackets belongs to the object that has it
// as a property, and not to the deepObject of that name.
func TestMemberOfAnotherParameter(t *testing.T) {
	_, client := start(t)
	in := QueryParams{SortBy: &QuerySortBy{Filter: rest.Ptr("asc")}, Filter: map[string]string{"gt": "2"}}
	if err := client.API.Query(context.Background(), QueryPartFromInt64(1), in); err != nil || !reflect.DeepEqual(query, in) {
		t.Error(err, query)
	}
}

// TestFormsOfUnions is TestTextsOfUnions for the fields of forms.
func TestFormsOfUnions(t *testing.T) {
	server, client := start(t)
	ctx := context.Background()
	for _, c := range []struct {
		image      FormImage
		text, list string
	}{
		{FormImageFromString("some text"), "some text", "[some text]"}, {FormImageFromString(`["a"]`), `["a"]`, `[["a"]]`},
		{FormImageFromStringList([]string{"a"}), "a", "[a]"}, {FormImageFromStringList([]string{"a", "b"}), "not one", "[a b]"},
	} {
		in := Form{Image: &c.image, Size: rest.Ptr(FormSizeFromInt64(7)), Sizes: []FormSizesItem{FormSizesItemFromString("x"), FormSizesItemFromString("1")}}
		for _, call := range []func() error{
			func() error { return client.API.Plain(ctx, in) }, func() error { return client.API.Form(ctx, FormRequest(in)) },
		} {
			form = Form{}
			if err := call(); err != nil {
				t.Fatal(err)
			}
			if as(form.Image.AsString()) != c.text || as(form.Image.AsStringList()) != c.list {
				t.Error(c.text, c.list, as(form.Image.AsString()), as(form.Image.AsStringList()))
			}
			if as(form.Size.AsInt64()) != "7" || as(form.Size.AsOption2()) != "7" || as(form.Sizes[0].AsInt64()) != "not one" || as(form.Sizes[1].AsString()) != "1" {
				t.Error(as(form.Size.AsInt64()), as(form.Size.AsOption2()), as(form.Sizes[0].AsInt64()), as(form.Sizes[1].AsString()))
			}
		}
	}
	for body, want := range map[string]int{"size=8": 204, "size=huge": 400, "image=a&image=b&image=c&image=d": 400} {
		r := httptest.NewRequest(http.MethodPost, "/plain", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		if server.ServeHTTP(w, r); w.Code != want {
			t.Error(body, w.Code, w.Body)
		}
	}
}
