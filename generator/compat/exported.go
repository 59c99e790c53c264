package compat

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path"
	"strings"

	"github.com/limitgen/limitgen/generator/fileset"
)

// symbol is one exported name. Symbols of the same shape are compatible for the compiler; text also
// has what matters at run time only: values of constants and tags of fields.
type symbol struct {
	kind, text, shape string
	owner             string // the type, of a method or field
	inInterface       bool
	alias             string // of a type: the type of the package that it is another name of
}

// exported collects the exported names of a package's files by qualified name. Names of packages in
// subfolders are prefixed with the folder.
func exported(files []fileset.File) map[string]symbol {
	all := map[string]symbol{}
	fset := token.NewFileSet()
	for _, f := range files {
		if !strings.HasSuffix(f.Name, ".go") || strings.HasSuffix(f.Name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, f.Name, f.Data, parser.SkipObjectResolution)
		if err != nil {
			continue
		}
		names := map[string]symbol{}
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				addFunc(names, d)
			case *ast.GenDecl:
				addGen(names, d)
			}
		}
		prefix := ""
		if dir := path.Dir(f.Name); dir != "." {
			prefix = dir + "."
		}
		for name, s := range names {
			if s.owner != "" {
				s.owner = prefix + s.owner
			}
			if s.alias != "" {
				s.alias = prefix + s.alias
			}
			all[prefix+name] = s
		}
	}
	return all
}

// spellOut gives another name of a struct the struct's fields and methods. It adds them to into.
func spellOut(into, all map[string]symbol, name string) {
	to := all[name].alias
	for steps := 0; all[to].alias != "" && steps < len(all); steps++ {
		to = all[to].alias
	}
	if to == "" || all[to].shape != "struct" {
		return
	}
	into[name] = symbol{kind: all[name].kind, text: "struct", shape: "struct"}
	for member, s := range all {
		if rest, ok := strings.CutPrefix(member, to+"."); ok {
			s.owner = name + strings.TrimPrefix(s.owner, to)
			into[name+"."+rest] = s
		}
	}
}

func add(names map[string]symbol, name string, s symbol) {
	if s.text == "" {
		s.text = s.shape
	}
	names[name] = s
}

func addFunc(names map[string]symbol, d *ast.FuncDecl) {
	if !d.Name.IsExported() {
		return
	}
	if d.Recv == nil {
		add(names, d.Name.Name, symbol{
			kind: "func", shape: typeParams(d.Type.TypeParams) + signature(d.Type),
		})
		return
	}
	owner := receiver(d.Recv.List[0].Type)
	if !ast.IsExported(owner) {
		return
	}
	add(names, owner+"."+d.Name.Name, symbol{kind: "method", owner: owner, shape: signature(d.Type)})
}

// receiver returns the name of a receiver's type, without pointer and type parameters.
func receiver(e ast.Expr) string {
	for {
		switch x := e.(type) {
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.IndexListExpr:
			e = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}

func addGen(names map[string]symbol, d *ast.GenDecl) {
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			addType(names, s)
		case *ast.ValueSpec:
			for i, id := range s.Names {
				if id.IsExported() {
					addValue(names, d.Tok, s, i)
				}
			}
		}
	}
}

// addValue adds a constant or variable. Its type is its shape; a constant's value is only in its
// text, since changing it does not break a build.
func addValue(names map[string]symbol, tok token.Token, s *ast.ValueSpec, i int) {
	sym := symbol{kind: tok.String()}
	if s.Type != nil {
		sym.shape = expr(s.Type)
	}
	sym.text = sym.shape
	if i < len(s.Values) {
		if tok == token.CONST && expr(s.Values[i]) != "iota" { // a place in a table
			sym.text = strings.TrimSpace(sym.shape + " = " + expr(s.Values[i]))
		} else if tok != token.CONST && s.Type == nil {
			sym.shape = expr(s.Values[i])
			sym.text = sym.shape
		}
	}
	add(names, s.Names[i].Name, sym)
}

func addType(names map[string]symbol, s *ast.TypeSpec) {
	name := s.Name.Name
	if !s.Name.IsExported() {
		return
	}
	sym := symbol{kind: "type"}
	prefix := typeParams(s.TypeParams)
	if s.Assign.IsValid() {
		prefix += "= "
		if id, ok := s.Type.(*ast.Ident); ok && ast.IsExported(id.Name) {
			sym.alias = id.Name
		}
	}
	switch t := s.Type.(type) {
	case *ast.StructType:
		sym.shape = prefix + "struct"
		addMembers(names, name, "field", t.Fields, false)
	case *ast.InterfaceType:
		sym.shape = prefix + "interface"
		addMembers(names, name, "method", t.Methods, true)
	default:
		sym.shape = prefix + expr(t)
	}
	add(names, name, sym)
}

// addMembers adds the exported fields of a struct or the methods of an interface.
func addMembers(
	names map[string]symbol, owner, kind string, list *ast.FieldList, inInterface bool,
) {
	for _, f := range list.List {
		ids := f.Names
		if len(ids) == 0 { // embedded
			if name := receiver(unqualified(f.Type)); ast.IsExported(name) {
				add(names, owner+"."+name, symbol{
					kind: kind, owner: owner, inInterface: inInterface, shape: "embedded " + expr(f.Type),
				})
			}
			continue
		}
		sym := symbol{kind: kind, owner: owner, inInterface: inInterface}
		inner, isStruct := f.Type.(*ast.StructType)
		if fn, ok := f.Type.(*ast.FuncType); ok && inInterface {
			sym.shape = signature(fn)
		} else if isStruct { // whose own fields may become more
			sym.shape = "struct"
		} else {
			sym.shape = expr(f.Type)
		}
		sym.text = sym.shape
		if f.Tag != nil {
			sym.text += " " + f.Tag.Value
		}
		for _, id := range ids {
			if id.IsExported() {
				add(names, owner+"."+id.Name, sym)
				if isStruct {
					addMembers(names, owner+"."+id.Name, kind, inner.Fields, false)
				}
			}
		}
	}
}

// unqualified removes the package from a type's name.
func unqualified(e ast.Expr) ast.Expr {
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	if sel, ok := e.(*ast.SelectorExpr); ok {
		return sel.Sel
	}
	return e
}

// signature returns a function's type without parameter names, which callers do not depend on.
func signature(t *ast.FuncType) string {
	return expr(&ast.FuncType{Params: t.Params, Results: t.Results})
}

func typeParams(list *ast.FieldList) string {
	if list == nil {
		return ""
	}
	var parts []string
	for _, f := range list.List {
		for _, id := range f.Names {
			parts = append(parts, id.Name+" "+expr(f.Type))
		}
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// expr prints an expression on one line. It changes the tree, but printing it again gives the same
// text.
func expr(e ast.Expr) string {
	ast.Inspect(e, func(n ast.Node) bool {
		if fn, ok := n.(*ast.FuncType); ok {
			fn.Params, fn.Results = unnamed(fn.Params), unnamed(fn.Results)
		}
		return true
	})
	return types.ExprString(e)
}

// unnamed repeats each type for each of its names, and drops the names.
func unnamed(list *ast.FieldList) *ast.FieldList {
	if list == nil {
		return nil
	}
	out := &ast.FieldList{}
	for _, f := range list.List {
		for range max(1, len(f.Names)) {
			out.List = append(out.List, &ast.Field{Type: f.Type})
		}
	}
	return out
}
