// Package emit is the registry of outputs: configuration for engines that enforce, monitor or
// document limits, and companion packages; with what each of them can express.
package emit

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/emit/config/envoy"
	"github.com/limitgen/limitgen/generator/emit/config/grafana"
	"github.com/limitgen/limitgen/generator/emit/config/haproxy"
	"github.com/limitgen/limitgen/generator/emit/config/neutral"
	"github.com/limitgen/limitgen/generator/emit/config/nginx"
	"github.com/limitgen/limitgen/generator/emit/config/prometheus"
	"github.com/limitgen/limitgen/generator/emit/config/reference"
	"github.com/limitgen/limitgen/generator/fileset"
	"github.com/limitgen/limitgen/generator/model"
)

// ConfigDir contains the folders of configuration, one for each target.
const ConfigDir = "config"

// Targets returns the kinds of configuration that can be emitted, in the order in which they are
// listed and recorded.
func Targets() []*config.Target {
	return []*config.Target{
		neutral.Target(),
		envoy.Service(),
		envoy.Global(),
		envoy.Local(),
		nginx.Target(),
		haproxy.Target(),
		prometheus.Target(),
		grafana.Target(),
		reference.Markdown(),
		reference.HTML(),
	}
}

// Config renders the targets among emit. A limit that one of them cannot express is an error,
// unless the user allowed approximations. left names the limits that a target omits.
func Config(
	api *model.API, emit []string, o config.Options,
) (files []fileset.File, left map[string][]string, diags diag.List) {
	table, enforced, diags := inputs(api, o)
	if diags.HasErrors() {
		return nil, nil, diags
	}
	left = make(map[string][]string)
	for _, t := range Targets() {
		if !slices.Contains(emit, t.Name) {
			continue
		}
		in := table
		if t.Bound != nil {
			in = enforced
		}
		if more := inexpressible(t, in, o, "--emit"); len(more) > 0 {
			diags = append(diags, more...)
			continue
		}
		for _, l := range config.LeftOut(in, gaps(t, in, o)) {
			left[t.Name] = append(left[t.Name], l.Name)
		}
		rendered, err := t.Render(in, o)
		if err != nil {
			diags.Errorf(diag.Position{File: api.Source}, "internal",
				"%s cannot be rendered, which is a bug of limitgen: %v", t.Name, err)
			continue
		}
		for _, f := range rendered {
			files = append(files, fileset.File{Name: path.Join(ConfigDir, t.Name, f.Name), Data: f.Data})
		}
	}
	return files, left, diags
}

// inputs returns the API as its spec has it, and as gateways enforce it: with the figures of a
// plan, and with identities in a header.
func inputs(api *model.API, o config.Options) (table, enforced *config.Input, diags diag.List) {
	changed, diags := config.Enforced(api, o)
	if diags.HasErrors() {
		return nil, nil, diags
	}
	return config.NewInput(api), config.NewInput(changed), nil
}

// inexpressible reports the gaps that the user has not allowed, one error for each limit and
// reason. flag is the command-line flag that asked for t.
func inexpressible(t *config.Target, in *config.Input, o config.Options, flag string) diag.List {
	var diags diag.List
	type reason struct {
		limit        *model.Limit
		why, instead string
	}
	var order []reason
	seen := make(map[reason]bool)
	routes := make(map[reason][]*config.Route)
	for _, g := range gaps(t, in, o) {
		if o.AllowApproximate && g.Instead != "" {
			continue
		}
		key := reason{g.Limit, g.Why, g.Instead}
		if !seen[key] {
			seen[key] = true
			order = append(order, key)
		}
		switch {
		case g.Route != nil:
			routes[key] = append(routes[key], g.Route)
		case g.Limit != nil:
			routes[key] = in.Uses(g.Limit)
		}
	}
	for _, r := range order {
		pos, what := diag.Position{File: in.API.Source}, "the API"
		if r.limit != nil {
			pos, what = r.limit.Pos, fmt.Sprintf("limit %q", r.limit.Name)
		} else if len(routes[r]) > 0 {
			pos = routes[r][0].Pos
		}
		help := "leave " + t.Name + " out of " + flag
		if r.instead != "" {
			help = "with --allow-approximate, " + r.instead
		}
		diags.Errorf(pos, "inexpressible", "%s cannot express %s%s: %s; %s", t.Name, what,
			places(routes[r]), r.why, help)
	}
	return diags
}

// places names the first few routes with their positions.
func places(routes []*config.Route) string {
	const shown = 3
	if len(routes) == 0 {
		return ""
	}
	var parts []string
	for _, r := range routes[:min(shown, len(routes))] {
		parts = append(parts, fmt.Sprintf("%s (%s)", r.ID, r.Pos))
	}
	text := " at " + strings.Join(parts, ", ")
	if more := len(routes) - shown; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
