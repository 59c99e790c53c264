package golang

import (
	"bytes"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/dave/jennifer/jen"

	"github.com/limitgen/limitgen/templates"
)

// A printer formats files side by side: the tree of one is dropped while the next is made, and no
// more trees wait than processors work. The output does not depend on which finishes first.
type printer struct {
	pkg, source, runtime string

	pages   []*page
	working sync.WaitGroup
	places  chan struct{}
}

// A page is one file, of parts that are formatted each for itself: a single tree of a large API's
// types takes more memory than the spec.
type page struct {
	name  string
	parts []*part
}

// A part is formatted source between two empty lines.
type part struct {
	head    string   // up to the package clause
	imports []string // in quotes
	body    []byte
	err     error
}

func newPrinter(pkg, source, runtimePath string) *printer {
	return &printer{
		pkg: pkg, source: source, runtime: runtimePath,
		places: make(chan struct{}, runtime.GOMAXPROCS(0)),
	}
}

// file prints one file through jennifer, which formats it.
func (p *printer) file(name string, print func(*jen.File)) {
	p.pages = append(p.pages, &page{name: name})
	f := p.sheet()
	print(f)
	p.format(f)
}

func (p *printer) sheet() *jen.File {
	f := jen.NewFile(p.pkg)
	f.ImportName(templates.Path+"ratelimit", "ratelimit")
	f.ImportName(templates.Path+"rest", "rest")
	f.HeaderComment(Header)
	f.HeaderComment("// Source: " + oneLine(filepath.ToSlash(p.source)))
	return f
}

// cut ends a part of the file that is being printed. It is between declarations with an empty line
// between them.
func (p *printer) cut(f *jen.File) {
	done := p.sheet()
	done.Group, f.Group = f.Group, done.Group
	p.format(done)
}

// format adds a part to the last page.
func (p *printer) format(f *jen.File) {
	to, last := &part{}, p.pages[len(p.pages)-1]
	last.parts = append(last.parts, to)
	p.places <- struct{}{}
	p.working.Go(func() {
		to.render(f)
		<-p.places
	})
}

// files are the pages in their order, when all are done.
func (p *printer) files() ([]File, error) {
	p.working.Wait()
	out := make([]File, len(p.pages))
	for i, page := range p.pages {
		data, err := page.join(p.runtime)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", page.name, err)
		}
		out[i] = File{Name: page.name, Data: data}
	}
	return out, nil
}

// render formats a part and takes it apart again. Its imports have no alias: of the packages that
// generated code imports, no two have one name.
func (p *part) render(f *jen.File) {
	var buf bytes.Buffer
	if p.err = f.Render(&buf); p.err != nil {
		return
	}
	text := buf.Bytes()
	clause := bytes.Index(text, []byte("\npackage ")) + 1
	end := clause + bytes.IndexByte(text[clause:], '\n') + 1
	p.head, p.body = string(text[:end]), bytes.Trim(text[end:], "\n")
	block := []byte(nil)
	if rest, ok := bytes.CutPrefix(p.body, []byte("import (\n")); ok {
		block, p.body, _ = bytes.Cut(rest, []byte("\n)"))
	} else if rest, ok := bytes.CutPrefix(p.body, []byte("import ")); ok {
		block, p.body, _ = bytes.Cut(rest, []byte("\n"))
	}
	for line := range strings.Lines(string(block)) {
		p.imports = append(p.imports, strings.TrimSpace(line))
	}
	p.body = bytes.Clone(bytes.Trim(p.body, "\n"))
}

// join makes one file of its parts and drops them. The head is the last one's, which has the
// package's comment.
func (p *page) join(runtime string) ([]byte, error) {
	var imports []string
	size := 0
	for _, part := range p.parts {
		if part.err != nil {
			return nil, part.err
		}
		imports = append(imports, part.imports...)
		size += len(part.body) + 2
	}
	slices.Sort(imports)
	var head bytes.Buffer
	head.WriteString(p.parts[len(p.parts)-1].head)
	switch imports = slices.Compact(imports); len(imports) {
	case 0:
	case 1:
		fmt.Fprintf(&head, "\nimport %s\n", imports[0])
	default:
		fmt.Fprintf(&head, "\nimport (\n\t%s\n)\n", strings.Join(imports, "\n\t"))
	}
	start := imported(head.Bytes(), runtime)
	out := make([]byte, 0, len(start)+size)
	out = append(out, start...)
	for _, part := range p.parts {
		if len(part.body) > 0 {
			out = append(append(append(out, '\n'), part.body...), '\n')
		}
	}
	p.parts = nil
	return out, nil
}
