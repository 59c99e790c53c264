package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/meaning/rest"
)

type handlers struct{ Unimplemented }

var target Target

func (handlers) SaveTarget(_ context.Context, body Target) (*Target, error) {
	target = body
	return &body, nil
}

func (handlers) SaveAnimal(_ context.Context, body Animal) ([]Animal, error) {
	return []Animal{body, AnimalFromDog(Dog{Lives: rest.Ptr[int64](1)})}, nil
}

func (handlers) SaveBlock(context.Context, Block) error { return nil }

func TestDiscriminator(t *testing.T) {
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
	for _, c := range []struct {
		target     Target
		kind, text string
	}{
		{TargetFromWebTarget(WebTarget{URL: "u"}), "nginx", `{"target_kind":"nginx","url":"u"}`},
		{TargetFromWebTarget(WebTarget{TargetKind: "apache", URL: "u"}), "apache", `{"target_kind":"apache","url":"u"}`},
		{TargetFromWebTarget(WebTarget{TargetKind: "caddy", URL: "u"}), "caddy", `{"target_kind":"caddy","url":"u"}`},
		{TargetFromWebTarget(WebTarget{TargetKind: "shell", URL: "u"}), "nginx", `{"target_kind":"nginx","url":"u"}`},
		{TargetFromShellTarget(ShellTarget{Host: "h"}), "shell", `{"target_kind":"shell","host":"h"}`},
	} {
		text, err := json.Marshal(c.target)
		if err != nil || string(text) != c.text || c.target.Kind() != c.kind {
			t.Errorf("%s %v, kind %q", text, err, c.target.Kind())
		}
		out, err := client.API.SaveTarget(ctx, c.target)
		if err != nil {
			t.Fatal(err)
		}
		_, web := out.AsWebTarget()
		_, shell := out.AsShellTarget()
		if out.Kind() != c.kind || target.Kind() != c.kind || (web == nil) == (shell == nil) || (shell == nil) != (c.kind == "shell") {
			t.Errorf("%s: %q, %v, %v", c.text, out.Kind(), web, shell)
		}
	}
	animals, err := client.API.SaveAnimal(ctx, AnimalFromCat(Cat{}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := animals[0].AsDog(); err == nil || animals[0].Kind() != "Cat" || animals[1].Kind() != "Dog" {
		t.Errorf("%+v: %v", animals, err)
	}
	if dog, err := animals[1].AsDog(); err != nil || *dog.Lives != 1 || *dog.Species != "Dog" {
		t.Errorf("%+v %v", dog, err)
	}
	if err := client.API.SaveBlock(ctx, BlockFromOption2(BlockOption2{Type: "image", URL: "u"})); err != nil {
		t.Error(err)
	}
	for _, c := range []struct {
		path, body string
		status     int
	}{
		{"/animals", `{"species":"Cat","lives":9}`, 200},
		{"/animals", `{"species":"Bird"}`, 400},
		{"/animals", `{"species":1}`, 400},
		{"/animals", `{"lives":9}`, 400}, // fits both, and says nothing
		{"/animals", `{"species":"Dog","lives":"nine"}`, 400},
		{"/targets", `{"target_kind":"nginx","host":"h"}`, 400}, // the words of the other
		{"/targets", `{"target_kind":"WebTarget","url":"u"}`, 400},
		{"/blocks", `{"type":"text","text":"t"}`, 204},
		{"/blocks", `{"type":"text","url":"u"}`, 400},
		{"/blocks", `{"type":"image","data":"d"}`, 204}, // one of the two that the value means
		{"/blocks", `{"type":"image","text":"t"}`, 400},
	} {
		req, err := http.NewRequest("PUT", api.URL+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if res.Body.Close(); res.StatusCode != c.status {
			t.Errorf("%s: %d", c.body, res.StatusCode)
		}
	}
}
