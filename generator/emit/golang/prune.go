package golang

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"strings"
)

// prune leaves out of the run-time's files what nothing in the package reaches, so that a small API
// has no unused code. It goes by names, not by types: what shares its name with something in use
// stays.
func prune(files []File) ([]File, error) {
	fset := token.NewFileSet()
	used := make(map[string]bool)
	var parts []*part
	parsed := make([]*ast.File, len(files))
	for i, f := range files {
		file, err := parser.ParseFile(fset, f.Name, f.Data, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		if !strings.HasPrefix(f.Name, "runtime_") {
			use(used, file)
			continue
		}
		parsed[i] = file
		for _, d := range file.Decls {
			parts = append(parts, newPart(d))
		}
	}
	live := reach(parts, used)
	var out []File
	for i, f := range files {
		if parsed[i] == nil {
			out = append(out, f)
			continue
		}
		data, err := cut(fset, parsed[i], f.Data, live)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		if data != nil {
			out = append(out, File{f.Name, data})
		}
	}
	return out, nil
}

// part is one declaration: the names that it gives, and the type that it is a method of.
type part struct {
	decl     ast.Decl
	names    []string
	receiver string
}

func newPart(d ast.Decl) *part {
	p := &part{decl: d}
	switch d := d.(type) {
	case *ast.FuncDecl:
		p.names = []string{d.Name.Name}
		if d.Recv != nil {
			ast.Inspect(d.Recv.List[0].Type, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok && p.receiver == "" {
					p.receiver = id.Name
				}
				return true
			})
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				p.names = append(p.names, s.Name.Name)
			case *ast.ValueSpec:
				for _, n := range s.Names {
					p.names = append(p.names, n.Name)
				}
			}
		}
	}
	return p
}

// reach marks what is exported or used, and what that uses in turn.
func reach(parts []*part, used map[string]bool) map[ast.Decl]bool {
	live := make(map[ast.Decl]bool)
	types := make(map[string]bool)
	for changed := true; changed; {
		changed = false
		for _, p := range parts {
			if live[p.decl] || p.receiver != "" && !types[p.receiver] || !p.wanted(used) {
				continue
			}
			live[p.decl] = true
			changed = true
			use(used, p.decl)
			for _, n := range p.names {
				types[n] = true
			}
		}
	}
	return live
}

// wanted reports whether a declaration is part of the API or named somewhere.
func (p *part) wanted(used map[string]bool) bool {
	for _, n := range p.names {
		if n == "_" || n == "init" || ast.IsExported(n) || used[n] {
			return true
		}
	}
	return false
}

// use records the identifiers that a node mentions, other than the names that it declares itself.
func use(used map[string]bool, n ast.Node) {
	own := make(map[*ast.Ident]bool)
	if f, ok := n.(*ast.FuncDecl); ok {
		own[f.Name] = true
	}
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && !own[id] {
			used[id.Name] = true
		}
		return true
	})
}

var majorVersion = regexp.MustCompile(`^v[0-9]+$`)

// cut removes what is not live, and then the imports that nothing uses. It returns nil when nothing
// is left.
func cut(fset *token.FileSet, file *ast.File, data []byte, live map[ast.Decl]bool) ([]byte, error) {
	var out bytes.Buffer
	at, kept := 0, 0
	used := make(map[string]bool)
	for _, d := range file.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
			continue
		}
		if live[d] {
			kept++
			use(used, d)
			continue
		}
		begin := fset.Position(d.Pos()).Offset
		if doc := docOf(d); doc != nil {
			begin = fset.Position(doc.Pos()).Offset
		}
		out.Write(data[at:begin])
		at = fset.Position(d.End()).Offset
	}
	if kept == 0 {
		return nil, nil
	}
	out.Write(data[at:])
	text := out.Bytes()
	for _, imp := range file.Imports {
		p := strings.Trim(imp.Path.Value, `"`)
		name := path.Base(p)
		if majorVersion.MatchString(name) {
			name = path.Base(path.Dir(p))
		}
		if imp.Name == nil && !used[name] {
			text = regexp.MustCompile(`(?m)^(import )?\s*`+regexp.QuoteMeta(imp.Path.Value)+`$\n`).ReplaceAll(text, nil)
		}
	}
	text = bytes.Replace(text, []byte("import (\n)\n"), nil, 1)
	return format.Source(text)
}

func docOf(d ast.Decl) *ast.CommentGroup {
	switch d := d.(type) {
	case *ast.FuncDecl:
		return d.Doc
	case *ast.GenDecl:
		return d.Doc
	}
	return nil
}
