// Package prometheus emits recording and alert rules over the metrics that generated clients and
// servers export, and unit tests of them for promtool.
package prometheus

import (
	"bytes"
	"path/filepath"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/templates"
)

// Target is --emit prometheus.
func Target() *config.Target {
	return &config.Target{
		Name:    "prometheus",
		Summary: "Prometheus rules: clients near a limit, servers that refuse a lot",
		Render:  render,
		Check: &config.Check{Program: "promtool", Args: func(dir string) []string {
			return []string{"check", "rules", "--lint-fatal", filepath.Join(dir, "rules.yml")}
		}},
	}
}

func render(in *config.Input, o config.Options) ([]config.File, error) {
	p := newPage(in, o)
	t := templates.Config("prometheus", nil)
	var files []config.File
	for _, name := range []string{"rules.yml", "rules_test.yml"} {
		var out bytes.Buffer
		if err := t.ExecuteTemplate(&out, name+".tmpl", p); err != nil {
			return nil, err
		}
		files = append(files, config.File{Name: name, Data: out.Bytes()})
	}
	return files, nil
}
