package table

import (
	"bytes"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/limitgen/limitgen/generator/diag"
)

// htmlReader walks the tree of HTML.
type htmlReader struct {
	page   *Page
	diags  *diag.List
	places *places
	text   *textBlock // outside tables; nil between blocks
	cells  int
}

func newHTMLReader(p *Page, diags *diag.List, places *places) *htmlReader {
	return &htmlReader{page: p, diags: diags, places: places}
}

// mark is the attribute that holds a tag's offset, since the tree parser reports no positions.
const mark = "data-limitgen-at"

// read reads HTML that begins at an offset of the file.
func (r *htmlReader) read(data []byte, base int) {
	root, err := html.Parse(bytes.NewReader(marked(data, base)))
	if err != nil {
		r.diags.Errorf(r.places.at(base), RuleTable, "the HTML cannot be read: %v", err)
		return
	}
	r.walk(root)
	r.end()
}

// marked writes each tag's offset into the tag.
func marked(data []byte, base int) []byte {
	var out bytes.Buffer
	z := html.NewTokenizer(bytes.NewReader(data))
	for offset := base; ; {
		kind := z.Next()
		raw := z.Raw()
		if kind == html.StartTagToken || kind == html.SelfClosingTagToken {
			n := len(raw)
			size := 1 + bytes.IndexFunc(raw[1:], func(c rune) bool { return strings.ContainsRune(" \t\n\r\f/>", c) })
			if size < 1 || size > n {
				size = n
			}
			out.Write(raw[:size])
			out.WriteString(" " + mark + `="` + strconv.Itoa(offset+n) + `"`)
			raw = raw[size:]
			out.Write(raw)
			offset += n
		} else {
			out.Write(raw)
			offset += len(raw)
		}
		if kind == html.ErrorToken {
			return out.Bytes()
		}
	}
}

// place returns the position at which an element's content begins.
func (r *htmlReader) place(n *html.Node) (diag.Position, bool) {
	for ; n != nil; n = n.Parent {
		if at, err := strconv.Atoi(attribute(n, mark)); err == nil {
			return r.places.at(at), true
		}
	}
	return r.places.at(0), false
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// textBlock is a text outside tables that is being read.
type textBlock struct {
	b       strings.Builder
	pos     diag.Position
	heading bool
}

// walk visits everything outside tables.
func (r *htmlReader) walk(n *html.Node) {
	switch {
	case n.Type == html.TextNode:
		r.put(n)
	case n.Type == html.ElementNode && n.DataAtom == atom.Table:
		r.end()
		r.table(n)
		return
	case n.Type == html.ElementNode && hidden(n):
		return
	case n.Type == html.ElementNode && n.DataAtom == atom.Br:
		r.space()
	}
	block := n.Type == html.ElementNode && isBlock(n)
	if block {
		r.end()
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		r.walk(c)
	}
	if block {
		if r.text != nil {
			r.text.heading = isHeading(n)
		}
		r.end()
	}
}

func (r *htmlReader) put(n *html.Node) {
	if r.text == nil {
		if strings.TrimSpace(n.Data) == "" {
			return
		}
		pos, _ := r.place(n)
		r.text = &textBlock{pos: pos}
	}
	r.text.b.WriteString(n.Data)
}

func (r *htmlReader) space() {
	if r.text != nil {
		r.text.b.WriteByte(' ')
	}
}

// end closes a text.
func (r *htmlReader) end() {
	t := r.text
	r.text = nil
	if t == nil {
		return
	}
	text := strings.Join(strings.Fields(t.b.String()), " ")
	if text == "" {
		return
	}
	if t.heading && r.page.Title == "" {
		r.page.Title = text
	}
	r.page.Blocks = append(r.page.Blocks, Block{Text: &Text{Cell: Cell{Text: text, Pos: t.pos}, Heading: t.heading}})
}

func hidden(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Head, atom.Noscript, atom.Template, atom.Svg, atom.Iframe:
		return true
	}
	return false
}

func isHeading(n *html.Node) bool {
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return true
	}
	return false
}

func isBlock(n *html.Node) bool {
	switch n.DataAtom {
	case atom.P, atom.Div, atom.Li, atom.Ul, atom.Ol, atom.Dl, atom.Dt, atom.Dd, atom.Section, atom.Article, atom.Main, atom.Body, atom.Header,
		atom.Footer, atom.Nav, atom.Aside, atom.Blockquote, atom.Pre, atom.Caption, atom.Figure, atom.Figcaption, atom.Details, atom.Summary, atom.Form:
		return true
	}
	return isHeading(n)
}

// isElement reports whether a tag is an HTML element that can be in a cell, rather than a
// placeholder in a path, such as <id>.
func isElement(name string) bool {
	return strings.HasPrefix(name, "!") || strings.HasPrefix(name, "?") || elements[name]
}

var elements = set("a abbr b big blockquote br center cite code del details div dd dl dt em figure font h1 h2 h3 h4 h5 h6 hr i img ins kbd" +
	" li mark nobr ol p pre q s samp section small span strike strong sub summary sup table tbody td tfoot th thead tr tt u ul var wbr")

func set(words string) map[string]bool {
	out := make(map[string]bool)
	for _, w := range strings.Fields(words) {
		out[w] = true
	}
	return out
}
