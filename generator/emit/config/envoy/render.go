package envoy

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"text/template"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/emit/quote"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/templates"
)

// files returns the templates. Their blocks of YAML start at the left margin and are indented where
// they are put.
func files() *template.Template {
	return templates.Config("envoy", template.FuncMap{"indent": indent, "trim": strings.TrimSpace})
}

// A view is what the templates show.
type view struct {
	Head, Notes []string
	Name        string // the domain of the rate limit service
	Space       string // begins the names of filters, and is that of their metadata
	Limits      []*limitView
	Keys        int    // expected at a time
	Most        int64  // of the dynamic descriptors of one limit
	Service     bool   // whether a rate limit service counts
	Lua         string // the filter's source

	// Blocks of YAML, rendered on their own.
	Connection, LuaFilter, Filter, Host, Cluster string
}

func newView(t *config.Target, in *config.Input, o config.Options) *view {
	if t.Name != "envoy-local" {
		t.Bound = boundIn(in)
	}
	v := &view{
		Head: config.Head(t, in, o), Name: quote.YAML(domain(in.API)), Space: space(in.API), Keys: o.Keys,
	}
	uses, gaps := int64(1), make(map[*model.Limit][]config.Gap)
	for _, g := range t.Gaps(in, o) {
		gaps[g.Limit] = append(gaps[g.Limit], g)
	}
	for _, l := range in.Limits {
		v.Limits = append(v.Limits, newLimitView(in, l, gaps[l]))
		for _, p := range in.Planned(l, o) {
			v.Limits = append(v.Limits, newPlannedView(in, l, p))
		}
		if slices.Contains(l.Per, "operation") {
			uses = max(uses, int64(len(in.Uses(l))))
		}
	}
	v.Most = min(int64(o.Keys)*uses, largestQuota)
	return v
}

// block renders one of the templates' blocks.
func block(t *template.Template, name string, data any) (string, error) {
	var b bytes.Buffer
	err := t.ExecuteTemplate(&b, name, data)
	return b.String(), err
}

// assemble renders the blocks that the files of both Envoy targets are put together from.
func (v *view) assemble(
	t *template.Template, in *config.Input, o config.Options, kind string,
) error {
	var err error
	s := newScript(in, o)
	if v.Service = kind == "global"; !v.Service {
		s.refills(in, o)
	}
	if v.Lua, err = block(t, "lua", s); err != nil {
		return err
	}
	for _, b := range []struct {
		name string
		to   *string
	}{
		{"connection", &v.Connection}, {"lua-filter", &v.LuaFilter}, {kind + "-filter", &v.Filter},
		{kind + "-host", &v.Host}, {kind + "-cluster", &v.Cluster},
	} {
		if *b.to, err = block(t, b.name, v); err != nil {
			return err
		}
	}
	return nil
}

// render writes files, each by the template of its name.
func (v *view) render(t *template.Template, names ...string) ([]config.File, error) {
	var out []config.File
	for _, name := range names {
		text, err := block(t, name+".tmpl", v)
		if err != nil {
			return nil, err
		}
		_, name, _ = strings.Cut(name, "_")
		out = append(out, config.File{Name: name, Data: []byte(text)})
	}
	return out, nil
}

func renderService(in *config.Input, o config.Options) ([]config.File, error) {
	return newView(Service(), in, o).render(files(), "service_limits.yaml")
}

func renderGlobal(in *config.Input, o config.Options) ([]config.File, error) {
	return renderEnvoy(newView(Global(), in, o), in, o, "global")
}

func renderLocal(in *config.Input, o config.Options) ([]config.File, error) {
	return renderEnvoy(newView(Local(), in, o), in, o, "local")
}

func renderEnvoy(v *view, in *config.Input, o config.Options, kind string) ([]config.File, error) {
	t := files()
	if err := v.assemble(t, in, o, kind); err != nil {
		return nil, err
	}
	v.Notes = append(slices.Clone(notes[kind]), about(in)...)
	v.Notes = append(v.Notes,
		"Several APIs fit into one Envoy: all names have the API's in them. Each API has its two filters in the chain, and its limits",
		"in its own virtual hosts; in those of others, its Lua filter is better left out:",
		"  typed_per_filter_config:",
		"    "+v.Space+".lua: {\"@type\": type.googleapis.com/envoy.extensions.filters.http.lua.v3.LuaPerRoute, disabled: true}")
	return v.render(t, "envoy_limits.yaml", "envoy_example.yaml", "envoy_istio.yaml")
}

// about says how the filters read what a limit counts by.
func about(in *config.Input) []string {
	var out []string
	if in.Addresses() && in.AddressBits() < 128 {
		out = append(out, fmt.Sprintf("An IPv6 client is its network of %d bits, an IPv4 one its address.", in.AddressBits()))
	}
	if slices.ContainsFunc(in.Limits, func(l *model.Limit) bool { return alternatives(in, l) > 1 }) {
		out = append(out, "A request with credentials of several alternatives counts for each: which one the API accepts is not known here.")
	}
	if in.Values() {
		out = append(out, config.Invalid)
	}
	return out
}

// notes say what an operator must know of each kind of filter.
var notes = map[string][]string{
	"global": {
		"Needs Envoy 1.33 or later, and a rate limit service (envoyproxy/ratelimit) of 2025 or later, which knows costs. It reads",
		"../ratelimit/limits.yaml, and debits every limit of a request, even when one of them refuses it: a refused cost of 600",
		"may keep smaller ones out until the window ends.",
		"When the service does not answer, requests are refused with 503; failure_mode_deny: false lets them pass uncounted.",
		"The domain is the API's name: that of the package, unless --api-name gave another.",
	},
	"local": {
		"Needs Envoy 1.34 or later. Each Envoy process counts by itself: three proxies let three times as much pass. Buckets are",
		"forgotten with the process, and the least recently used ones when there are more than max_dynamic_descriptors for a",
		"limit; both start full again. A request that one limit refuses may have been debited to another.",
	},
}
