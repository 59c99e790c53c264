package generator_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/source"
)

// noServer is where an API is that has no server.
const noServer = "http://api.test/base"

// eachTable is the limits of an API that has none.
const eachTable = `x-rate-limits:
  version: 1
  limits: {each: {quota: 100, window: 1s, per: [client-ip, operation]}}
  default: {each: 1}
`

// program asks transport and middleware of each package for each operation, and prints those that
// are not found. %s are imports and rows.
const program = `package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"context"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/templates/rest"
%s)

type row struct{ method, url, path string; ids []string }

type none struct{}

func (none) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 204, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}

func try(name, base string, newTransport func(http.RoundTripper, ...rest.ClientOption) (*rest.Transport, error), newMiddleware func(...rest.ServerOption) (*rest.Middleware, error), rows []row) {
	found := ""
	options := []rest.ClientOption{rest.WithoutLimits(), rest.WithObserver(rest.Observer{Done: func(_ context.Context, e rest.CallEvent) { found = e.Operation }})}
	if base != "" {
		options = append(options, rest.WithBaseURL(base))
	}
	transport, err := newTransport(none{}, options...)
	if err != nil {
		fmt.Println(name, err)
		return
	}
	middleware, err := newMiddleware(rest.WithoutAuth(), rest.WithExempt(func(_ *http.Request, id string) bool { found = id; return true }))
	if err != nil {
		fmt.Println(name, err)
		return
	}
	handler := middleware.Handler(http.NotFoundHandler())
	for _, r := range rows {
		req, err := http.NewRequest(r.method, r.url, nil)
		if err != nil {
			fmt.Println(name, err)
			continue
		}
		found = ""
		if _, err := transport.RoundTrip(req); err != nil || !slices.Contains(r.ids, found) {
			fmt.Printf("%%s: the transport finds %%q for %%s %%s, which is %%s (%%v)\n", name, found, r.method, r.url, strings.Join(r.ids, " or "), err)
		}
		found = ""
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(r.method, r.path, nil))
		if !slices.Contains(r.ids, found) {
			fmt.Printf("%%s: the middleware finds %%q for %%s %%s, which is %%s\n", name, found, r.method, r.path, strings.Join(r.ids, " or "))
		}
	}
}

func main() {
%s}
`

var parameter = regexp.MustCompile(`\{[^{}]*\}`)

// rowsOf are requests for the operations of an API, as Go.
func rowsOf(api *model.API) string {
	shape := func(op *model.Operation) string {
		return op.HTTPMethod + " " + op.Server + parameter.ReplaceAllString(op.Path, "q-7z")
	}
	ids := make(map[string][]string) // of variants, and of templates that lint warns of as the same
	for _, op := range api.Operations {
		ids[shape(op)] = append(ids[shape(op)], op.ID)
	}
	var out strings.Builder
	for _, op := range api.Operations {
		path := strings.ReplaceAll(parameter.ReplaceAllString(op.Path, "q-7z"), " ", "%20")
		base := cmp.Or(op.Server, api.BaseURL, noServer)
		if strings.HasPrefix(base, "/") {
			base = noServer + base
		}
		fmt.Fprintf(&out, "\t\t{%q, %q, %q, %#v},\n", op.HTTPMethod, strings.TrimRight(base, "/")+path,
			op.BasePath+path, ids[shape(op)])
	}
	return out.String()
}

// TestLimitsAlone generates the limits of each file of a folder, CORPUS or spec/valid, and nothing
// else: all of it compiles, and finds each operation.
func TestLimitsAlone(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(cmp.Or(os.Getenv("CORPUS"), "../spec/valid"), "*.*"))
	if err != nil {
		t.Fatal(err)
	}
	here, err := filepath.Abs("testdata/alone")
	if err != nil {
		t.Fatal(err)
	}
	const path = "github.com/limitgen/limitgen/generator/testdata/alone"
	dir, replace := t.TempDir(), make(map[string]string) // files that the go command takes for others
	add := func(name string, data []byte) {
		at := filepath.Join(dir, fmt.Sprintf("%d.go", len(replace)))
		put(t, at, data)
		replace[filepath.Join(here, name)] = at
	}
	var imports, rows bytes.Buffer
	n := 0
	for _, file := range files {
		if ext := filepath.Ext(file); ext != ".yaml" && ext != ".yml" && ext != ".json" {
			continue
		}
		name := fmt.Sprintf("api%d", n)
		o := generator.Options{Spec: file, Data: read(t, file), Package: name, Emit: []string{"limits"}, ImportPath: path + "/" + name,
			RuntimePath: "github.com/limitgen/limitgen/templates"}
		if !bytes.Contains(o.Data, []byte("x-rate-limits")) {
			o.Overlay = []source.File{{Name: "limits.yaml", Data: []byte(eachTable)}}
		}
		result, diags := generator.Generate(context.Background(), o)
		if result == nil {
			t.Errorf("%s: %s", file, strings.Join(errorsOf(diags), "\n"))
			continue
		}
		n++
		for _, f := range result.Files {
			add(name+"/"+f.Name, f.Data)
		}
		fmt.Fprintf(&imports, "\t%s %q\n", name, path+"/"+name)
		base := ""
		if result.API.BaseURL == "" {
			base = noServer
		}
		fmt.Fprintf(&rows, "\ttry(%q, %q, %s.NewTransport, %s.NewMiddleware, []row{\n%s\t})\n",
			filepath.Base(file), base, name, name, rowsOf(result.API))
	}
	if n == 0 {
		t.Fatal("no files")
	}
	add("main.go", fmt.Appendf(nil, program, &imports, &rows))
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "overlay.json"), overlay)
	out, err := exec.Command("go", "run", "-overlay", filepath.Join(dir,
		"overlay.json"), "./testdata/alone").CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}
