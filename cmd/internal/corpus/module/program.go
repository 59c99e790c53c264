package module

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"strings"

	"github.com/limitgen/limitgen/generator/model"
)

// driven is a file for a generated package: handlers that hand over what they get, and a function
// that drives calls. server is the package's server.go, which shows the handlers' methods.
func driven(api *model.API, server []byte) ([]byte, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "server.go", server, 0)
	if err != nil {
		return nil, err
	}
	used := map[string]bool{}
	var methods bytes.Buffer
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Recv == nil || len(f.Recv.List) != 1 || nameOf(f.Recv.List[0].Type) != api.Names.Unimplemented {
			continue
		}
		if err := handler(&methods, set, f, used); err != nil {
			return nil, err
		}
	}
	var out bytes.Buffer
	out.WriteString("package " + api.Package + "\n\nimport (\n\"errors\"\n\"net/http\"\n\"net/http/httptest\"\n\n\"corpus/drive\"\n\"corpus/rest\"\n")
	for _, i := range file.Imports {
		path := strings.Trim(i.Path.Value, `"`)
		if name := path[strings.LastIndex(path, "/")+1:]; used[name] && name != "rest" && name != "errors" && name != "http" {
			fmt.Fprintf(&out, "%q\n", path)
		}
	}
	out.WriteString(")\n\ntype driveHandlers struct { run *drive.Run }\n\n")
	out.Write(methods.Bytes())
	fmt.Fprintf(&out, `
// DriveCalls drives calls over HTTP, and tries bodies.
func DriveCalls(work drive.Work) (drive.Found, error) {
	run := &drive.Run{Fail: func(status int, media string, body []byte) error {
		e := &rest.APIError{StatusCode: status}
		if media != "" {
			e.Body = body
		}
		return e
	}}
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
`, api.Names.NewServer, api.Names.Handlers, each(api, "%[1]s: h"), api.Names.NewClient, api.BasePath, strings.Repeat(`, "scope"`, len(api.Scope)),
		credentials(api), each(api, "%[1]q: client.%[1]s"), each(api, "%[1]q: seized.%[1]s"))
	return format.Source(out.Bytes())
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
func handler(out *bytes.Buffer, set *token.FileSet, f *ast.FuncDecl, used map[string]bool) error {
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
	for _, p := range f.Type.Params.List {
		for range max(len(p.Names), 1) {
			name := fmt.Sprintf("a%d", len(params))
			if len(params) > 0 {
				args = append(args, ", "+name)
			}
			params = append(params, name+" "+show(p.Type))
		}
	}
	results := f.Type.Results.List
	if len(results) == 1 {
		_, err := fmt.Fprintf(out, "func (h driveHandlers) %s(%s) error { return h.run.Serve(%q, nil%s) }\n\n",
			f.Name.Name, strings.Join(params, ", "), f.Name.Name, strings.Join(args, ""))
		return err
	}
	_, err := fmt.Fprintf(out, "func (h driveHandlers) %s(%s) (r %s, err error) {\nerr = h.run.Serve(%q, &r%s)\nreturn\n}\n\n",
		f.Name.Name, strings.Join(params, ", "), show(results[0].Type), f.Name.Name, strings.Join(args, ""))
	return err
}
