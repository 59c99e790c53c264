// Package grafana emits a dashboard of the metrics that generated clients and servers export.
package grafana

import (
	"bytes"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/templates"
)

// Target is --emit grafana.
func Target() *config.Target {
	return &config.Target{
		Name:    "grafana",
		Summary: "a Grafana dashboard with a panel for each limit",
		Render:  render,
	}
}

func render(in *config.Input, _ config.Options) ([]config.File, error) {
	var out bytes.Buffer
	if err := templates.Config("grafana", nil).ExecuteTemplate(&out, "dashboard.json.tmpl", newDashboard(in)); err != nil {
		return nil, err
	}
	return []config.File{{Name: "dashboard.json", Data: out.Bytes()}}, nil
}
