package compat_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator/compat"
)

// TestPlacesOfWebhooks adds a webhook in front of another, whose constant is another number then.
func TestPlacesOfWebhooks(t *testing.T) {
	if testing.Short() {
		t.Skip("reads the standard library's source")
	}
	const one = `openapi: 3.1.0
info: {title: W, version: "1"}
paths: {}
webhooks:
  gone: {post: {operationId: gone, responses: {"204": {description: ok}}}}
`
	added := strings.Replace(one, "  gone:", "  added: {put: {operationId: added, responses: {\"204\": {description: ok}}}}\n  gone:", 1)
	was, is := render(t, "w.yaml", []byte(one)), render(t, "w.yaml", []byte(added))
	if is.API.Webhooks[0].ID != "added" {
		t.Fatal("the new webhook is not in front")
	}
	found, err := compat.Go(was.API, is.API, was.Files, is.Files, "api")
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 || !strings.Contains(found[0].Text, "WebhookHandlers.Added") {
		t.Error("found", found)
	}
	if back, err := compat.Go(is.API, was.API, is.Files, was.Files, "api"); err != nil || strings.Contains(fmt.Sprint(back), "value changed") {
		t.Error(back, err)
	}
	for _, c := range compat.Diff(was.Files, is.Files) {
		if strings.Contains(c.String(), "const") {
			t.Error(c)
		}
	}
}
