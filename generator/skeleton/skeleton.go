// Package skeleton writes a spec, or an overlay for a vendor's spec, from a vendor's published
// limits. It derives shared limits and pools, and cites each row.
package skeleton

import (
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/published"
)

// Options supply what the page lacks.
type Options struct {
	Title  string              // of the API
	Doc    string              // name of the document; "table" when empty
	URL    string              // of the page
	Date   string              // of the page
	SHA256 string              // of the page
	Keys   map[string][]string // phrases of the page to built-in names or path parameters
}

// ruleImport is the rule for rows that cannot be imported.
const ruleImport = "import"

// Spec writes an OpenAPI file with an operation for each row.
func Spec(p *published.Page, o Options) ([]byte, diag.List) {
	s := newImporter(p, o)
	s.operations()
	s.limits()
	return s.spec(), s.diags.Sorted()
}

// Beside writes an overlay that adds limits to a vendor's spec. It reports rows without an
// operation.
func Beside(p *published.Page, api *model.API, o Options) ([]byte, diag.List) {
	s := newImporter(p, o)
	s.onto(api)
	s.limits()
	return s.beside(), s.diags.Sorted()
}

// operation is the operation of all rows with one method and path.
type operation struct {
	id, title    string
	method, path string // template
	rows         []*published.Row
	printed      []string // rows with a different printed form
	mended       []string
	tag          string
	use          []string // names of limits
	keys         map[string][]string
	unlimited    bool
	takesDefault bool
}

// importer turns a page into operations and limits.
type importer struct {
	Options
	page  *published.Page
	ops   []*operation
	of    map[*published.Row]*operation
	table []*namedLimit
	keys  []*key
	usual string // the default limit
	diags diag.List
}

func newImporter(p *published.Page, o Options) *importer {
	if o.Doc == "" {
		o.Doc = "table"
	}
	return &importer{Options: o, page: p, of: map[*published.Row]*operation{}}
}

// operations makes one operation of all rows with the same method and path.
func (s *importer) operations() {
	spelling := s.spellings()
	byShape := map[string]string{} // the template of each shape
	known := map[string]*operation{}
	for _, row := range s.page.Rows {
		path, err := published.PathOf(row.URL)
		switch {
		case row.URL == "":
			s.diags.Errorf(row.Pos, ruleImport, "%s has no URL, so no operation can be written for it", row.Name())
			continue
		case err != nil:
			s.diags.Errorf(row.URLPos, ruleImport, "%s: no path can be made of its URL: %v", row.Name(), err)
			continue
		case row.Method == "":
			s.diags.Errorf(row.Pos, ruleImport, "%s has no method; give --method", row.Name())
			continue
		case !published.IsMethod(row.Method):
			continue // reported while reading the page
		}
		template := respell(path.Template, spelling)
		if known, ok := byShape[published.Shape(template)]; ok {
			template = known
		}
		byShape[published.Shape(template)] = template
		if template != path.Template && !path.Styled {
			path.Mended = append(path.Mended, "parameter spelling")
		}
		id := row.Method + " " + template
		op := known[id]
		if op == nil {
			op = &operation{method: row.Method, path: template}
			known[id] = op
			s.ops = append(s.ops, op)
		}
		s.add(op, row, path)
	}
	s.name()
}

// add adds a row to an operation, and records its printed form if audit would not recognise it.
func (s *importer) add(op *operation, row *published.Row, path published.Path) {
	op.rows = append(op.rows, row)
	s.of[row] = op
	plain := row.Printed() == op.method+" "+op.path || len(path.Mended) == 0 && path.Template == op.path
	if plain || row.URL == "" {
		return
	}
	if !slices.Contains(op.printed, row.Printed()) {
		op.printed = append(op.printed, row.Printed())
	}
	for _, m := range path.Mended {
		if !slices.Contains(op.mended, m) {
			op.mended = append(op.mended, m)
		}
	}
}

// spellings returns the most frequent spelling of parameter names that differ only in case and
// underscores.
func (s *importer) spellings() map[string]string {
	counts := map[string]int{}
	best := map[string]string{}
	for _, row := range s.page.Rows {
		path, err := published.PathOf(row.URL)
		if err != nil {
			continue
		}
		for _, name := range published.Parameters(path.Template) {
			counts[name]++
			if b := best[bare(name)]; b == "" || counts[name] > counts[b] {
				best[bare(name)] = name
			}
		}
	}
	return best
}

// bare returns a name in lower case, without underscores.
func bare(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name))
}

// respell writes the parameters of a template in their most frequent spelling.
func respell(template string, spelling map[string]string) string {
	for _, name := range published.Parameters(template) {
		if usual := spelling[bare(name)]; usual != "" && !strings.Contains(template, "{"+usual+"}") {
			template = strings.Replace(template, "{"+name+"}", "{"+usual+"}", 1)
		}
	}
	return template
}
