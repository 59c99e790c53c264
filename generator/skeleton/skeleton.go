// Package skeleton writes a spec, or a file beside a vendor's spec, from what a vendor publishes of
// its limits: shared limits and pools are derived, and each row is cited.
package skeleton

import (
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/published"
)

// Options say what the page does not.
type Options struct {
	Title  string              // of the API
	Doc    string              // name of the document; "table" when empty
	URL    string              // of the page
	Date   string              // of the page
	SHA256 string              // of the page
	Keys   map[string][]string // phrases of the page to built-in names or path parameters
}

// ruleImport is the rule for rows that nothing can be written for.
const ruleImport = "import"

// Spec writes an OpenAPI file with an operation for each row.
func Spec(p *published.Page, o Options) ([]byte, diag.List) {
	s := newImporter(p, o)
	s.operations()
	s.limits()
	return s.spec(), s.diags.Sorted()
}

// Beside writes a file that adds limits to a vendor's spec. Rows that it has no operation for are
// reported.
func Beside(p *published.Page, api *model.API, o Options) ([]byte, diag.List) {
	s := newImporter(p, o)
	s.onto(api)
	s.limits()
	return s.beside(), s.diags.Sorted()
}

// operation is what rows with one method and path become.
type operation struct {
	id, title    string
	method, path string // template
	rows         []*published.Row
	printed      []string // of rows that are printed otherwise
	mended       []string
	tag          string
	use          []string // names of limits
	keys         map[string][]string
	unread       bool
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
	usual string // the limit that holds by default
	diags diag.List
}

func newImporter(p *published.Page, o Options) *importer {
	if o.Doc == "" {
		o.Doc = "table"
	}
	return &importer{Options: o, page: p, of: map[*published.Row]*operation{}}
}

// operations makes one of the rows that share method and path.
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
			s.diags.Errorf(row.Pos, ruleImport, "%s has no method; say it with --method", row.Name())
			continue
		case !published.IsMethod(row.Method):
			continue // a finding of the page
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

// add gives an operation a row, and remembers how that is printed where audit would not know it.
func (s *importer) add(op *operation, row *published.Row, path published.Path) {
	op.rows = append(op.rows, row)
	s.of[row] = op
	op.unread = op.unread || row.Unread
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

// spellings are, for names of parameters that differ in case and underscores only, the spelling
// that most rows have.
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

// bare returns a name without case and underscores.
func bare(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name))
}

// respell writes the parameters of a template in their usual spelling.
func respell(template string, spelling map[string]string) string {
	for _, name := range published.Parameters(template) {
		if usual := spelling[bare(name)]; usual != "" && !strings.Contains(template, "{"+usual+"}") {
			template = strings.Replace(template, "{"+name+"}", "{"+usual+"}", 1)
		}
	}
	return template
}
