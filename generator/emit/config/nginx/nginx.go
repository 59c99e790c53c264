// Package nginx writes limit_req and limit_conn directives for nginx.
//
// A request's path is split once by one regular expression. Its operation is then found by exact
// lookups in nginx's maps, which are hash tables: one map for each set of places where templates of
// one length have literals, in the order in which templates are to be tried. So 105 operations cost
// a handful of lookups and not 105 expressions.
//
// What nginx does, as read in its source and seen in tests:
//
//   - limit_req is a leaky bucket: it holds burst+1 requests and loses rate a second. Rates are whole
//     numbers a second or a minute, kept in thousandths of a request a second and rounded down
//   - all limit_req of a request are checked before one is charged, so a refused request spends
//     nothing. Between the two another worker process may pass one request more
//   - limit_conn is asked after limit_req: a request that it refuses has been charged by limit_req
//   - an empty key is not counted, and neither is one of more than 65535 bytes (255 for limit_conn)
//   - a full zone forgets the key that was used least recently
package nginx

import (
	"bytes"
	"path/filepath"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/templates"
)

// Target returns the configuration of nginx.
func Target() *config.Target {
	t := &config.Target{
		Name:    "nginx",
		Summary: "nginx: limit_req and limit_conn",
		Bound:   bound,
		Gaps:    gaps,
		Plans:   true,
		Check: &config.Check{Program: "nginx", Args: func(dir string) []string {
			return []string{"-t", "-q", "-c", filepath.Join(dir, "example.conf")}
		}},
	}
	t.Render = func(in *config.Input, o config.Options) ([]config.File, error) { return render(t, in, o) }
	return t
}

var files = []string{"limits.conf", "limits-server.conf", "example.conf"}

func render(t *config.Target, in *config.Input, o config.Options) ([]config.File, error) {
	page := newPage(t, in, o)
	parsed := templates.Config("nginx", nil)
	var out []config.File
	for _, name := range files {
		var b bytes.Buffer
		if err := parsed.ExecuteTemplate(&b, name+".tmpl", page); err != nil {
			return nil, err
		}
		out = append(out, config.File{Name: name, Data: b.Bytes()})
	}
	return out, nil
}
