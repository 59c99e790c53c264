package module

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/model"
)

// driven is a file for a generated package: handlers that hand over what they get, and a function
// that drives calls.
func driven(api *model.API, files map[string][]byte) ([]byte, error) {
	methods, paths, err := handlersOf(api, files)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.WriteString("package " + api.Package + "\n\nimport (\n\"errors\"\n\"net/http\"\n\"net/http/httptest\"\n\n\"corpus/drive\"\n\"corpus/rest\"\n")
	for _, path := range paths {
		fmt.Fprintf(&out, "%q\n", path)
	}
	out.WriteString(")\n\ntype driveHandlers struct { run *drive.Run }\n\n")
	out.Write(methods)
	fmt.Fprintf(&out, driver, api.Names.NewServer, api.Names.Handlers, each(api, "%[1]s: h"), api.Names.NewClient, api.BasePath, strings.Repeat(`, "scope"`, len(api.Scope)),
		credentials(api), each(api, "%[1]q: client.%[1]s"), each(api, "%[1]q: seized.%[1]s"),
		headers(api), typed(api))
	return format.Source(out.Bytes())
}

// driver is the function that drives calls.
const driver = `
// DriveCalls drives calls over HTTP, and tries bodies.
func DriveCalls(work drive.Work) (drive.Found, error) {
	run := &drive.Run{Fail: func(status int, media string, body []byte) error {
		e := &rest.APIError{StatusCode: status}
		if media != "" {
			e.Body = body
		}
		return e
	}}
	run.Sets, run.Hears = rest.ResponseHeader, rest.WithResponse
	run.Headers = map[string]func() drive.Headers{%[10]s}
	run.Typed = []func(error) any{%[11]s}
	h := driveHandlers{run}
	server, err := %[1]s(%[2]s{%[3]s}, rest.WithoutAuth(), rest.WithoutLimits(), rest.WithErrorLog(run.Log))
	if err != nil {
		return drive.Found{}, err
	}
	listener := httptest.NewServer(server)
	defer listener.Close()
	base := %[5]q
	client, err := %[4]s(listener.URL+base%[6]s, rest.WithoutLimits(), rest.WithMaxRetries(0)%[7]s)
	if err != nil {
		return drive.Found{}, err
	}
	seizer := new(drive.Seizer)
	seized, err := %[4]s("http://api.test"+base%[6]s, rest.WithHTTPClient(&http.Client{Transport: seizer}), rest.WithoutLimits(), rest.WithMaxRetries(0)%[7]s)
	if err != nil {
		return drive.Found{}, err
	}
	_, _, _ = h, client, seized // a spec may have webhooks only
	found := drive.Found{Faults: run.All(map[string]any{%[8]s}, work.Calls, func(err error) (int, []byte) {
		var e *rest.APIError
		if !errors.As(err, &e) {
			return 0, nil
		}
		return e.StatusCode, e.Body
	})}
	for _, t := range work.Trials {
		found.Tried = append(found.Tried, run.Try(map[string]any{%[9]s}, t, seizer, server))
	}
	return found, nil
}
`

// handlersOf returns the methods of the handlers, as the package's files have them, and what they
// import beside the driver.
func handlersOf(api *model.API, files map[string][]byte) (methods []byte, paths []string, err error) {
	set := token.NewFileSet()
	used := map[string]bool{}
	var out bytes.Buffer
	imports := make(map[string]bool)
	media := mediaHandlers(api)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !strings.HasPrefix(name, "server") {
			continue
		}
		file, err := parser.ParseFile(set, name, files[name], 0)
		if err != nil {
			return nil, nil, err
		}
		for _, i := range file.Imports {
			imports[strings.Trim(i.Path.Value, `"`)] = true
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil && len(f.Recv.List) == 1 && nameOf(f.Recv.List[0].Type) == api.Names.Unimplemented {
				err = handler(&out, set, f.Name.Name, f.Type, used)
			}
			for name, t := range mediaMethods(d, media) {
				err = errors.Join(err, handler(&out, set, name, t, used))
			}
			if err != nil {
				return nil, nil, err
			}
		}
	}
	for _, path := range slices.Sorted(maps.Keys(imports)) {
		if name := path[strings.LastIndex(path, "/")+1:]; used[name] && name != "rest" && name != "errors" && name != "http" {
			paths = append(paths, path)
		}
	}
	return out.Bytes(), paths, nil
}

// mediaHandlers are the interfaces of handlers of other media types.
func mediaHandlers(api *model.API) map[string]bool {
	out := make(map[string]bool)
	for _, op := range api.Operations {
		for _, m := range op.Media {
			if m.Handler != "" {
				out[m.Handler] = true
			}
		}
	}
	return out
}

// mediaMethods are the methods of those interfaces.
func mediaMethods(d ast.Decl, media map[string]bool) map[string]*ast.FuncType {
	out := make(map[string]*ast.FuncType)
	types, ok := d.(*ast.GenDecl)
	if !ok {
		return nil
	}
	for _, s := range types.Specs {
		t, ok := s.(*ast.TypeSpec)
		if !ok || !media[t.Name.Name] {
			continue
		}
		if i, ok := t.Type.(*ast.InterfaceType); ok {
			for _, m := range i.Methods.List {
				if f, ok := m.Type.(*ast.FuncType); ok && len(m.Names) == 1 {
					out[m.Names[0].Name] = f
				}
			}
		}
	}
	return out
}

// headers are what makes each type of headers.
func headers(api *model.API) string {
	var out strings.Builder
	for _, op := range api.Operations {
		for _, h := range []*model.Headers{op.Headers, op.ErrorHeaders} {
			if h != nil {
				fmt.Fprintf(&out, "%q: func() drive.Headers { return new(%s) },\n", h.Type, h.Type)
			}
		}
	}
	return out.String()
}

// typed are functions that find the values of errors, of the types that operations have.
func typed(api *model.API) string {
	var out strings.Builder
	seen := make(map[string]bool)
	for _, op := range api.Operations {
		for _, e := range op.Errors {
			name := e.Type.String()
			if seen[name] || strings.Contains(name, ".") { // of a package that the driver does not import
				continue
			}
			seen[name] = true
			fmt.Fprintf(&out, "func(err error) any { var e *rest.ErrorOf[%s]; "+
				"if errors.As(err, &e) { return e.Value }; return nil },\n", name)
		}
	}
	return out.String()
}

func each(api *model.API, form string) string {
	parts := make([]string, len(api.Groups))
	for i, g := range api.Groups {
		parts[i] = fmt.Sprintf(form, g.Field)
	}
	return strings.Join(parts, ", ")
}

func credentials(api *model.API) string {
	var out strings.Builder
	for _, c := range api.Credentials {
		fmt.Fprintf(&out, ", rest.WithCredential(%q, rest.StaticToken(%q))", c.Scheme, "token")
	}
	return out.String()
}

func nameOf(e ast.Expr) string {
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	id, _ := e.(*ast.Ident)
	if id == nil {
		return ""
	}
	return id.Name
}

// handler prints a method that hands over its arguments.
func handler(out *bytes.Buffer, set *token.FileSet, method string, f *ast.FuncType, used map[string]bool) error {
	show := func(e ast.Expr) string {
		ast.Inspect(e, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				used[nameOf(sel.X)] = true
			}
			return true
		})
		var text bytes.Buffer
		if err := format.Node(&text, set, e); err != nil {
			return err.Error()
		}
		return text.String()
	}
	var params, args []string
	for _, p := range f.Params.List {
		for range max(len(p.Names), 1) {
			name := fmt.Sprintf("a%d", len(params))
			if len(params) > 0 {
				args = append(args, ", "+name)
			}
			params = append(params, name+" "+show(p.Type))
		}
	}
	results := f.Results.List
	if len(results) == 1 {
		_, err := fmt.Fprintf(out, "func (h driveHandlers) %s(%s) error { return h.run.Serve(a0, %q, nil%s) }\n\n",
			method, strings.Join(params, ", "), method, strings.Join(args, ""))
		return err
	}
	_, err := fmt.Fprintf(out, "func (h driveHandlers) %s(%s) (r %s, err error) {\nerr = h.run.Serve(a0, %q, &r%s)\nreturn\n}\n\n",
		method, strings.Join(params, ", "), show(results[0].Type), method, strings.Join(args, ""))
	return err
}
