package grafana_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/emit/config/grafana"
	"github.com/limitgen/limitgen/generator/model"
)

var update = flag.Bool("update", false, "write the golden files anew")

// dashboard is the part of a dashboard whose meaning the tests know.
type dashboard struct {
	UID, Title, Description string
	SchemaVersion           int
	Templating              struct {
		List []struct {
			Type, Name string
			Query      any
			Definition string
		}
	}
	Panels []panel
}

type panel struct {
	ID                       int
	Type, Title, Description string
	GridPos                  struct{ X, Y, W, H int }
	Datasource               struct{ Type, UID string }
	Targets                  []struct{ RefID, Expr, LegendFormat string }
	FieldConfig              struct {
		Overrides []struct{ Matcher struct{ Options string } }
	}
}

func decode(t *testing.T, data []byte) dashboard {
	t.Helper()
	var d dashboard
	decoder := json.NewDecoder(bytes.NewReader(data))
	if err := decoder.Decode(&d); err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
	if _, err := decoder.Token(); err != io.EOF {
		t.Fatalf("more than one value in\n%s", data)
	}
	return d
}

func emit(t *testing.T, file, name string) dashboard {
	t.Helper()
	spec, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	result, diags := generator.Generate(context.Background(), generator.Options{
		Spec: file, Data: spec, Package: name, Emit: []string{"grafana"}, Config: config.Defaults(),
	})
	if result == nil || len(result.Files) != 1 {
		t.Fatal(diags)
	}
	data := result.Files[0].Data
	if name == "windows" {
		if *update {
			if err := os.WriteFile("testdata/dashboard.json", data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want, _ := os.ReadFile("testdata/dashboard.json"); !bytes.Equal(want, data) {
			t.Errorf("the golden dashboard differs; go test -update writes it anew. Got\n%s", data)
		}
	}
	return decode(t, data)
}

func TestDashboards(t *testing.T) {
	for name, want := range map[string]struct {
		file   string
		limits []string
	}{
		"windows": {"../prometheus/testdata/limits.yaml", []string{"second", "two-minutes", "five-minutes", "day", "flight"}},
		"easemob": {"../../../../spec/easemob.yaml", []string{"each", "each-50", "delete-many", "token", "register", "push-settings",
			"attributes", "messages-users", "messages-groups", "messages-rooms", "history"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := emit(t, want.file, name)
			if d.UID != "limitgen-"+name || d.SchemaVersion == 0 {
				t.Errorf("uid %q, schema %d", d.UID, d.SchemaVersion)
			}
			laidOut(t, d.Panels)
			var titles []string
			for _, p := range d.Panels[8:] {
				limit, _, _ := strings.Cut(p.Title, ":")
				titles = append(titles, limit)
				if len(p.Targets) != 3 || len(p.FieldConfig.Overrides) != 2 {
					t.Errorf("%s: %d queries, %d overrides", p.Title, len(p.Targets), len(p.FieldConfig.Overrides))
				}
				for _, q := range p.Targets {
					if !strings.Contains(q.Expr, fmt.Sprintf("{limit=%q,api=%q", limit, name)) {
						t.Errorf("%s asks %s", p.Title, q.Expr)
					}
				}
			}
			if fmt.Sprint(titles) != fmt.Sprint(want.limits) {
				t.Errorf("panels of %q, want %q", titles, want.limits)
			}
		})
	}
}

// laidOut checks that panels stand beside each other: each within the 24 columns, none on another,
// no gap above it.
func laidOut(t *testing.T, panels []panel) {
	t.Helper()
	const columns = 24
	ids := make(map[int]bool)
	taken := make(map[[2]int]string)
	for _, p := range panels {
		g := p.GridPos
		if ids[p.ID] || p.ID <= 0 || g.W <= 0 || g.H <= 0 || g.X < 0 || g.X+g.W > columns {
			t.Errorf("%s: id %d at %+v", p.Title, p.ID, g)
		}
		ids[p.ID] = true
		for x := g.X; x < g.X+g.W; x++ {
			if _, above := taken[[2]int{x, g.Y - 1}]; !above && g.Y > 0 {
				t.Errorf("%s hangs in the air at %+v", p.Title, g)
			}
			for y := g.Y; y < g.Y+g.H; y++ {
				if other, ok := taken[[2]int{x, y}]; ok {
					t.Fatalf("%s stands on %s", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
		if p.Type != "row" &&
			(p.Datasource.Type != "prometheus" || p.Datasource.UID != "${datasource}" ||
				len(p.Targets) == 0) {
			t.Errorf("%s: %+v", p.Title, p)
		}
	}
}

// interpolated finds what Grafana would replace, by Grafana's own expression.
var interpolated = regexp.MustCompile(`\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\$\{(\w+)(?:\.([^:^}]+))?(?::([^}]+))?\}`)

// FuzzTexts puts any texts where a spec's can come: they add nothing, and no variable of Grafana's
// is found in them.
func FuzzTexts(f *testing.F) {
	f.Add("each", "of $instance", "getA", "an API", "api")
	f.Add("a\"},\"x\":{\"", "[[job]] ${role:raw} $$job", "\\", "$__user.login", "päckage")
	f.Add("$job", "<script>`x`</script>", "[a](javascript:x)", "\u2028\u0000\u007f",
		strings.Repeat("long", 20))
	f.Fuzz(func(t *testing.T, name, description, id, title, api string) {
		if !utf8.ValidString(name + description + id + title + api) {
			t.Skip("no spec has it")
		}
		l := &model.Limit{Name: name, Quota: 5, Seconds: 1, Unit: "requests", Per: []string{"app"}, Description: description}
		op := &model.Operation{ID: id, Operation: id, HTTPMethod: "GET", Path: "/", Counter: "GET /", Rates: []*model.Rate{{Limit: l, Cost: 1}}}
		in := config.NewInput(&model.API{Package: api, Name: api, Title: title, Source: title, Limits: []*model.Limit{l}, Operations: []*model.Operation{op}})
		files, err := grafana.Target().Render(in, config.Defaults())
		if err != nil {
			t.Fatal(err)
		}
		d := decode(t, files[0].Data)
		if len(d.Panels) != 9 || !regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`).MatchString(d.UID) {
			t.Fatalf("%d panels, uid %q", len(d.Panels), d.UID)
		}
		last := d.Panels[8]
		for _, text := range []string{d.Title, d.Description, last.Title, last.Description} {
			if v := interpolated.FindString(text); v != "" {
				t.Errorf("%q holds %q", text, v)
			}
		}
		if strings.ContainsAny(last.Description, "<>") {
			t.Errorf("%q", last.Description)
		}
		for _, p := range d.Panels {
			for _, q := range p.Targets {
				for _, v := range interpolated.FindAllString(q.Expr, -1) {
					if v != "$job" && v != "$instance" && v != "$role" && v != "$__rate_interval" {
						t.Errorf("%q holds %q", q.Expr, v)
					}
				}
				if n := len(interpolated.FindAllString(q.Expr, -1)); n > 12 {
					t.Errorf("%q holds %d variables", q.Expr, n)
				}
			}
		}
	})
}
