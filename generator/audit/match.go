package audit

import (
	"slices"
	"strconv"
	"strings"

	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/published"
)

// Match returns the operation of each row that has one.
func Match(api *model.API, page *published.Page) map[*published.Row]*model.Operation {
	a := &auditor{api: api, page: page, of: map[*published.Row]*entry{}, paths: map[*published.Row]rowPath{}}
	for _, op := range api.Operations {
		a.entries = append(a.entries, &entry{op: op, many: true})
	}
	a.match()
	out := map[*published.Row]*model.Operation{}
	for row, e := range a.of {
		out[row] = e.op
	}
	return out
}

// match finds the entry of each row. It tries exact matches first, then weaker ones, so that a row
// with a changed method or URL is still recognised by its title or position.
func (a *auditor) match() {
	title := func(r *published.Row, e *entry) bool { return r.Title != "" && same(r.Title, e.op.Title) }
	id := func(r *published.Row, e *entry) bool { return r.Title != "" && same(r.Title, e.op.ID) }
	number := func(r *published.Row, e *entry) bool { return slices.Contains(e.cited, strconv.Itoa(r.Number)) }
	shape := func(r *published.Row, e *entry) bool {
		return a.shape(r) != "" && a.shape(r) == published.Shape(e.op.Path)
	}
	method := func(r *published.Row, e *entry) bool { return r.Method == "" || r.Method == e.op.HTTPMethod }
	all := func(tests ...func(*published.Row, *entry) bool) func(*published.Row, *entry) bool {
		return func(r *published.Row, e *entry) bool {
			for _, test := range tests {
				if !test(r, e) {
					return false
				}
			}
			return true
		}
	}
	for _, test := range []func(*published.Row, *entry) bool{
		all(a.exact, title, number), all(a.exact, title), all(a.exact, number), a.exact,
		all(method, shape, title), all(method, shape, number), all(method, shape),
		all(title, number), all(id, method), title, id, all(shape, number), shape,
	} {
		for _, row := range a.page.Rows {
			if a.of[row] == nil {
				a.take(row, test)
			}
		}
	}
}

// take gives a row the first entry with room that passes a test.
func (a *auditor) take(row *published.Row, test func(*published.Row, *entry) bool) {
	for _, e := range a.entries {
		if len(e.rows) < e.capacity() && test(row, e) {
			e.rows = append(e.rows, row)
			a.of[row] = e
			return
		}
	}
}

func same(a, b string) bool { return strings.EqualFold(published.OneLine(a), published.OneLine(b)) }

// exact reports whether a row is printed as in the spec, by its operation or by a recorded erratum.
func (a *auditor) exact(r *published.Row, e *entry) bool {
	if r.URL == "" {
		return false
	}
	return slices.Contains(a.prints(e), r.Printed()) || a.styled(r, e)
}

// prints returns the forms in which a table may print an entry's method and URL.
func (a *auditor) prints(e *entry) []string {
	op := e.op
	out := []string{op.HTTPMethod + " " + op.Path}
	if base := op.BasePath; base != "" {
		out = append(out, op.HTTPMethod+" "+base+op.Path)
	}
	if o := op.Origin; o != nil && o.Printed != "" {
		for line := range strings.SplitSeq(o.Printed, "\n") {
			out = append(out, published.OneLine(line))
		}
	}
	return out
}

// plain returns how many of the prints are the spec's own.
func (a *auditor) plain(e *entry) int {
	if e.op.BasePath != "" {
		return 2
	}
	return 1
}

// styled reports whether a row's URL is the entry's, with the table's notation for parameters and
// hosts: :id, <id>, https://api.example.com/v1/users.
func (a *auditor) styled(r *published.Row, e *entry) bool {
	if r.Method != "" && r.Method != e.op.HTTPMethod {
		return false
	}
	p, err := a.path(r)
	recorded := e.op.Origin != nil && e.op.Origin.Printed != ""
	sample := slices.Equal(p.Mended, []string{published.SampleQuery}) && !recorded
	if err != nil || len(p.Mended) > 0 && !sample {
		return false
	}
	return p.Template == e.op.Path || e.op.BasePath != "" && p.Template == e.op.BasePath+e.op.Path
}

// rowPath is the path template of a row.
type rowPath struct {
	published.Path
	err error
}

func (a *auditor) path(r *published.Row) (published.Path, error) {
	p, ok := a.paths[r]
	if !ok {
		p.Path, p.err = published.PathOf(r.URL)
		a.paths[r] = p
	}
	return p.Path, p.err
}

// shape returns a row's path without the names of parameters and the base path; "" if it has none.
func (a *auditor) shape(r *published.Row) string {
	p, err := a.path(r)
	if err != nil {
		return ""
	}
	shape := published.Shape(p.Template)
	if base := a.api.BasePath; base != "" && strings.HasPrefix(shape, base+"/") {
		return shape[len(base):]
	}
	return shape
}

// printed compares a row's method, URL and title with its entry's.
func (a *auditor) printed(row *published.Row, e *entry) {
	if row.URL == "" {
		if row.Method != "" && row.Method != e.op.HTTPMethod {
			a.diags.Errorf(row.URLPos, ruleURL, "%s: the method is %s, and %s at %s", row.Name(), row.Method, e.op.HTTPMethod, e.place())
		}
		return
	}
	o := e.op.Origin
	recorded := o != nil && o.Printed != ""
	switch {
	case recorded && slices.Contains(a.prints(e)[a.plain(e):], row.Printed()):
	case recorded && len(e.cited) < 2 && a.exact(row, e):
		a.diags.Warnf(row.URLPos, ruleURL, "%s: the table now prints what %s has; take printed and erratum out there", row.Name(), e.place())
	case a.exact(row, e):
	case recorded:
		a.diags.Errorf(row.URLPos, ruleURL, "%s: the table prints %q; %s has %s, and records %q as printed",
			row.Name(), row.Printed(), e.place(), e.name(), o.Printed)
	default:
		a.diags.Errorf(row.URLPos, ruleURL, "%s: the table prints %q, and %s has %s; mend it there, or record printed and erratum under origin",
			row.Name(), row.Printed(), e.place(), e.name())
	}
}

// place names an entry and its position.
func (e *entry) place() string { return e.op.ID + " (" + e.op.Pos.String() + ")" }
