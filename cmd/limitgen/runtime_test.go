package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/limitgen/limitgen/templates"
)

// Runs for outputs that share their packages, and checks between them, take turns; under -race,
// too.
func TestRunsThatShareTakeTurns(t *testing.T) {
	packages := templates.Packages
	defer func() { templates.Packages = packages }()
	templates.Packages = func() []templates.Package { return smallRuntime("1") }
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module example.com/x\n",
		"api.yaml": `openapi: 3.0.3
info: {title: Shop, version: "1"}
paths:
  /orders:
    get:
      operationId: listOrders
      responses:
        "200": {description: ok}
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	try := func(args ...string) {
		var out, errs bytes.Buffer
		if code := run(args, strings.NewReader(""), &out, &errs); code != exitOK {
			t.Errorf("%v: code %d\n%s%s", args, code, out.String(), errs.String())
		}
	}
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			out := filepath.Join(dir, "gen", fmt.Sprint("api", i))
			args := []string{"generate", "--quiet", "--spec", dir + "/api.yaml", "--out", out, "--runtime", dir + "/gen"}
			for round := range 4 {
				if more := []string{"--emit", "limits"}; (round+i)%2 == 0 {
					try(append(args, more...)...)
				} else {
					try(args...)
				}
				try("check", out)
			}
		}()
	}
	wg.Wait()
	try("check", dir)
}
