package source

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator/diag"
)

// reader serves files of a test, and notes which were read.
func reader(files map[string]string, read *[]string) Reader {
	return func(name string) ([]byte, error) {
		*read = append(*read, name)
		if text, ok := files[name]; ok {
			return []byte(text), nil
		}
		return nil, fs.ErrNotExist
	}
}

const inParts = `openapi: 3.0.3
info: {title: T, version: "1"}
x-rate-limits: {$ref: limits.yaml}
paths:
  /pets: {$ref: paths/pets.yaml}
  /toys:
    get:
      responses:
        "200": {$ref: 'common.yaml#/responses/Toys'}
        default: {$ref: 'common.yaml#/responses/Failed'}
components:
  schemas:
    Pet: {$ref: schemas/pet.yaml}
    Error: {type: object, properties: {own: {type: string}}}
`

func partFiles() map[string]string {
	return map[string]string{
		"specs/limits.yaml": "version: 1\nlimits: {each: {quota: 1, window: 1s, per: []}}\n",
		"specs/paths/pets.yaml": `parameters: [{$ref: '../common.yaml#/parameters/Page'}]
get:
  responses:
    "200":
      description: ok
      content:
        application/json:
          schema: {type: array, items: {$ref: ../schemas/pet.yaml}}
    default: {$ref: '../common.yaml#/responses/Failed'}
`,
		"specs/schemas/pet.yaml": `type: object
properties:
  mother: {$ref: '#'}
  kind: {$ref: '#/definitions/Kind'}
  owner: {$ref: '../api.yaml#/components/schemas/Error'}
  toy: {$ref: 'toy.json'}
definitions:
  Kind: {type: string, enum: [cat, dog]}
`,
		"specs/schemas/toy.json": `{"type": "object", "properties": {"pets": {"type": "array", "items": {"$ref": "pet.yaml"}}}}`,
		"specs/common.yaml": `parameters:
  Page: {name: page, in: query, schema: {type: integer}}
responses:
  Toys: {description: toys, content: {application/json: {schema: {$ref: 'schemas/toy.json'}}}}
  Failed: {description: no, content: {application/json: {schema: {$ref: '#/schemas/Error'}}}}
schemas:
  Error: {type: object, properties: {message: {type: string}}}
`,
	}
}

func TestSpecOfSeveralFiles(t *testing.T) {
	var read []string
	doc, diags := Load("specs/api.yaml", []byte(inParts), reader(partFiles(), &read))
	if doc == nil || len(diags) > 0 {
		t.Fatal(diags)
	}
	if sorted := slices.Sorted(slices.Values(read)); len(slices.Compact(sorted)) != len(read) ||
		len(doc.Parts) != 5 {
		t.Errorf("read %v; parts %v", read, doc.Parts)
	}
	ref := func(ptr ...string) string { return doc.Node(append(ptr, "$ref")...).Value }
	for want, got := range map[string]string{
		"#/components/schemas/Pet":         ref("components", "schemas", "Pet", "properties", "mother"),
		"#/components/schemas/Kind":        ref("components", "schemas", "Pet", "properties", "kind"),
		"#/components/schemas/Error":       ref("components", "schemas", "Pet", "properties", "owner"),
		"#/components/schemas/toy":         ref("components", "schemas", "Pet", "properties", "toy"),
		"#/components/schemas/CommonError": ref("components", "responses", "Failed", "content", "application/json", "schema"),
		"#/components/parameters/Page":     ref("paths", "/pets", "parameters", "0"),
		"#/components/responses/Toys":      ref("paths", "/toys", "get", "responses", "200"),
		"#/components/responses/Failed":    ref("paths", "/toys", "get", "responses", "default"),
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if n := doc.Node("x-rate-limits", "limits", "each"); n == nil {
		t.Error("the table of limits is not there")
	}
	for _, at := range []struct{ got, want string }{
		{doc.Pos("paths", "/pets", "get").String(), "specs/paths/pets.yaml:2:1"},
		{doc.Pos("components", "schemas", "Pet", "properties", "toy").String(), "specs/schemas/pet.yaml:6:3"},
		{doc.Pos("components", "schemas", "CommonError", "properties").String(), "specs/common.yaml:7:25"},
		{doc.Pos("x-rate-limits", "limits").String(), "specs/limits.yaml:2:1"},
		{doc.Pos("paths", "/toys").String(), "specs/api.yaml:6:3"},
	} {
		if at.got != at.want {
			t.Errorf("at %s, want %s", at.got, at.want)
		}
	}
	if got := doc.T.Components.Schemas["Pet"].Value.Properties["toy"].Value.Properties["pets"].Value.Items.Ref; got != "#/components/schemas/Pet" {
		t.Error(got)
	}
}

// TestOverlayOverParts changes an operation that stands in another file.
func TestOverlayOverParts(t *testing.T) {
	var read []string
	over := "paths: {/pets: {get: {x-rate-limit: each}}}\n"
	doc, diags := Load("specs/api.yaml", []byte(inParts), reader(partFiles(), &read),
		File{"over.yaml", []byte(over)})
	if doc == nil || len(diags) > 0 {
		t.Fatal(diags)
	}
	if at := doc.Pos("paths", "/pets", "get", "x-rate-limit"); at.File != "over.yaml" {
		t.Error(at)
	}
}

func TestDiscriminatorsMapToParts(t *testing.T) {
	files := map[string]string{
		"any.yaml": `oneOf: [{$ref: 'shapes.yaml#/Round'}, {$ref: 'shapes.yaml#/components/schemas/Flat'}]
discriminator: {propertyName: kind, mapping: {r: 'shapes.yaml#/Round', f: 'shapes.yaml#/components/schemas/Flat'}}
`,
		"shapes.yaml": `Round: {type: object, required: [kind], properties: {kind: {type: string}, more: {$ref: any.yaml}}}
components: {schemas: {Flat: {type: object, required: [kind], properties: {kind: {type: string}}}}}
`,
	}
	var read []string
	doc, diags := Load("api.yaml", []byte(`openapi: 3.0.3
info: {title: T, version: "1"}
paths: {/a: {get: {responses: {"200": {description: ok, content: {application/json: {schema: {$ref: any.yaml}}}}}}}}
`), reader(files, &read))
	if doc == nil || len(diags) > 0 {
		t.Fatal(diags)
	}
	for value, want := range map[string]string{"r": "#/components/schemas/Round", "f": "#/components/schemas/Flat"} {
		if got := doc.Node("components", "schemas", "any", "discriminator", "mapping", value).Value; got != want {
			t.Errorf("%s maps to %s", value, got)
		}
	}
}

func TestReferencesOutsideThatCannotBeRead(t *testing.T) {
	head := "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths: {/a: {get: {responses: {'200': {description: ok, content: {application/json: {schema:\n  {$ref: '%s'}}}}}}}}\n"
	files := map[string]string{
		"bad.yaml":    "type: [object\n",
		"empty.yaml":  "",
		"list.yaml":   "- a\n",
		"deep.yaml":   "a: {$ref: 'other.yaml#/missing'}\n",
		"other.yaml":  "b: {type: string}\n",
		"twice.yaml":  "type: object\ntype: string\n",
		"loop.yaml":   "a: {$ref: 'loop.yaml#/a'}\n",
		"wrong.yaml":  "type: object\nproperties: {a: {type: 7}}\n",
		"limits.yaml": "x-rate-limits: {version: 1}\na: {type: string}\n",
	}
	for _, tt := range []struct{ ref, at, says string }{
		{"gone.yaml", "api.yaml:4:10", "cannot be read: file does not exist"},
		{"https://example.com/a.yaml", "api.yaml:4:10", "is on a network"},
		{"other.yaml#/c", "api.yaml:4:10", `there is no "c" in the document`},
		{"other.yaml#b", "api.yaml:4:10", "is not a JSON pointer"},
		{"bad.yaml", "bad.yaml:", ""},
		{"empty.yaml", "empty.yaml:1:1", "holds no object"},
		{"list.yaml", "list.yaml:1:1", "holds no object"},
		{"deep.yaml#/a", "deep.yaml:1:11", `"other.yaml#/missing" refers to nothing`},
		{"twice.yaml", "twice.yaml:2:1", "is a duplicate; the first is at twice.yaml:1:1"},
		{"loop.yaml#/a", "", "a"},
		{"wrong.yaml", "wrong.yaml:2:24", ""},
		{"limits.yaml#/a", "limits.yaml:1:1", "x-rate-limits counts in api.yaml alone"},
	} {
		var read []string
		_, diags := Load("api.yaml", []byte(fmt.Sprintf(head, tt.ref)), reader(files, &read))
		if len(diags) == 0 || !strings.HasPrefix(diags[0].Pos.String(), tt.at) ||
			!strings.Contains(diags[0].Message, tt.says) {
			t.Errorf("%s: %v", tt.ref, diags)
		}
	}
	_, diags := Load("api.yaml", []byte(fmt.Sprintf(head, "other.yaml#/b")), nil)
	if len(diags) != 1 || !strings.Contains(diags[0].Message, "only one file is read here") {
		t.Error(diags)
	}
}

// TestLimitsOfAnotherFile follows the reference of x-rate-limits, in the spec or an overlay, and
// says what is wrong with one that leads nowhere.
func TestLimitsOfAnotherFile(t *testing.T) {
	files := map[string]string{
		"plain.yaml": "version: 1\n", "under.yaml": "x-rate-limits: {version: 1}\n",
		"a.yaml": "$ref: b.yaml\n", "b.yaml": "$ref: a.yaml\n", "own.yaml": "$ref: '#'\n",
	}
	head := "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths: {}\n"
	for ref, want := range map[string]string{
		"plain.yaml":                 "",
		"under.yaml#/x-rate-limits":  "",
		"under.yaml":                 `"under.yaml" has its table under x-rate-limits; write "under.yaml#/x-rate-limits"`,
		"under.yaml#/x-rate-limit":   "refers to nothing",
		"plain.yaml#version":         "refers to nothing",
		"plain.yaml#/version":        "is a number, but an object is expected",
		"#/x-rate-limits":            "leads to this file; x-rate-limits has its members here, or is a reference to another file",
		"api.yaml#/x-rate-limits":    "leads to this file",
		"a.yaml":                     "leads back to itself",
		"own.yaml":                   "leads back to itself",
		"/etc/a.yaml":                "is an absolute path, which is not the same on other machines; write it relative to this file",
		`C:\a.yaml`:                  "is an absolute path",
		"https://example.com/a.yaml": "is on a network",
		"gone.yaml":                  "cannot be read: file does not exist",
	} {
		over := File{Name: "over.yaml", Data: []byte("x-rate-limits: {$ref: '" + ref + "'}\n")}
		for name, load := range map[string]func(read Reader) (*Document, diag.List){
			"spec": func(read Reader) (*Document, diag.List) {
				return Load("api.yaml", append([]byte(head), over.Data...), read)
			},
			"overlay": func(read Reader) (*Document, diag.List) { return Load("api.yaml", []byte(head), read, over) },
		} {
			doc, diags := load(reader(files, new([]string)))
			ok := len(diags) == 0 && doc.Node("x-rate-limits", "version") != nil
			if want != "" {
				ok = len(diags) > 0 && diags.HasErrors() && strings.Contains(fmt.Sprint(diags), want)
				for _, d := range diags {
					ok = ok && d.Pos.Line > 0
				}
			}
			if !ok {
				t.Errorf("%s of the %s: %v, want %q", ref, name, diags, want)
			}
		}
	}
}

// TestNamesOfFiles finds parts beside files with odd names, and at a revision.
func TestNamesOfFiles(t *testing.T) {
	for _, tt := range []struct{ base, rel, want string }{
		{"api.yaml", "a.yaml", "a.yaml"},
		{"specs/api.yaml", "../a.yaml", "a.yaml"},
		{"../api.yaml", "../a.yaml", "../../a.yaml"},
		{"<stdin>", "a/b.yaml", "a/b.yaml"},
		{"main:api.yaml", "a.yaml", "main:a.yaml"},
		{"v1.2:specs/api.yaml", "../a.yaml", "v1.2:a.yaml"},
		{"c:/specs/api.yaml", "a.yaml", "c:/specs/a.yaml"},
		{"api.yaml", "/etc/a.yaml", "/etc/a.yaml"},
	} {
		if got := beside(tt.base, tt.rel); got != tt.want {
			t.Errorf("%s beside %s is %s, want %s", tt.rel, tt.base, got, tt.want)
		}
	}
}

// TestPathItemsThatLeadBack report references in a circle, through one file or two.
func TestPathItemsThatLeadBack(t *testing.T) {
	for _, files := range []map[string]string{
		{"p.yaml": "p: {$ref: '#/p'}\n"},
		{"p.yaml": "p: {$ref: 'q.yaml#/p'}\n", "q.yaml": "p: {$ref: 'p.yaml#/p'}\n"},
		{"p.yaml": "p: [a]\n"},
		{"p.yaml": "p: {get: {callbacks: {c: {'{$url}': {$ref: 'p.yaml#/p'}}}, responses: {'200': {description: ok}}}}\n"},
	} {
		for _, spec := range []string{"paths: {/a: {$ref: 'p.yaml#/p'}}", "x-rate-limits: {$ref: 'p.yaml#/p'}\npaths: {}", "paths: {$ref: 'p.yaml#/p'}"} {
			var read []string
			doc, diags := Load("api.yaml", []byte("openapi: 3.0.3\ninfo: {title: T, version: '1'}\n"+spec+
				"\n"), reader(files, &read))
			if strings.Contains(files["p.yaml"], "get") {
				continue // it ends, in one way or another
			}
			if doc != nil || len(diags) == 0 || diags[0].Pos.Line == 0 {
				t.Errorf("%v %s: %v", files, spec, diags)
			}
		}
	}
}
