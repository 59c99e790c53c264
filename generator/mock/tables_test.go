package mock

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/emit/golang"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/templates/rest"
)

// TestTables compares what a mock is told of its API with what generated code tells a server, of
// every feature that the project has a spec of.
func TestTables(t *testing.T) {
	var specs []string
	for _, pattern := range []string{
		"../../spec/valid/*.yaml", "../../spec/features/*.yaml", "../../spec/easemob.yaml", "../../spec/rpc.yaml",
		"../../spec/vendors/*.yaml", "../testdata/meaning/*/*.yaml", "testdata/*.yaml",
	} {
		found, err := filepath.Glob(filepath.FromSlash(pattern))
		if err != nil {
			t.Fatal(err)
		}
		specs = append(specs, found...)
	}
	if len(specs) < 20 {
		t.Fatal("only", len(specs), "specs")
	}
	printed := make(map[string]bool)
	for _, file := range specs {
		if filepath.Base(file) == "limitgen.yaml" {
			continue
		}
		api := read(t, file)
		files, err := golang.Emit(api, golang.Targets{Server: true}, "runtime")
		if err != nil {
			t.Fatal(err)
		}
		e := evaluator{vars: make(map[string]ast.Expr), consts: make(map[string]int), printed: printed}
		for _, f := range files {
			if f.Name != "webhooks.go" { // its server is another
				e.declare(t, f.Data)
			}
		}
		config := tables(api)
		for name, table := range map[string]any{
			"operations": config.Operations, "limits": config.Limits, "schemas": config.Schemas,
			"credentials": config.Credentials, "plans": config.Plans,
		} {
			var want any
			if literal := e.vars[name]; literal != nil {
				want = e.value(t, literal)
			}
			if got := plain(reflect.ValueOf(table)); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %s differ:\n%v\nwant\n%v", file, name, got, want)
			}
		}
		e.compareConfig(t, file, config)
	}
	for name := range strings.FieldsSeq(`Told Styled Again Least Fields Redirects Contains MinContain MaxContain Names Patterns
		ExclMin Variables`) {
		if !printed[name] {
			t.Errorf("no spec has the field %s printed", name)
		}
	}
}

func read(t *testing.T, file string) *model.API {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	a, diags := generator.Read(t.Context(), generator.Options{Spec: file, Data: data, Read: os.ReadFile, Package: "api"})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return a.API
}

// evaluator reads the literals of generated tables.
type evaluator struct {
	vars   map[string]ast.Expr
	consts map[string]int
	server *ast.CompositeLit // rest.ServerConfig

	printed map[string]bool // fields of all literals
}

func (e *evaluator) declare(t *testing.T, text []byte) {
	file, err := parser.ParseFile(token.NewFileSet(), "", text, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range file.Decls {
		decl, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for i, s := range decl.Specs {
			spec, ok := s.(*ast.ValueSpec)
			if !ok {
				continue
			}
			if decl.Tok == token.CONST && !isText(spec) {
				e.consts[spec.Names[0].Name] = i // of iota
			} else {
				e.vars[spec.Names[0].Name] = spec.Values[0]
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if c, ok := n.(*ast.CompositeLit); ok && selected(c.Type) == "ServerConfig" {
			e.server = c
		}
		return true
	})
}

// isText reports whether a constant has a text of its own.
func isText(spec *ast.ValueSpec) bool {
	if len(spec.Values) != 1 {
		return false
	}
	literal, ok := spec.Values[0].(*ast.BasicLit)
	return ok && literal.Kind == token.STRING
}

// compareConfig compares the fields of the configuration that are not tables.
func (e *evaluator) compareConfig(t *testing.T, file string, config rest.ServerConfig) {
	config.Operations, config.Limits, config.Schemas, config.Credentials, config.Plans = nil, nil, nil,
		nil, nil
	got, _ := plain(reflect.ValueOf(config)).(map[string]any)
	want := make(map[string]any)
	for _, el := range e.server.Elts {
		kv := el.(*ast.KeyValueExpr)
		switch name := kv.Key.(*ast.Ident).Name; name {
		case "Operations", "Limits", "Schemas", "Credentials", "Plans":
		default:
			if v := e.value(t, kv.Value); v != "" {
				want[name] = v
			}
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: configurations differ:\n%v\nwant\n%v", file, got, want)
	}
}

// names are the run-time's constants.
var names = map[string]any{
	"InPath": rest.InPath, "InQuery": rest.InQuery, "InHeader": rest.InHeader, "InCookie": rest.InCookie, "InBody": rest.InBody,
	"StyleLabel": rest.StyleLabel, "StyleMatrix": rest.StyleMatrix, "StyleSpace": rest.StyleSpace, "StylePipe": rest.StylePipe,
	"StyleDeep": rest.StyleDeep, "StyleJSON": rest.StyleJSON,
	"DimOperation": rest.DimOperation, "DimCredential": rest.DimCredential, "DimClientIP": rest.DimClientIP, "DimIdentity": rest.DimIdentity,
	"TestPresent": rest.TestPresent, "TestAbsent": rest.TestAbsent, "TestArray": rest.TestArray, "TestObject": rest.TestObject, "TestList": rest.TestList,
	"BodyJSON": rest.BodyJSON, "BodyForm": rest.BodyForm, "BodyMultipart": rest.BodyMultipart, "BodyText": rest.BodyText, "BodyBinary": rest.BodyBinary,
	"KindNull": rest.KindNull, "KindBool": rest.KindBool, "KindInteger": rest.KindInteger, "KindNumber": rest.KindNumber,
	"KindString": rest.KindString, "KindArray": rest.KindArray, "KindObject": rest.KindObject,
	"SpeltListed": rest.SpeltListed, "SpeltInteger": rest.SpeltInteger, "SpeltNumber": rest.SpeltNumber, "SpeltFormat": rest.SpeltFormat,
	"Second": time.Second, "Minute": time.Minute, "Hour": time.Hour,
}

// value reads an expression: objects and maps as maps without zero values, numbers as float64.
func (e *evaluator) value(t *testing.T, x ast.Expr) any {
	switch x := x.(type) {
	case *ast.BasicLit:
		if x.Kind == token.STRING {
			text, err := strconv.Unquote(x.Value)
			if err != nil {
				t.Fatal(err)
			}
			return text
		}
		n, err := strconv.ParseFloat(strings.TrimPrefix(x.Value, "0x"), 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	case *ast.Ident:
		switch n, ok := e.consts[x.Name]; {
		case x.Name == "true":
			return true
		case ok:
			return float64(n)
		case e.vars[x.Name] != nil:
			return e.value(t, e.vars[x.Name])
		}
	case *ast.SelectorExpr:
		if c, ok := names[x.Sel.Name]; ok {
			return plain(reflect.ValueOf(c))
		}
	case *ast.UnaryExpr:
		if x.Op == token.SUB {
			return -e.value(t, x.X).(float64)
		}
		return e.value(t, x.X)
	case *ast.BinaryExpr:
		a, b := e.value(t, x.X).(float64), e.value(t, x.Y).(float64)
		if x.Op == token.OR {
			return float64(int(a) | int(b))
		}
		return a * b
	case *ast.CallExpr: // rest.Ptr[float64](n), regexp.MustCompile(text) and time.Date(year, …)
		if len(x.Args) == 1 {
			return e.value(t, x.Args[0])
		}
		var n []int
		for i, arg := range x.Args[:7] {
			if i == 1 {
				n = append(n, months[selected(arg)])
				continue
			}
			n = append(n, int(e.value(t, arg).(float64)))
		}
		return time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], n[6], time.UTC).String()
	case *ast.CompositeLit:
		return e.literal(t, x)
	}
	t.Fatalf("unknown expression %T %v", x, x)
	return nil
}

func (e *evaluator) literal(t *testing.T, x *ast.CompositeLit) any {
	_, array := x.Type.(*ast.ArrayType)
	members := make(map[string]any)
	var items []any
	for _, el := range x.Elts {
		kv, ok := el.(*ast.KeyValueExpr)
		if !ok || array {
			if ok {
				el = kv.Value
			}
			items = append(items, e.value(t, el))
			continue
		}
		if name, ok := kv.Key.(*ast.Ident); ok {
			if v := e.value(t, kv.Value); !zero(kv.Value, v) && name.Name != "Common" { // which stores alone use
				members[name.Name], e.printed[name.Name] = v, true
			}
			continue
		}
		members[e.value(t, kv.Key).(string)] = e.value(t, kv.Value)
	}
	switch {
	case len(x.Elts) == 0:
		return nil
	case array || items != nil:
		return items
	}
	return members
}

var months = func() map[string]int {
	out := make(map[string]int)
	for m := time.January; m <= time.December; m++ {
		out[m.String()] = int(m)
	}
	return out
}()

// zero reports whether a field is what it is without the literal; a pointer is not.
func zero(x ast.Expr, v any) bool {
	_, pointer := x.(*ast.CallExpr)
	return v == nil || !pointer && (v == "" || v == 0.0)
}

func selected(x ast.Expr) string {
	if s, ok := x.(*ast.SelectorExpr); ok {
		return s.Sel.Name
	}
	return ""
}

// plain is a value of the run-time in the form of value.
func plain(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		if re, ok := v.Interface().(*regexp.Regexp); ok {
			return re.String()
		}
		return plain(v.Elem())
	case reflect.String:
		return v.String()
	case reflect.Bool:
		return v.Bool()
	case reflect.Float64:
		return v.Float()
	case reflect.Slice:
		var out []any
		for i := range v.Len() {
			out = append(out, plain(v.Index(i)))
		}
		if out == nil {
			return nil
		}
		return out
	case reflect.Map:
		out := make(map[string]any)
		for _, k := range v.MapKeys() {
			out[k.String()] = plain(v.MapIndex(k))
		}
		if len(out) == 0 {
			return nil
		}
		return out
	case reflect.Struct:
		if at, ok := v.Interface().(time.Time); ok {
			return at.String()
		}
		out := make(map[string]any)
		for i := range v.NumField() {
			if f := v.Field(i); v.Type().Field(i).IsExported() && !f.IsZero() {
				out[v.Type().Field(i).Name] = plain(f)
			}
		}
		maps.DeleteFunc(out, func(_ string, v any) bool { return v == nil })
		if len(out) == 0 {
			return nil
		}
		return out
	}
	if v.CanInt() {
		return float64(v.Int())
	}
	return float64(v.Uint())
}
