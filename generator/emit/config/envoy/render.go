package envoy

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"text/template"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/templates"
)

// files are the templates. Their blocks of YAML stand at the left margin and are indented where they are put.
func files() *template.Template {
	return templates.Config("envoy", template.FuncMap{"indent": indent, "trim": strings.TrimSpace})
}

// A view is what the templates show.
type view struct {
	Head, Notes []string
	Name        string // of the API, for names of things
	Limits      []*limitView
	Keys        int    // expected at a time
	Most        int64  // of the dynamic descriptors of one limit
	Service     bool   // whether a rate limit service counts
	Lua         string // the filter's source

	// Blocks of YAML, rendered on their own.
	Connection, LuaFilter, Filter, Host, Cluster string
}

// A limitView is one limit.
type limitView struct {
	Name      string // quoted
	Comment   string
	Actions   []action
	Cost      string   // the quoted format of hits_addend; "" when every request counts 1
	Levels    []string // lines of the service's descriptors
	Quota     int64    // of a token bucket
	Capacity  int64
	Seconds   int64
	Addresses bool
}

// An action gives one entry of a descriptor.
type action struct {
	Key     string // of the entry, quoted
	Field   string // of the limit's metadata; "" for the caller's address
	Value   string // quoted value that a local descriptor asks for; "" for any
	Address bool
}

func newView(t *config.Target, in *config.Input, o config.Options) *view {
	if t.Name != "envoy-local" {
		t.Bound = boundIn(in)
	}
	v := &view{Head: config.Head(t, in, o), Name: yamlString(strings.ReplaceAll(in.API.Package, "_", "-")), Keys: o.Keys}
	uses := int64(1)
	for _, l := range in.Limits {
		v.Limits = append(v.Limits, newLimitView(in, l))
		if slices.Contains(l.Per, "operation") {
			uses = max(uses, int64(len(in.Uses(l))))
		}
	}
	v.Most = min(int64(o.Keys)*uses, largestQuota)
	return v
}

func newLimitView(in *config.Input, l *model.Limit) *limitView {
	v := &limitView{
		Name:    yamlString(l.Name),
		Comment: config.Line(fmt.Sprintf("%s: %s%s", l.Name, config.Quota(l), per(l))),
		Actions: []action{{Key: "limit", Field: "limit", Value: yamlString(l.Name)}},
		Quota:   min(l.Quota, largestQuota), Capacity: capacity(l), Seconds: l.Seconds,
	}
	if slices.Contains(l.Per, "operation") {
		v.Actions = append(v.Actions, action{Key: "operation", Field: "operation"})
	}
	if key := keyName(l); key != "" {
		v.Actions = append(v.Actions, action{Key: yamlString(key), Field: "key"})
	}
	if slices.Contains(l.Per, "client-ip") {
		v.Actions = append(v.Actions, action{Key: "remote_address", Address: true})
	}
	if costs(in, l) {
		v.Cost = yamlString("%DYNAMIC_METADATA(limitgen:" + l.Name + ":cost)%")
	}
	v.levels(in, l)
	return v
}

// levels are the service's nested descriptors.
func (v *limitView) levels(in *config.Input, l *model.Limit) {
	w, _ := windowOf(l, largest(in, l))
	if !w.exact {
		v.Levels = append(v.Levels, "# Approximate: "+config.Line(w.approximation(l)))
	}
	space := ""
	for i, a := range v.Actions {
		v.Levels = append(v.Levels, space+"- key: "+a.Key)
		space += "  "
		if a.Value != "" {
			v.Levels = append(v.Levels, space+"value: "+a.Value)
		}
		if i < len(v.Actions)-1 {
			v.Levels = append(v.Levels, space+"descriptors:")
		}
	}
	v.Levels = append(v.Levels, fmt.Sprintf("%srate_limit: {unit: %s, requests_per_unit: %d}", space, w.unit, w.quota))
}

// costs reports whether any request counts otherwise than 1 in a limit.
func costs(in *config.Input, l *model.Limit) bool {
	for _, r := range in.Routes {
		for _, op := range r.Variants {
			for _, rate := range op.Rates {
				if rate.Limit == l && (rate.Count != nil || rate.Cost != 1) {
					return true
				}
			}
		}
	}
	return false
}

// keyName names the entry of the values that Lua reads from a request: after the limit's keys.
func keyName(l *model.Limit) string {
	var names []string
	for _, p := range l.Per {
		if p != "operation" && p != "client-ip" {
			names = append(names, p)
		}
	}
	return strings.Join(names, "-")
}

func per(l *model.Limit) string {
	if len(l.Per) == 0 {
		return ", one counter for all"
	}
	return " for each " + strings.Join(l.Per, " and ")
}

// block renders one of the templates' blocks.
func (v *view) block(t *template.Template, name string, data any) (string, error) {
	var b bytes.Buffer
	err := t.ExecuteTemplate(&b, name, data)
	return b.String(), err
}

// assemble renders the blocks that the files of both Envoy targets are put together from.
func (v *view) assemble(t *template.Template, in *config.Input, kind string) error {
	var err error
	s := newScript(in)
	if v.Service = kind == "global"; !v.Service {
		s.refills(in)
	}
	if v.Lua, err = v.block(t, "lua", s); err != nil {
		return err
	}
	for _, b := range []struct {
		name string
		to   *string
	}{
		{"connection", &v.Connection}, {"lua-filter", &v.LuaFilter}, {kind + "-filter", &v.Filter},
		{kind + "-host", &v.Host}, {kind + "-cluster", &v.Cluster},
	} {
		if *b.to, err = v.block(t, b.name, v); err != nil {
			return err
		}
	}
	return nil
}

// render writes files, each by the template of its name.
func (v *view) render(t *template.Template, names ...string) ([]config.File, error) {
	var out []config.File
	for _, name := range names {
		text, err := v.block(t, name+".tmpl", v)
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
	return renderEnvoy(newView(Global(), in, o), in, "global")
}

func renderLocal(in *config.Input, o config.Options) ([]config.File, error) {
	return renderEnvoy(newView(Local(), in, o), in, "local")
}

func renderEnvoy(v *view, in *config.Input, kind string) ([]config.File, error) {
	t := files()
	if err := v.assemble(t, in, kind); err != nil {
		return nil, err
	}
	v.Notes = notes[kind]
	return v.render(t, "envoy_limits.yaml", "envoy_example.yaml", "envoy_istio.yaml")
}

// notes say what an operator must know of each kind of filter.
var notes = map[string][]string{
	"global": {
		"Needs Envoy 1.33 or later, and a rate limit service (envoyproxy/ratelimit) of 2025 or later, which knows costs. It reads",
		"../ratelimit/limits.yaml, and debits every limit of a request, even when one of them refuses it: a refused cost of 600",
		"may keep smaller ones out until the window ends.",
		"When the service does not answer, requests are refused with 503; failure_mode_deny: false lets them pass uncounted.",
	},
	"local": {
		"Needs Envoy 1.34 or later. Each Envoy process counts by itself: three proxies let three times as much pass. Buckets are",
		"forgotten with the process, and the least recently used ones when there are more than max_dynamic_descriptors for a",
		"limit; both start full again. A request that one limit refuses may have been debited to another.",
	},
}
