package api

import (
	"context"
	"net/http/httptest"
	"slices"
	"testing"

	"example.com/meaning/rest"
)

type handlers struct {
	Unimplemented
	got *Job
}

func (h handlers) CreateJob(_ context.Context, body Job) (*Job, error) {
	*h.got = body
	return &Job{Name: "answer"}, nil
}

func (handlers) SendForm(_ context.Context, body SendFormRequest) (*SendFormResponse, error) {
	return &SendFormResponse{Size: *body.Size, Note: *body.Note}, nil
}

// TestDefaultsOfProperties: a handler gets them where a client leaves them out, at any depth, and
// an answer stays as the handler made it.
func TestDefaultsOfProperties(t *testing.T) {
	var got Job
	server, err := NewServer(Handlers{API: handlers{got: &got}})
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
	answer, err := client.API.CreateJob(ctx, Job{Name: "n", Steps: []JobStepsItem{{}, {Wait: rest.Ptr(2.0), Last: rest.Ptr(false)}}})
	if err != nil {
		t.Fatal(err)
	}
	if answer.Size != nil || answer.Mode != nil || answer.Tags != nil {
		t.Errorf("the answer was filled: %+v", answer)
	}
	if got.Size == nil || *got.Size != 10 || *got.Mode != JobModeSlow || !slices.Equal(got.Tags, []string{"a", "b"}) {
		t.Errorf("%+v", got)
	}
	if s := got.Steps; len(s) != 2 || *s[0].Wait != 0.5 || !*s[0].Last || *s[1].Wait != 2 || *s[1].Last {
		t.Errorf("%+v", s)
	}
	if got.Wrong != nil || *got.Either != "x" || got.Made != nil {
		t.Errorf("%+v", got)
	}
	null := Job{Name: "n"}
	null.Null.Either = true
	if _, err := client.API.CreateJob(ctx, null); err != nil || got.Either != nil || !got.Null.Either {
		t.Errorf("null became the default: %v %+v", err, got)
	}
	if _, err := client.API.CreateJob(ctx, Job{Name: "n", Size: rest.Ptr[int64](7), Tags: []string{}}); err != nil || *got.Size != 7 || len(got.Tags) != 0 {
		t.Errorf("%v %+v", err, got)
	}
	form, err := client.API.SendForm(ctx, SendFormRequest{})
	if err != nil || form.Size != 3 || form.Note != "say \"hi\"\n`now`" {
		t.Errorf("%v %+v", err, form)
	}
}
