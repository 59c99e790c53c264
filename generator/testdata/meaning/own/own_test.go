package api

import (
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/meaning/ratelimit"
	"example.com/meaning/rest"
)

// api is called as the spec's author might call it; all schemas keep their names beside it.
type handlers struct{ APIUnimplemented }

func (handlers) ListClients(_ context.Context, scope APIScope, params ListClientsParams) (*Limits, error) {
	if params.Next != nil {
		return &Limits{Items: []Client{{Name: scope.Opts + scope.BaseURL + scope.Rest + scope.Err}}}, nil
	}
	return &Limits{Items: []Client{{Name: "first"}}, Next: rest.Ptr("2")}, nil
}

func (handlers) Everything(_ context.Context, scope APIScope, at, until time.Time, ctx, c, r, x, e, res, out, body, params, str, null, typ, restParam,
	limiter, limits string, client Client, more EverythingParams) (*EverythingResult, error) {
	name := fmt.Sprint(at.Year(), until.Year(), ctx, c, r, x, e, res, out, body, params, str, null, typ, restParam, limiter, limits, more.Since.Year(), scope.Err)
	return &EverythingResult{StatusCode: 200, OK: &Client{Name: client.Name + name, Plan: rest.Ptr(PlansBig)}}, nil
}

func (handlers) SendBatch(context.Context, Handlers) error { return nil }

func (handlers) Unimplemented(_ context.Context, n int64) (*Unimplemented, error) {
	return &Unimplemented{N: n}, nil
}

func (handlers) Upload(_ context.Context, body UploadRequest) (*File, error) {
	data, err := io.ReadAll(body.File.Content)
	return &File{Name: rest.Ptr(body.File.Name + string(data))}, err
}

func TestSchemasKeepTheirNames(t *testing.T) {
	var all APIHandlers
	all.API, all.Usage, all.Limits, all.SnapshotGroup = handlers{}, handlers{}, handlers{}, handlers{}
	server, err := NewAPIServer(all)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server)
	defer web.Close()
	amounts, err := ReadAPIOverrides(strings.NewReader(`{"each": {"quota": 50}}`))
	if err != nil {
		t.Fatal(err)
	}
	client, err := NewAPI2Client(web.URL, "a", "b", "c", "d", rest.WithPlan("big"), rest.WithOverrides(amounts))
	if err != nil {
		t.Fatal(err)
	}
	var limits []ratelimit.Limit = APILimits()
	if s := client.Snapshot(); len(limits) != 2 || len(APIPlans()) != 1 || s[0].Quota != 50 {
		t.Error(limits, APIPlans(), s)
	}

	var names []string
	for c, err := range client.API.ListClientsAll(t.Context(), ListClientsParams{}) {
		names = append(names, fmt.Sprint(c.Name, err))
	}
	if strings.Join(names, " ") != "first<nil> abcd<nil>" {
		t.Error(names)
	}
	day := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	made, err := client.API.Everything(t.Context(), day, day.AddDate(1, 0, 0), "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15",
		Client{Name: "new "}, EverythingParams{Since: rest.Ptr(day.AddDate(2, 0, 0))})
	if err != nil || made.OK == nil || !strings.HasPrefix(made.OK.Name, "new 2001 2002") || !strings.HasSuffix(made.OK.Name, "d") {
		t.Errorf("%+v %v", made, err)
	}
	parts := 0
	for part, err := range client.Usage.SendBatchInParts(t.Context(), Handlers{To: []string{"a", "b", "c"}}, 0) {
		if err != nil {
			t.Error(part, err)
		}
		parts++
	}
	if parts != 2 {
		t.Error(parts, "parts")
	}
	if out, err := client.Limits.Unimplemented(t.Context(), 7); err != nil || out.N != 7 {
		t.Error(out, err)
	}
	file := rest.File{Name: "f", Content: strings.NewReader("data")}
	if out, err := client.SnapshotGroup.Upload(t.Context(), UploadRequest{File: file, Of: &File{}}); err != nil || *out.Name != "fdata" {
		t.Error(out, err)
	}
	_ = []any{NewClient{Scope: ScopeRead}, APIClient(""), NewServer{}, Server{}, OptionFromString("x"), Operation{}, ReadOverrides{}, Charge{}, Rest{}, Time{},
		Ratelimit{}, Union{}, String(""), Error{}}
}
