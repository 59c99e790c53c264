package generator_test

import (
	"bytes"
	"context"
	"net/http/httptest"
	"path"
	"strconv"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/emit"
	"github.com/limitgen/limitgen/generator/emit/golang"
	"github.com/limitgen/limitgen/templates"
	"github.com/limitgen/limitgen/templates/ratelimit"
	"github.com/limitgen/limitgen/templates/rest"
)

// Every companion stands in its folder under its folder's name, and says nothing of where it comes
// from.
func TestCompanions(t *testing.T) {
	o := generator.Options{Spec: example, Package: "api", ImportPath: "example.com/x"}
	o.Data = bytes.Replace(read(t, example), []byte("operationId: createUsers"), []byte("operationId: createUsers\n      x-grpc-method: im.Users/Create"), 1)
	folders := make(map[string]bool)
	folders["ratelimit"], folders["rest"] = true, true
	for _, c := range emit.Companions() {
		folders[c.Folder] = true
		switch c.Flag {
		case "observe":
			o.Observe = append(o.Observe, c.Name)
		case "rpc":
			o.RPC = append(o.RPC, c.Name)
		default:
			o.Store = append(o.Store, c.Name)
		}
	}
	result, diags := generator.Generate(context.Background(), o)
	if result == nil {
		t.Fatal(diags)
	}
	seen := make(map[string]bool)
	for _, f := range result.Files {
		folder := path.Dir(f.Name)
		if !folders[folder] {
			continue
		}
		seen[folder] = true
		text := string(f.Data)
		if !strings.HasPrefix(text, golang.Header+"\n\n") ||
			!strings.Contains(text, "\npackage "+folder+"\n") || strings.Contains(text, "go:build") ||
			strings.Contains(text, templates.Path) {
			t.Errorf("%s begins\n%.300s", f.Name, text)
		}
	}
	if len(seen) != len(folders) {
		t.Errorf("emitted %v of %v", seen, folders)
	}
}

// What the output exposes by itself, its observers show under the same names, and say the same of
// it.
func TestObserversAgreeWithExposition(t *testing.T) {
	w := httptest.NewRecorder()
	rest.PrometheusHandler(seen{{API: "a", Role: "client", Limit: "l"}}).ServeHTTP(w,
		httptest.NewRequest("GET", "/", nil))
	n := 0
	for line := range strings.Lines(w.Body.String()) {
		text, ok := strings.CutPrefix(line, "# HELP ")
		if !ok {
			continue
		}
		n++
		name, help, _ := strings.Cut(strings.TrimSpace(text), " ")
		dotted := strings.TrimSuffix(strings.TrimSuffix(strings.Replace(name, "limitgen_limit_", "limitgen.limit.", 1), "_total"), "_seconds")
		for folder, name := range map[string]string{"promobserver": name, "otelobserver": dotted} {
			if text := whole(folder); !strings.Contains(text, strconv.Quote(name)) ||
				!strings.Contains(text, strconv.Quote(help)) {
				t.Errorf("%s does not say %s: %s", folder, name, help)
			}
		}
	}
	if n == 0 {
		t.Error("nothing is exposed")
	}
}

// seen stands for a client.
type seen []ratelimit.LimitMetrics

func (s seen) LimitMetrics() []ratelimit.LimitMetrics { return s }

// whole returns all the text of a companion.
func whole(folder string) string {
	var b strings.Builder
	for _, f := range templates.Files(folder) {
		b.Write(f.Body)
	}
	return b.String()
}
