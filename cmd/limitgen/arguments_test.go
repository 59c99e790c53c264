package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// Every flag that a manifest records comes back from there, and the command that mends an output
// says it again. A new flag needs a value here.
func TestEveryArgumentComesBack(t *testing.T) {
	values := map[string]string{
		"spec": "specs/my api.yaml", "out": "gen/shop", "package": "other", "emit": "client,json,nginx", "overlay": "more.yaml",
		"allow-approximate": "true", "base-path": "/v2", "identity-header": "X-User", "plan-header": "X-Plan", "plan": "pro",
		"nginx-mode": "queue", "haproxy-seconds": "fixed", "keys": "7", "api-name": "shop_api",
		"observe": "slog,otel", "store": "rls", "rpc": "grpc", "runtime": "gen", "strict": "true", "import-path": "example.com/gen/shop",
		"on": "2026-09-02",
	}
	parse := func(words []string) *arguments {
		a := newArguments()
		fs := pflag.NewFlagSet("", pflag.ContinueOnError)
		addFlags(fs, a.flags)
		if err := fs.Parse(words); err != nil {
			t.Fatal(err)
		}
		if err := a.flags.Check(); err != nil {
			t.Fatal(err)
		}
		return a
	}
	t.Chdir(t.TempDir())
	for _, f := range newArguments().flags {
		value, ok := values[f.Name]
		if !ok {
			t.Errorf("--%s has no value in this test", f.Name)
			continue
		}
		words := []string{"--spec=api.yaml", "--out=gen/one", "--" + f.Name + "=" + value}
		a := parse(words)
		recorded, err := a.flags.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		if member := strings.ReplaceAll(f.Name, "-", "_"); f.Unrecorded == strings.Contains(string(recorded), `"`+member+`":`) {
			t.Errorf("--%s: recorded %s", f.Name, recorded)
		}
		if again, err := parse(a.flags.Words()).flags.MarshalJSON(); err != nil || string(again) != string(recorded) {
			t.Errorf("--%s: %q records %s, %v, not %s", f.Name, a.flags.Words(), again, err, recorded)
		}
		back := newArguments()
		back.out = a.out
		if err := back.flags.UnmarshalJSON(recorded); err != nil {
			t.Fatal(err)
		}
		if again, err := back.flags.MarshalJSON(); err != nil || string(again) != string(recorded) {
			t.Errorf("--%s: comes back as %s, %v, not %s", f.Name, again, err, recorded)
		}
		if got := back.flags.Words(); !slices.Equal(got, a.flags.Words()) {
			t.Errorf("--%s: %q is spelt %q when it comes back", f.Name, a.flags.Words(), got)
		}
	}
	if filepath.Separator == '/' && !strings.Contains(parse([]string{"--spec=my api.yaml", "--out=gen/x"}).command("my api.yaml"), "--spec 'my api.yaml'") {
		t.Error("a path with a space is not quoted")
	}
}
