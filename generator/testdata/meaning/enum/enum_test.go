package api

import (
	"context"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"example.com/meaning/rest"
)

type handlers struct{ Unimplemented }

var got PostParams

func (handlers) Post(_ context.Context, body Thing, params PostParams) (*Thing, error) {
	got = params
	return &body, nil
}

func TestEnum(t *testing.T) {
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
	in := Thing{
		Level: LevelUnknown, Wide: rest.Ptr(Wide300), Named: NamedTwo, Texts: rest.Ptr(TextsAlpha), Model: rest.Ptr(ModelLarge),
		Either: rest.Ptr(EitherX), Size: rest.Ptr(SizeS), Version: rest.Ptr(VersionX1), Short: rest.Ptr(Short2), Bounded: rest.Ptr(BoundedNow),
		Kind: rest.Ptr(ThingKindThing), One: rest.Ptr(ThingOne1), On: rest.Ptr(true), Half: rest.Ptr(0.5),
	}
	params := PostParams{Level: rest.Ptr(LevelHigh), Page: rest.Ptr(PostPage20)}
	out, err := client.API.Post(context.Background(), in, params)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(*out, in) || !reflect.DeepEqual(got, params) {
		t.Errorf("%+v, %+v", out, got)
	}
	for body, status := range map[string]int{
		`{"level":1,"named":1}`:                        200,
		`{"level":3,"named":1}`:                        400,
		`{"level":1,"named":3}`:                        400,
		`{"level":1,"named":1,"model":"huge"}`:         200, // an open enum
		`{"level":1,"named":1,"size":"XL"}`:            200,
		`{"level":1,"named":1,"bounded":"2020-02-02"}`: 200,
		`{"level":1,"named":1,"texts":"c"}`:            400,
		`{"level":1,"named":1,"either":null}`:          200,
		`{"level":1,"named":1,"either":"c"}`:           400,
		`{"level":1,"named":1,"version":"2.5"}`:        200,
		`{"level":1,"named":1,"version":2.5}`:          400,
	} {
		res, err := http.Post(api.URL+"/thing", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if res.Body.Close(); res.StatusCode != status {
			t.Errorf("%s: %d", body, res.StatusCode)
		}
	}
}
