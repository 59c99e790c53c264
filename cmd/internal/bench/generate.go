package main

import (
	"bytes"
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"
)

const (
	out     = "out"
	modules = "github.com/limitgen/limitgen/cmd/internal/bench/" + out
)

//go:embed peers/*.tmpl
var sources embed.FS

// peer is a generator in one configuration. Its packages pets and routes are in a folder of its
// name, and beside them the adapter that the measuring program calls.
type peer struct {
	name     string
	adapter  string
	generate func(c commands, p *peer, spec, pkg, to string) error
	with     string // limits or a configuration
}

var peers = []*peer{
	{"lg0", "limitgen", limitgen, ""},
	{"lg1", "limitgen", limitgen, "1"},
	{"lg3", "limitgen", limitgen, "3"},
	{"ogen", "ogen", ogen, ""},
	{"ogenplain", "ogen", ogen, "spec/ogen-plain.yaml"},
	{"oapi", "oapi", oapi, ""},
}

// generate writes everything below out. With keep the peers' stays, which takes most of the time.
func (c commands) generate(keep bool) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(routesSpec, spell(routes()), 0o644); err != nil {
		return err
	}
	for _, p := range peers {
		for _, api := range []struct{ name, spec string }{{"pets", "spec/pets.yaml"}, {"routes", routesSpec}} {
			to := filepath.Join(out, p.name, api.name)
			if _, err := os.Stat(to); err == nil && keep && p.adapter != "limitgen" {
				continue
			}
			if err := p.generate(c, p, api.spec, api.name, to); err != nil {
				return err
			}
		}
		if err := p.adapt(); err != nil {
			return err
		}
	}
	return nil
}

func limitgen(c commands, p *peer, spec, pkg, to string) error {
	here := func(path string) string { return filepath.Join("cmd/internal/bench", path) }
	args := []string{"run", "-C", "../../..", "./cmd/limitgen", "generate", "--spec", here(spec), "--out", here(to), "--package", pkg,
		"--emit", "client,server,limits", "--runtime", here(filepath.Join(out, "run"))}
	if p.with != "" {
		args = append(args, "--overlay", here(fmt.Sprintf("spec/%s-%s.yaml", pkg, p.with)))
	}
	return c.run("go", args...)
}

func ogen(c commands, p *peer, spec, pkg, to string) error {
	args := []string{"tool", "ogen", "--loglevel", "error", "--target", to, "--package", pkg, "--clean"}
	if p.with != "" {
		args = append(args, "--config", p.with)
	}
	return c.run("go", append(args, spec)...)
}

func oapi(c commands, _ *peer, spec, pkg, to string) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	return c.run("go", "tool", "oapi-codegen", "--config", "spec/oapi.yaml", "--package", pkg, "-o", filepath.Join(to, "api.go"), spec)
}

// adapt writes the adapter of a peer.
func (p *peer) adapt() error {
	t, err := template.New("").Funcs(template.FuncMap{"title": title}).ParseFS(sources, "peers/*.tmpl")
	if err != nil {
		return err
	}
	var b bytes.Buffer
	data := map[string]any{"Name": p.name, "Import": modules + "/" + p.name, "Runtime": modules + "/run", "Routes": routes()}
	if err := t.ExecuteTemplate(&b, p.adapter+".tmpl", data); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, p.name, "adapter.go"), b.Bytes(), 0o644)
}

func title(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
