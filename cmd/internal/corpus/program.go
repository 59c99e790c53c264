package main

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/limitgen/limitgen/cmd/internal/corpus/drive"
	"github.com/limitgen/limitgen/generator/model"
)

//go:embed drive/*.go
var driver embed.FS

// writeDriver puts the package that drives an API beside the generated ones.
func writeDriver(work string) error {
	entries, err := driver.ReadDir("drive")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(work, "drive"), 0o755); err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		data, err := driver.ReadFile("drive/" + e.Name())
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(work, "drive", e.Name()), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

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
	out.WriteString("package " + api.Package + "\n\nimport (\n\"errors\"\n\"net/http/httptest\"\n\n\"corpus/drive\"\n\"corpus/rest\"\n")
	for _, i := range file.Imports {
		path := strings.Trim(i.Path.Value, `"`)
		if name := path[strings.LastIndex(path, "/")+1:]; used[name] && name != "rest" && name != "errors" {
			fmt.Fprintf(&out, "%q\n", path)
		}
	}
	out.WriteString(")\n\ntype driveHandlers struct { run *drive.Run }\n\n")
	out.Write(methods.Bytes())
	fmt.Fprintf(&out, `
// DriveCalls drives calls over HTTP.
func DriveCalls(calls []drive.Call) ([]drive.Fault, error) {
	run := &drive.Run{Fail: func(status int, media string, body []byte) error {
		e := &rest.APIError{StatusCode: status}
		if media != "" {
			e.Body = body
		}
		return e
	}}
	h := driveHandlers{run}
	server, err := %s(%s{%s}, rest.WithoutAuth(), rest.WithoutLimits(), rest.WithErrorLog(run.Log))
	if err != nil {
		return nil, err
	}
	listener := httptest.NewServer(server)
	defer listener.Close()
	client, err := %s(listener.URL+%q%s, rest.WithoutLimits(), rest.WithMaxRetries(0)%s)
	if err != nil {
		return nil, err
	}
	return run.All(map[string]any{%s}, calls, func(err error) (int, []byte) {
		var e *rest.APIError
		if !errors.As(err, &e) {
			return 0, nil
		}
		return e.StatusCode, e.Body
	}), nil
}
`, api.Names.NewServer, api.Names.Handlers, each(api, "%[1]s: h"), api.Names.NewClient, api.BasePath, strings.Repeat(`, "scope"`, len(api.Scope)),
		credentials(api), each(api, "%[1]q: client.%[1]s"))
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

// runAll compiles one program that drives all packages, and returns what it found in each.
func runAll(work string, packages []string, calls map[string][]drive.Call) (map[string][]drive.Fault, error) {
	var out bytes.Buffer
	out.WriteString("package main\n\nimport (\n\"encoding/json\"\n\"fmt\"\n\"os\"\n\n\"corpus/drive\"\n")
	for _, p := range packages {
		fmt.Fprintf(&out, "%s \"corpus/%s\"\n", p, p)
	}
	out.WriteString(`)

func main() {
	var calls map[string][]drive.Call
	if err := json.NewDecoder(os.Stdin).Decode(&calls); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	found := make(map[string][]drive.Fault)
	for name, run := range map[string]func([]drive.Call) ([]drive.Fault, error){
`)
	for _, p := range packages {
		fmt.Fprintf(&out, "%q: %s.DriveCalls,\n", p, p)
	}
	out.WriteString(`	} {
		faults, err := run(calls[name])
		if err != nil {
			faults = []drive.Fault{{Why: err.Error()}}
		}
		found[name] = faults
	}
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		os.Exit(1)
	}
}
`)
	if err := os.MkdirAll(filepath.Join(work, "all"), 0o755); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(work, "all", "main.go"), out.Bytes(), 0o644); err != nil {
		return nil, err
	}
	input, err := json.Marshal(calls)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("go", "run", "./all")
	cmd.Dir, cmd.Stdin, cmd.Stderr = work, bytes.NewReader(input), os.Stderr
	text, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	found := make(map[string][]drive.Fault)
	return found, json.Unmarshal(text, &found)
}
