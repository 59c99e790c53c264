package source_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/source"
)

// load returns what is found, a line each.
func load(t *testing.T, file, text string) (*source.Document, string) {
	t.Helper()
	start := time.Now()
	doc, diags := source.Load(file, []byte(text), nil)
	if took := time.Since(start); took > time.Minute {
		t.Fatalf("took %v", took)
	}
	var lines []string
	for _, d := range diags.Sorted() {
		if d.Pos.Line == 0 || d.Pos.Col == 0 {
			t.Errorf("no place: %v", d)
		}
		lines = append(lines, fmt.Sprintf("%s: %s [%s]", d.Pos, d.Message, d.Rule))
	}
	return doc, strings.Join(lines, "\n")
}

const jsonHead = `{"openapi":"3.0.3","info":{"title":"t","version":"1"},`

func TestJSONIsReadAsJSON(t *testing.T) {
	doc, found := load(t, "a.json", "\ufeff{\"openapi\":\"3.0.3\",\r\n\t\"info\":\t{\"title\":\"t \\ud83d\\ude00\",\"version\":\"1\"},\r\n"+
		"\"on\":1,\"1e3\":2,\"null\":3,\"<<\":{\"x-not\":\"merged\"},\"x-n\":\"a\\tb\",\r\n"+
		"\"paths\":{\"\\/a\":{\"get\":{\"responses\":{\"200\":{\"description\":\"ok\"}}}}}}")
	if found != "" {
		t.Fatal(found)
	}
	if doc.T.Info.Title != "t 😀" || doc.T.Paths.Value("/a") == nil || doc.Node("x-n").Value != "a\tb" {
		t.Errorf("title %q, paths %v", doc.T.Info.Title, doc.Paths())
	}
	for _, key := range []string{"on", "1e3", "null", "<<"} {
		if doc.Node(key) == nil {
			t.Errorf("no key %q", key)
		}
	}
	if doc.Node("x-not") != nil {
		t.Error("JSON has no merge keys")
	}
	if pos := doc.Pos("paths", "/a", "get").String(); pos != "a.json:4:17" {
		t.Errorf("get stands at %s", pos)
	}
}

func TestSyntaxErrorsHaveTheirPlace(t *testing.T) {
	utf16LE := func(text string) string {
		out := "\xff\xfe"
		for _, u := range utf16.Encode([]rune(text)) {
			out += string([]byte{byte(u), byte(u >> 8)})
		}
		return out
	}
	for _, c := range []struct{ file, text, want string }{
		{"a.json", jsonHead + "\n \"paths\": {},\n \"paths\": {}}", `a.json:3:2: "paths" is a duplicate; the first is at a.json:2:2`},
		{"a.json", jsonHead + "\n \"paths\": {]}", "a.json:2:12: this is not JSON"},
		{"a.json", jsonHead + "\n \"paths\": {}", "a.json:2:13: the file ends within the document"},
		{"a.json", jsonHead + "\n \"paths\": {}}\n{}", "a.json:3:1: unexpected text after the end of the document"},
		{"a.json", strings.Repeat("{\"a\":", 600), "nests deeper than 500 levels"},
		{"a.json", jsonHead + "\n \"x-a\": \"\\ud83d\", \"paths\": {}}", "a.json:2:9: a \\u escape is half of a surrogate pair"},
		{"a.yaml", "openapi: 3.0.3\ninfo: {}\npaths: {}\n---\nopenapi: 3.0.3\n", "a.yaml:4:1: a second document begins here"},
		{"a.yaml", "openapi: 3.0.3\ninfo: {title: \"\xff\"}\n", "a.yaml:2:16: byte 0xff is not UTF-8"},
		{"a.yaml", utf16LE("openapi: 3.0.3"), "a.yaml:1:1: the file is UTF-16"},
		{"a.yaml", "openapi: 3.0.3\ninfo: \x01\n", "a.yaml:2:7: a file cannot contain the control character U+0001"},
		{"a.yaml", "openapi: 3.0.3\na: &a {b: *a}\n", `a.yaml:2:11: the anchor "a" contains itself`},
		{"a.yaml", "openapi: 3.0.3\na: .inf\n", "a.yaml:2:4: .inf is not a number in JSON"},
		{"a.yaml", "openapi: 3.0.3\n? [x]\n: 1\n", "a.yaml:2:3: a key must be a plain string"},
		{"a.yaml", "openapi: 3.0.3\na: [1\nb: 2\n", "a.yaml:3:2: "},
		{"a.yaml", bomb(), "the aliases of the document come to more than"},
	} {
		if _, found := load(t, c.file, c.text); !strings.Contains(found, c.want) {
			t.Errorf("%.60q: got\n%s\nwant %s", c.text, found, c.want)
		}
	}
}

// bomb returns a small file that aliases make large.
func bomb() string {
	text := "openapi: 3.0.3\na0: &a0 [x,x,x,x,x,x,x,x,x]\n"
	for i := 1; i < 9; i++ {
		text += fmt.Sprintf("a%d: &a%d [%s]\n", i, i,
			strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i-1), 9), ","))
	}
	return text
}

// TestLimitsAreReadInEverySpelling holds that YAML's spellings, and what is rewritten elsewhere,
// leave the limits as they are.
func TestLimitsAreReadInEverySpelling(t *testing.T) {
	const yamlText = `
openapi: 3.0.3
info: {title: A, version: 1.0}
x-shared: &window {window: 1m, per: []}
x-rate-limits:
  version: 1
  limits:
    plain: {quota: 10, window: 1s, per: []}
    hex: {quota: 0x10, window: 1s, per: []}
    thousands: {quota: 1_000, window: 1s, per: []}
    tagged: {quota: !!int "7", window: 1s, per: []}
    merged: {quota: 5, <<: *window}
  exceeded: [{status: 429, retry: False}]
paths:
  /a:
    get:
      parameters: [{name: n, in: query, schema: {type: integer, exclusiveMinimum: 0}}]
      responses: {200: {description: ok}}
`
	doc, found := load(t, "a.yaml", yamlText)
	if found != "" {
		t.Fatal(found)
	}
	table, diags := limit.ParseTable(doc.File, doc.Node("x-rate-limits"))
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	for name, quota := range map[string]int64{"plain": 10, "hex": 16, "thousands": 1000, "tagged": 7, "merged": 5} {
		l := table.Limit(name)
		if l == nil || l.Quota != quota || l.Window == 0 {
			t.Errorf("%s: %+v", name, l)
		}
	}
	if table.Exceeded[0].Retry {
		t.Error("False is read as true")
	}
	s := doc.T.Paths.Value("/a").Get.Parameters[0].Value.Schema.Value
	if s.Min == nil || *s.Min != 0 || s.ExclusiveMin.Bool == nil || !*s.ExclusiveMin.Bool {
		t.Errorf("the bound is lost: %+v", s)
	}
	if doc.T.Info.Version != "1.0" {
		t.Errorf("version %q", doc.T.Info.Version)
	}
}

// spec puts paths and schemas into a document.
func spec(parameters, schemas string) string {
	return "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths:\n  /a:\n    get: {" + parameters +
		"responses: {'200': {description: ok}}}\ncomponents:\n  schemas:\n    " +
		strings.ReplaceAll(schemas, "\n", "\n    ") + "\n"
}

func TestCircles(t *testing.T) {
	const r = "{$ref: '#/components/schemas/%s'}"
	ref := func(name string) string { return fmt.Sprintf(r, name) }
	for _, c := range []struct{ name, schemas, want string }{
		{"alias", "A: " + ref("B") + "\nB: " + ref("A"), "a.yaml:8:5: the schema refers only to itself, through B"},
		{"itself", "A: " + ref("A"), "a.yaml:8:5: the schema, or one of its alternatives, refers only to itself"},
		{"allOf", "A: {allOf: [" + ref("A") + "]}", "a.yaml:8:5: "},
		{"allOf with more", "A: {type: object, allOf: [" + ref("A") + ", {type: object}]}", "a.yaml:8:5: "},
		{"alternative", "A: {oneOf: [{type: string}, " + ref("A") + "]}", "a.yaml:8:5: "},
		{"anyOf in steps", "A: {anyOf: [" + ref("B") + "]}\nB: {anyOf: [" + ref("C") + ", {type: string}]}\nC: " + ref("A"), "a.yaml:8:5: "},
		{"two steps", "A: {allOf: [" + ref("B") + "]}\nB: {oneOf: [" + ref("A") + "]}", "a.yaml:8:5: the schema refers only to itself, through B"},
		{"not", "A: {not: " + ref("A") + "}", "a.yaml:8:5: "},
		{"inline", "A: {properties: {a: {allOf: [{$ref: '#/components/schemas/A/properties/a'}]}}}", "a.yaml:8:22: "},
		{"property", "A: {properties: {a: " + ref("A") + "}}", ""},
		{"items", "A: {type: array, items: {oneOf: [" + ref("A") + ", {type: string}]}}", ""},
		{"both directions", "P: {properties: {k: {type: string}}, oneOf: [" + ref("C") + "]}\nC: {allOf: [" + ref("P") + ", {properties: {c: {type: string}}}]}", ""},
		{"both directions, in steps", "P: {oneOf: [" + ref("C") + ", " + ref("D") + "], discriminator: {propertyName: k}}\nC: {allOf: [" + ref("X") +
			", {type: object}]}\nX: " + ref("P") + "\nD: {oneOf: [" + ref("E") + "]}\nE: {allOf: [{allOf: [" + ref("D") + ", {type: object}]}, {type: object}]}", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, found := load(t, "a.yaml", spec("", c.schemas)); !strings.HasPrefix(found,
				c.want) || c.want == "" && found != "" {
				t.Errorf("got\n%s\nwant %s", found, c.want)
			}
		})
	}
}

func TestReferencesThatLeadNowhere(t *testing.T) {
	_, found := load(t, "a.yaml", `openapi: 3.0.3
info: {title: T, version: '1'}
paths:
  /a:
    get:
      parameters: [{$ref: '#/components/parameters/Nope'}, {$ref: '#/components/schemas/S'}]
      requestBody: {$ref: '#/components/requestBodies/Nope'}
      callbacks: {c: {$ref: '#/components/callbacks/Nope'}}
      responses:
        '200': {$ref: '#/components/responses/Nope'}
        '201':
          description: ok
          headers: {h: {$ref: '#/components/headers/Nope'}}
          links: {l: {$ref: '#/components/links/Nope'}}
          content: {application/json: {schema: {$ref: 'other.yaml#/A'}, examples: {e: {$ref: '#/components/examples/Nope'}}}}
  /b: {$ref: '#/x-items/Nope'}
components:
  schemas:
    S: {oneOf: [{$ref: '#/components/schemas/Nope'}], discriminator: {propertyName: k, mapping: {a: '#/components/schemas/Gone', b: S, c: Lost}}}
    T: {$ref: '#anchor'}
  responses:
    R: {$ref: '#/components/responses/R'}
`)
	for _, want := range []string{"a.yaml:6:27: ", "a.yaml:6:67: ", "a.yaml:7:27: ", "a.yaml:8:29: ", "a.yaml:10:23: ", "a.yaml:13:31: ",
		"a.yaml:14:29: ", "a.yaml:15:55: ", "a.yaml:15:94: ", "a.yaml:16:14: ", "a.yaml:19:24: ", "a.yaml:19:101: ", "a.yaml:19:139: ",
		"a.yaml:20:15: ", "a.yaml:22:15: "} {
		if !strings.Contains(found, want) {
			t.Errorf("nothing at %s", want)
		}
	}
	if n := strings.Count(found, "\n") + 1; n != 15 {
		t.Errorf("%d findings:\n%s", n, found)
	}
}

func TestAllFaultsAreReportedInPlainWords(t *testing.T) {
	_, found := load(t, "a.yaml", `openapi: 3.0.3
info: nothing
paths:
  /a:
    get:
      tags: pets
      deprecated: [1]
      parameters: [{name: a, in: query, schema: {type: string, maxLength: -1}}, null]
      responses: {'200': none}
    post: []
components: {schemas: {A: {properties: [1], minimum: 1e999, required: {a: 1}}}}
`)
	for _, want := range []string{
		"a.yaml:2:7: info must be an object, not text", "a.yaml:6:13: tags must be a list", "a.yaml:7:19: deprecated must be true or false, not a list",
		"a.yaml:8:75: maxLength must be an integer, 0 or more, not -1", "a.yaml:8:81: element 2 of parameters is empty",
		"a.yaml:9:26: 200 must be an object, not text", "a.yaml:10:11: post must be an object, not a list",
		"a.yaml:11:40: properties must map names to values", "a.yaml:11:54: minimum is 1e999, which is too large", "a.yaml:11:71: required must be a list",
	} {
		if !strings.Contains(found, want) {
			t.Errorf("missing %s", want)
		}
	}
	if n := strings.Count(found, "\n") + 1; n != 10 {
		t.Errorf("%d findings:\n%s", n, found)
	}
}

// TestNothingIsPutIntoItself holds that a reference where none may stand is not followed into what
// holds it.
func TestNothingIsPutIntoItself(t *testing.T) {
	for _, info := range []string{"{$ref: '#'}", "{contact: {$ref: '#/info'}}", "{contact: {$ref: '#/x-a'}}\nx-a: {license: {$ref: '#/info'}}"} {
		_, found := load(t, "a.yaml", "openapi: 3.0.3\npaths: {}\ninfo: "+info+"\n")
		if strings.HasPrefix(info, "{$") && !strings.Contains(found, "a.yaml:3:14: ") ||
			strings.Contains(info, "'#/info'}}") && !strings.Contains(info, "x-a") &&
				!strings.Contains(found, "a.yaml:3:24: ") {
			t.Errorf("%s: %s", info, found)
		}
	}
}

// TestWhatPeopleWriteIsRead holds that what can mean one thing only is read so.
func TestWhatPeopleWriteIsRead(t *testing.T) {
	doc, found := load(t, "a.yaml", `openapi: 3.0.3
info: {title: T, version: 2}
tags: [{name: t, description: {$ref: ./tag.md}}]
paths:
  /a:
    parameters:
    get:
      deprecated: "yes"
      requestBody: {$ref: '#/components/schemas/A'}
      responses: {200: {$ref: '#/components/schemas/A'}, 201: }
components:
  schemas:
    A: {type: object, properties: {b: {type: string, required: true, maxLength: "1e3"}, c: false, d: {$ref: '#/components/responses/R'}}, discriminator: b}
    E:
  responses:
    R: {description: r, content: {application/json: {schema: {type: string}}}}
`)
	if doc == nil {
		t.Fatal(found)
	}
	for _, line := range []string{"3:38", "8:19", "9:27", "10:31", "13:64", "13:81", "13:92", "13:109", "13:154", "14:7"} {
		if !strings.Contains(found, "a.yaml:"+line+": ") {
			t.Errorf("nothing at %s", line)
		}
	}
	if n := strings.Count(found, "\n") + 1; n != 10 {
		t.Errorf("%d findings:\n%s", n, found)
	}
	a := doc.T.Components.Schemas["A"].Value
	get := doc.T.Paths.Value("/a").Get
	switch {
	case *a.Properties["b"].Value.MaxLength != 1000, !a.Properties["d"].Value.Type.Is("string"), a.Properties["c"].Value.Not == nil:
		t.Errorf("%+v", a)
	case get.RequestBody.Value.Content["application/json"].Schema.Value != a, !get.Deprecated:
		t.Errorf("%+v", get)
	case get.Responses.Value("200").Value.Content["application/json"].Schema.Value != a, get.Responses.Value("201") == nil:
		t.Errorf("%+v", get.Responses)
	}
}

// TestOtherKindsStandForEachOther holds that a reference to an object with the same content is
// read.
func TestOtherKindsStandForEachOther(t *testing.T) {
	data, err := os.ReadFile("../testdata/reading/odd-references.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc, found := load(t, "a.yaml", string(data))
	if doc == nil {
		t.Fatal(found)
	}
	for _, want := range []string{
		`a.yaml:9:17: "#/components/requestBodies/Thing" is a request body, but a response is expected; read as a response`,
		`a.yaml:19:27: "#/components/responses/Problem" is a response, but a request body is expected; read as a request body`,
		`a.yaml:23:34: "#/components/parameters/Shop" is a parameter, but a header is expected; read as a header`,
		`a.yaml:32:78: the examples of a schema must be a list, not an object; read as a list of its values`,
		`a.yaml:32:142: the examples of a schema must be a list, not a number; read as a list of its values`,
	} {
		if !strings.Contains(found, want) {
			t.Errorf("not found: %s\n%s", want, found)
		}
	}
	item := doc.T.Paths.Value("/things")
	thing := item.Get.Responses.Value("200").Value.Content["application/json"].Schema.Value
	if got := thing.Properties["name"].Value.Examples; !slices.Equal(got, []any{"pen", "ink"}) {
		t.Errorf("examples %v", got)
	}
	if got := thing.Properties["size"].Value.Examples; len(got) != 1 {
		t.Errorf("examples %v", got)
	}
	if item.Post.RequestBody.Value.Content["application/json"].Schema.Value.Properties["code"] == nil {
		t.Error("the request body is not the response's")
	}
	if h := item.Post.Responses.Value("201").Value.Headers["Shop"].Value; !h.Required ||
		!h.Schema.Value.Type.Is("string") {
		t.Errorf("header %+v", h)
	}
}
