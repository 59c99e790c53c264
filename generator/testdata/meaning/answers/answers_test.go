package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/meaning/rest"
)

type handlers struct {
	Unimplemented
	next chan bool
}

func (handlers) Chat(context.Context, ChatRequest) (*ChatResponse, error) {
	return &ChatResponse{Text: rest.Ptr("whole")}, nil
}

func (h handlers) ChatStream(context.Context, ChatRequest) (*rest.Stream, error) {
	r, w := io.Pipe()
	go func() {
		_, _ = io.WriteString(w, ": comment\nid: 7\nevent: part\ndata: {\"delta\":\ndata: \"a\"}\n\n")
		<-h.next // the first event is read before the second is written
		_, _ = io.WriteString(w, "data: {\"delta\":\"b\"}\r\n\r\ndata: [DONE]\n\n")
		_ = w.Close()
	}()
	return &rest.Stream{Body: r}, nil
}

func (handlers) List(ctx context.Context) ([]string, error) {
	rest.ResponseHeader(ctx).Set("Link", "<next>")
	return []string{"x"}, nil
}

func TestAnswers(t *testing.T) {
	h := handlers{next: make(chan bool)}
	server, err := NewServer(Handlers{API: h})
	if err != nil {
		t.Fatal(err)
	}
	var seen http.Header
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = r.Header
		switch r.URL.Path {
		case "/picture":
			w.Header().Set("Content-Type", "image/png")
			_, _ = io.WriteString(w, "png")
		case "/note":
			_, _ = io.WriteString(w, "note")
		case "/untold":
			_, _ = io.WriteString(w, "a body all the same")
		case "/times":
			_, _ = io.WriteString(w, r.Header.Get("X-Body"))
		default:
			server.ServeHTTP(w, r)
		}
	}))
	defer api.Close()
	client, err := NewClient(api.URL)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()

	whole, err := client.API.Chat(ctx, ChatRequest{})
	if err != nil || *whole.Text != "whole" {
		t.Errorf("%+v %v", whole, err)
	}
	stream, err := client.API.ChatStream(ctx, ChatRequest{})
	if err != nil || seen.Get("Accept") != "text/event-stream" || stream.ContentType != "text/event-stream" {
		t.Fatal(stream, err, seen)
	}
	var deltas []string
	for d, err := range rest.JSONEvents[Delta](stream) {
		if err != nil {
			t.Fatal(err)
		}
		if deltas = append(deltas, *d.Delta); len(deltas) == 1 {
			close(h.next)
		}
	}
	if strings.Join(deltas, "") != "ab" {
		t.Error(deltas)
	}

	picture, err := client.API.GetPicture(ctx)
	if err != nil || !strings.HasPrefix(seen.Get("Accept"), "image/png") {
		t.Error(err, seen)
	}
	_ = picture.Body.Close()
	if _, err := client.API.GetNote(ctx); err != nil || !strings.HasPrefix(seen.Get("Accept"), "text/markdown") {
		t.Error(err, seen)
	}

	var res http.Response
	list, err := client.API.List(rest.WithHeader(rest.WithResponse(ctx, &res), "Idempotency-Key", "k"))
	body, _ := io.ReadAll(res.Body)
	if err != nil || len(list) != 1 || res.Header.Get("Link") != "<next>" || res.StatusCode != 200 || string(body) != `["x"]` {
		t.Errorf("%v %v %+v %s", list, err, res, body)
	}
	if seen.Get("Idempotency-Key") != "k" {
		t.Error(seen)
	}
	if _, err := client.API.List(rest.WithHeader(ctx, "X", "a\nb")); err == nil {
		t.Error("a line break in a header")
	}
	err = client.API.Untold(rest.WithResponse(ctx, &res))
	if body, _ := io.ReadAll(res.Body); err != nil || string(body) != "a body all the same" {
		t.Errorf("%s %v", body, err)
	}
}

func TestTimesWithoutZone(t *testing.T) {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Header.Get("X-Body"))
	}))
	defer api.Close()
	client, err := NewClient(api.URL)
	if err != nil {
		t.Fatal(err)
	}
	want := time.Date(2020, 2, 3, 4, 5, 6, 0, time.UTC)
	const text = "2020-02-03T04:05:06"
	out, err := client.API.Times(rest.WithHeader(context.Background(), "X-Body", `{"at":"`+text+`","text":"`+text+`",`+
		`"list":["2020-02-03T04:05:06Z","2020-02-03 04:05:06"],"more":{"x":"2020-02-03T05:05:06+0100"},`+
		`"open":{"at":"`+text+`","other":"`+text+`"},"either":{"at":"`+text+`"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if !out.At.Equal(want) || *out.Text != text || !out.List[0].Equal(want) || !out.List[1].Equal(want) || !out.More["x"].Equal(want) ||
		!out.Open.At.Equal(want) || out.Open.AdditionalProperties["other"] != text {
		t.Errorf("%+v", out)
	}
	if either, err := out.Either.AsAt(); err != nil || !either.At.Equal(want) {
		t.Errorf("%+v %v", either, err)
	}
	_, err = client.API.Times(rest.WithHeader(context.Background(), "X-Body", `{"at":"yesterday"}`))
	var wrong *rest.DecodeError
	if !errors.As(err, &wrong) || string(wrong.Body) != `{"at":"yesterday"}` {
		t.Error(err)
	}
}
