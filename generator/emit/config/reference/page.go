package reference

import (
	"strings"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/fileset"
	"github.com/limitgen/limitgen/generator/model"
)

// page is everything that the templates show. Its texts are as the spec has them, made one line;
// templates escape them.
type page struct {
	Header      string
	Title       string
	Version     string
	Source      string
	Server      string
	Description []string // paragraphs
	Operations  int
	Documents   []*document
	Keys        []*key
	Limits      []*published
	Plans       []*plan
	Exceeded    []*exceeded
	Modules     []*module
}

// document is a published document that rows are cited from.
type document struct {
	Name, Title, URL, Date, SHA256 string
}

// module is the operations of a tag.
type module struct {
	ID, Name    string
	Description []string
	Rows        []*row
	Operations  int
}

// row is an operation, or one variant of it.
type row struct {
	ID         string // anchor
	Name       string
	Method     string
	Path       string
	Call       string   // method and path
	Parts      []string // of the path, so that it breaks behind slashes
	Summary    string   // else the title, else the name
	Title      string   // in the published table; "" if it is the summary
	Lang       string   // of Title; "" if nothing tells
	Language   string   // of Summary
	Named      bool     // the name does not replace the summary
	Deprecated bool
	When       []word // which requests it is for; nil if it is for all
	Uses       []*use
	Origin     *origin
	Module     *module
}

// use is a limit of a row.
type use struct {
	Limit *published
	Row   *row
	Cost  []word
	Plain bool // the cost is 1
	Key   []word
}

// origin is the published source.
type origin struct {
	Document                *document // nil if the rows of this API are all of one, which is named at the top
	Rows                    string    // "rows 1, 2"
	Quote, Printed, Erratum string
	QuoteLang               string
}

type builder struct {
	in        *config.Input
	page      *page
	anchors   map[string]bool
	documents map[string]*document
	limits    map[*model.Limit]*published
	keys      map[string]*key
	several   map[*model.Operation]bool // variants that have others beside them
}

func newPage(in *config.Input) *page {
	api := in.API
	b := &builder{
		in: in, anchors: make(map[string]bool), documents: make(map[string]*document),
		limits: make(map[*model.Limit]*published), keys: make(map[string]*key),
		page: &page{
			Header: fileset.Header, Title: config.Line(api.Title), Version: config.Line(api.Version),
			Source: config.Line(api.Source), Server: config.Line(api.BaseURL),
			Description: paragraphs(api.Description), Operations: len(in.Routes),
		},
	}
	if b.page.Title == "" {
		b.page.Title = "API"
	}
	for _, d := range api.Documents {
		doc := &document{
			Name: d.Name, Title: config.Line(d.Title), URL: webAddress(d.URL), Date: config.Line(d.Date),
			SHA256: config.Line(d.SHA256),
		}
		b.documents[d.Name] = doc
		b.page.Documents = append(b.page.Documents, doc)
	}
	b.addKeys()
	for _, l := range api.Limits {
		b.addLimit(l)
	}
	for _, g := range api.Groups {
		b.addModule(g)
	}
	for _, l := range b.page.Limits {
		l.finish()
	}
	b.addPlans()
	b.addExceeded()
	return b.page
}

func (b *builder) addModule(g *model.Group) {
	name := config.Line(g.Tag)
	switch {
	case name != "":
	case len(b.in.API.Groups) == 1:
		name = b.page.Title
	default:
		name = "untagged"
	}
	m := &module{ID: b.anchor("module", name), Name: name, Description: paragraphs(g.Doc.Description)}
	seen := make(map[string]bool)
	for _, op := range g.Operations {
		seen[op.Counter] = true
		m.Rows = append(m.Rows, b.row(m, op))
	}
	m.Operations = len(seen)
	b.page.Modules = append(b.page.Modules, m)
}

func (b *builder) row(m *module, op *model.Operation) *row {
	r := &row{
		ID: b.anchor("op", op.ID), Name: config.Line(op.ID), Method: op.HTTPMethod,
		Path: config.Line(op.BasePath + op.Path), Module: m, Summary: config.Line(op.Doc.Summary),
		Title: config.Line(op.Title), Deprecated: op.Doc.Deprecated, Origin: b.origin(op.Origin),
	}
	r.Call = r.Method + " " + r.Path
	r.Parts = strings.SplitAfter(r.Path, "/")
	if r.Summary == "" {
		r.Summary, r.Title = r.Title, ""
	}
	if r.Title == r.Summary {
		r.Title = ""
	}
	if r.Named = r.Summary != ""; !r.Named {
		r.Summary = r.Name
	}
	r.Lang, r.Language = language(r.Title), language(r.Summary)
	if op.When != nil {
		r.When = condition(op.When)
	} else if b.variant(op) {
		r.When = []word{{Text: "otherwise"}}
	}
	for _, rate := range op.Rates {
		l := b.limits[rate.Limit]
		l.Early = l.Early || rate.Early
		u := &use{
			Limit: l, Row: r, Cost: costWords(rate), Plain: rate.Count == nil && rate.Cost == 1,
			Key: b.keyWords(rate),
		}
		r.Uses = append(r.Uses, u)
		l.Uses = append(l.Uses, u)
	}
	return r
}

// variant reports whether the operation has others beside it.
func (b *builder) variant(op *model.Operation) bool {
	if b.several == nil {
		b.several = make(map[*model.Operation]bool)
		for _, r := range b.in.Routes {
			for _, v := range r.Variants {
				b.several[v] = len(r.Variants) > 1
			}
		}
	}
	return b.several[op]
}

func (b *builder) origin(o *model.Origin) *origin {
	if o == nil {
		return nil
	}
	rows := make([]string, len(o.Rows))
	for i, r := range o.Rows {
		rows[i] = config.Line(r)
	}
	label := "row "
	if len(rows) > 1 {
		label = "rows "
	}
	document := b.documents[o.Document]
	if len(b.page.Documents) == 1 {
		document = nil
	}
	if len(rows) > 0 {
		label += strings.Join(rows, ", ")
	} else {
		label = ""
	}
	return &origin{
		Document: document, Rows: label, Quote: config.Line(o.Quote),
		Printed: config.Line(o.Printed), Erratum: config.Line(o.Erratum), QuoteLang: language(o.Quote),
	}
}

// anchor gives an element an ID that no other has, of characters that need no escaping in an
// address.
func (b *builder) anchor(kind, name string) string {
	id := kind + "-" + strings.Map(func(r rune) rune {
		if r < 128 &&
			(r == '-' || r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z') {
			return r
		}
		return '-'
	}, name)
	for b.anchors[id] {
		id += "-"
	}
	b.anchors[id] = true
	return id
}

// paragraphs splits a description at its blank lines. What markup it may have is shown as it
// stands.
func paragraphs(s string) []string {
	var out []string
	for part := range strings.SplitSeq(strings.ReplaceAll(s, "\r\n", "\n"), "\n\n") {
		if line := config.Line(part); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// webAddress returns a URL that may be a link; others are left out.
func webAddress(s string) string {
	s = config.Line(s)
	if strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://") {
		return s
	}
	return ""
}
