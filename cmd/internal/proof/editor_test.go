package proof

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/cmd/internal/proof/harness"
)

// TestEditors asks the language server that YAML editors run what it makes of the schemas of this
// repository: whole files have no findings, slips have one, and words are completed and explained.
func TestEditors(t *testing.T) {
	schemas := map[string]string{
		schemaURI(t, "x-rate-limit.schema.json"): "*.api.yaml", schemaURI(t, "limitgen.schema.json"): "limitgen.yaml",
	}
	e := startEditor(t, schemas)
	var files []string
	for _, pattern := range []string{"valid/*.yaml", "features/*.yaml", "easemob.yaml", "../cmd/limitgen/init/*.yaml"} {
		found, err := filepath.Glob(filepath.Join("..", "..", "..", "spec", pattern))
		if err != nil || len(found) == 0 {
			t.Fatal(pattern, err)
		}
		files = append(files, found...)
	}
	for i, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range e.open(fmt.Sprintf("%d.api.yaml", i), string(data)) {
			t.Errorf("%s:%d: %s", file, d.Range.Start.Line+1, d.Message)
		}
	}
	const spec = `openapi: 3.0.3
x-rate-limits:
  version: 1
  limits:
    each: {quota: 100, window: 1s, per: [identity], }
    other:
      quota: 3
      window: 1s
      per: []
      
paths:
  /a:
    get:
      operationId: a
      x-rate-limit: {use: {each: 1}}
      
`
	if found := e.open("right.api.yaml", spec); len(found) > 0 {
		t.Errorf("%+v", found)
	}
	for _, c := range []struct {
		line, column int
		words        []string
	}{{9, 6, []string{"burst", "reset", "from", "alias"}}, {15, 6, []string{"x-client", "x-deprecated-names"}}} {
		got := e.complete("right.api.yaml", c.line, c.column)
		for _, word := range c.words {
			if !slices.Contains(got, word) {
				t.Errorf("line %d: no completion %q among %q", c.line+1, word, got)
			}
		}
	}
	for _, c := range []struct {
		line, column int
		text         string
	}{{6, 7, "The quota per window"}, {14, 8, "x\\-rate\\-limit"}} {
		if got := e.hover("right.api.yaml", c.line, c.column); !strings.Contains(got, c.text) {
			t.Errorf("line %d: the hover is %q", c.line+1, got)
		}
	}
	for slip, want := range map[[2]string]string{
		{"quota: 3", "quotta: 3"}:                           "quot",
		{"window: 1s\n", "window: 1 second\n"}:              "pattern",
		{"use: {each: 1}", "use: {each: many}"}:             "",
		{"get:\n", "get:\n      x-client: {scopes: [a]}\n"}: "scopes",
	} {
		found := e.open("slip"+strconv.Itoa(len(want))+".api.yaml", strings.Replace(spec, slip[0], slip[1], 1))
		if !slices.ContainsFunc(found, func(d underlined) bool { return strings.Contains(d.Message, want) }) {
			t.Errorf("%s: %+v", slip[1], found)
		}
	}
	if found := e.open("limitgen.yaml", "lint: {severity: {missing-429: off}}\noutputs: [{spec: a.yaml, out: gen, emit: [client], keys: 5}]\n"); len(found) > 0 {
		t.Errorf("%+v", found)
	}
}

func schemaURI(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "..", "spec", name))
	if err != nil {
		t.Fatal(err)
	}
	return "file://" + filepath.ToSlash(path)
}

// underlined is what the server underlines.
type underlined struct {
	Message string
	Range   struct{ Start struct{ Line, Character int } }
}

// editor speaks the language server protocol.
type editor struct {
	t       *testing.T
	in      io.Writer
	out     *textproto.Reader
	last    int
	config  map[string]any
	found   map[string][]underlined // by file
	version map[string]int
}

type envelope struct {
	ID     json.RawMessage `json:"id,omitempty"`
	Method string          `json:"method,omitempty"`
	Params json.RawMessage `json:"params,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  json.RawMessage `json:"error,omitempty"`
}

// startEditor starts the server, which comes from the npm registry, once.
func startEditor(t *testing.T, schemas map[string]string) *editor {
	t.Helper()
	node, npm := harness.Need(t, "node"), harness.Need(t, "npm")
	const server = "editor/node_modules/yaml-language-server/bin/yaml-language-server"
	if _, err := os.Stat(server); err != nil {
		if os.Getenv("CI") != "true" {
			t.Skip("the language server is installed with CI=true only")
		}
		install := harness.Command(t, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
		install.Dir = "editor"
		if out, err := install.CombinedOutput(); err != nil {
			t.Fatalf("npm: %v\n%s", err, out)
		}
	}
	cmd := harness.Command(t, node, server, "--stdio")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	e := &editor{
		t: t, in: in, out: textproto.NewReader(bufio.NewReader(out)), found: map[string][]underlined{}, version: map[string]int{},
		config: map[string]any{"schemas": schemas, "validate": true, "hover": true, "completion": true, "schemaStore": map[string]any{"enable": false}},
	}
	e.ask("initialize", map[string]any{"processId": nil, "rootUri": nil, "capabilities": map[string]any{
		"workspace":    map[string]any{"configuration": true},
		"textDocument": map[string]any{"completion": map[string]any{}, "hover": map[string]any{"contentFormat": []string{"markdown"}}},
	}})
	e.tell("initialized", map[string]any{})
	e.tell("workspace/didChangeConfiguration", map[string]any{"settings": map[string]any{"yaml": e.config}})
	return e
}

func (e *editor) send(v any) {
	e.t.Helper()
	data, err := json.Marshal(v)
	if err == nil {
		_, err = fmt.Fprintf(e.in, "Content-Length: %d\r\n\r\n%s", len(data), data)
	}
	if err != nil {
		e.t.Fatal(err)
	}
}

func (e *editor) tell(method string, params any) {
	e.t.Helper()
	e.send(map[string]any{"jsonrpc": "2.0", "method": method, "params": params})
}

// read takes the next message; what the server tells or asks is seen to.
func (e *editor) read() envelope {
	e.t.Helper()
	header, err := e.out.ReadMIMEHeader()
	if err != nil {
		e.t.Fatal("the server has ended: ", err)
	}
	size, err := strconv.Atoi(header.Get("Content-Length"))
	if err != nil {
		e.t.Fatal(err)
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(e.out.R, data); err != nil {
		e.t.Fatal(err)
	}
	var m envelope
	if err := json.Unmarshal(data, &m); err != nil {
		e.t.Fatal(err)
	}
	switch m.Method {
	case "":
	case "textDocument/publishDiagnostics":
		var p struct {
			URI         string
			Diagnostics []underlined
		}
		if err := json.Unmarshal(m.Params, &p); err != nil {
			e.t.Fatal(err)
		}
		e.found[p.URI] = p.Diagnostics
	case "workspace/configuration":
		var p struct{ Items []struct{ Section string } }
		if err := json.Unmarshal(m.Params, &p); err != nil {
			e.t.Fatal(err)
		}
		answer := make([]any, len(p.Items))
		for i, item := range p.Items {
			if answer[i] = map[string]any{}; item.Section == "yaml" {
				answer[i] = e.config
			}
		}
		e.send(map[string]any{"jsonrpc": "2.0", "id": m.ID, "result": answer})
	default:
		if m.ID != nil {
			e.send(map[string]any{"jsonrpc": "2.0", "id": m.ID, "result": nil})
		}
	}
	return m
}

func (e *editor) ask(method string, params any) json.RawMessage {
	e.t.Helper()
	e.last++
	e.send(map[string]any{"jsonrpc": "2.0", "id": e.last, "method": method, "params": params})
	for {
		m := e.read()
		if m.Method == "" && string(m.ID) == strconv.Itoa(e.last) {
			if m.Error != nil {
				e.t.Fatalf("%s: %s", method, m.Error)
			}
			return m.Result
		}
	}
}

func uri(name string) string { return "file:///specs/" + name }

// open shows a file, and returns what the server finds in it.
func (e *editor) open(name, text string) []underlined {
	e.t.Helper()
	e.version[name]++
	delete(e.found, uri(name))
	e.tell("textDocument/didOpen", map[string]any{"textDocument": map[string]any{
		"uri": uri(name), "languageId": "yaml", "version": e.version[name], "text": text,
	}})
	for {
		if found, ok := e.found[uri(name)]; ok {
			return found
		}
		e.read()
	}
}

func place(name string, line, column int) map[string]any {
	return map[string]any{"textDocument": map[string]any{"uri": uri(name)}, "position": map[string]any{"line": line, "character": column}}
}

func (e *editor) complete(name string, line, column int) []string {
	e.t.Helper()
	var list struct{ Items []struct{ Label string } }
	if err := json.Unmarshal(e.ask("textDocument/completion", place(name, line, column)), &list); err != nil {
		e.t.Fatal(err)
	}
	var labels []string
	for _, item := range list.Items {
		labels = append(labels, item.Label)
	}
	return labels
}

func (e *editor) hover(name string, line, column int) string {
	e.t.Helper()
	var h struct{ Contents struct{ Value string } }
	if err := json.Unmarshal(e.ask("textDocument/hover", place(name, line, column)), &h); err != nil {
		e.t.Fatal(err)
	}
	return h.Contents.Value
}
