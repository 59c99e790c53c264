package agree

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// A Validator judges values by the schemas of one document.
type Validator struct {
	compiler *jsonschema.Compiler
	v30      bool
	root     map[string]any
	schemas  map[string]any
	inline   int // schemas without a name so far
}

const base = "http://api.test/"

// NewValidator reads an OpenAPI document in JSON.
func NewValidator(data []byte) (*Validator, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	root, _ := doc.(map[string]any)
	version, _ := root["openapi"].(string)
	v := &Validator{compiler: jsonschema.NewCompiler(), root: root, v30: strings.HasPrefix(version, "3.0")}
	components, _ := root["components"].(map[string]any)
	v.schemas, _ = components["schemas"].(map[string]any)
	v.compiler.DefaultDraft(jsonschema.Draft2020)
	v.compiler.AssertFormat()
	for name, check := range formats {
		v.compiler.RegisterFormat(&jsonschema.Format{Name: name, Validate: check})
	}
	v.walk(doc)
	return v, v.compiler.AddResource(base+"spec.json", doc)
}

// Schema returns what judges values of a schema.
func (v *Validator) Schema(ref *openapi3.SchemaRef) (*jsonschema.Schema, error) {
	if ref == nil || ref.Value == nil {
		return nil, fmt.Errorf("no schema")
	}
	if strings.HasPrefix(ref.Ref, "#") {
		return v.compiler.Compile(base + "spec.json" + ref.Ref)
	}
	text, err := json.Marshal(ref.Value)
	if err != nil {
		return nil, err
	}
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	v.translate(schema)
	v.inline++
	name := fmt.Sprintf("%sinline%d.json", base, v.inline)
	if err := v.compiler.AddResource(name, schema); err != nil {
		return nil, err
	}
	return v.compiler.Compile(name)
}

// walk translates the schemas of a document, wherever they stand.
func (v *Validator) walk(node any) {
	switch n := node.(type) {
	case []any:
		for _, i := range n {
			v.walk(i)
		}
	case map[string]any:
		for word, i := range n {
			switch word {
			case "schema":
				v.translate(i)
			case "schemas":
				v.each(i)
			case "example", "examples":
			default:
				v.walk(i)
			}
		}
	}
}

// each translates the schemas of a list or of an object's members.
func (v *Validator) each(node any) {
	switch n := node.(type) {
	case []any:
		for _, i := range n {
			v.translate(i)
		}
	case map[string]any:
		for _, i := range n {
			v.translate(i)
		}
	}
}

// translate turns a schema of OpenAPI into one of JSON Schema.
func (v *Validator) translate(node any) {
	n, _ := node.(map[string]any)
	if n == nil {
		return
	}
	v.sent(n)
	v.translateKind(n)
	if _, typed := n["type"]; !typed && n["$ref"] == nil { // which is what properties and items are of
		switch {
		case n["properties"] != nil:
			n["type"] = []any{"object", "null"}
		case n["items"] != nil:
			n["type"] = []any{"array", "null"}
		}
	}
	if n["nullable"] == true && !v.v30 { // a word of OpenAPI 3.0, which is read as it is meant
		if kind, is := n["type"].(string); is {
			n["type"] = []any{kind, "null"}
		}
	}
	if v.v30 {
		translate30(n)
	}
	if n["contentEncoding"] == "base64" && n["format"] == nil { // of which servers check what they decode
		n["format"] = "byte"
	}
	if ref, ok := n["$ref"].(string); ok && strings.HasPrefix(ref, "#") {
		n["$ref"] = base + "spec.json" + ref
	}
	if list, _ := n["x-list"].(map[string]any); list["single"] == true {
		whole := maps.Clone(n)
		delete(whole, "x-list")
		clear(n)
		n["anyOf"] = []any{whole, whole["items"]}
	}
	for word, i := range n {
		switch word {
		case "properties", "patternProperties", "dependentSchemas", "$defs", "allOf", "anyOf", "oneOf", "prefixItems":
			v.each(i)
		case "items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames", "unevaluatedItems", "unevaluatedProperties":
			v.translate(i)
		}
	}
}

// sent takes those names out of an allOf's required lists that are only read, in whichever of its
// members that stands: bodies are requests.
func (v *Validator) sent(n map[string]any) {
	names := make(map[string]bool)
	v.readOnly(n, names, 0)
	if len(names) == 0 {
		return
	}
	if list, ok := n["required"].([]any); ok {
		n["required"] = slices.DeleteFunc(slices.Clone(list), func(name any) bool { return names[fmt.Sprint(name)] })
	}
	if all, ok := n["allOf"].([]any); ok {
		n["allOf"] = v.without(all, names, 0)
	}
}

const nested = 20

// readOnly finds the names of a schema's properties that are only read.
func (v *Validator) readOnly(n map[string]any, names map[string]bool, depth int) {
	n = v.target(n)
	if n == nil || depth > nested {
		return
	}
	properties, _ := n["properties"].(map[string]any)
	for name, p := range properties {
		if v.isReadOnly(p, 0) {
			names[name] = true
		}
	}
	all, _ := n["allOf"].([]any)
	for _, member := range all {
		m, _ := member.(map[string]any)
		v.readOnly(m, names, depth+1)
	}
}

func (v *Validator) isReadOnly(node any, depth int) bool {
	n, _ := node.(map[string]any)
	if n = v.target(n); n == nil || depth > nested {
		return false
	}
	all, _ := n["allOf"].([]any)
	return n["readOnly"] == true || slices.ContainsFunc(all, func(m any) bool { return v.isReadOnly(m, depth+1) })
}

// without returns the members of an allOf without names that they require: a member that is a
// reference becomes a copy, which the schema with a name is not.
func (v *Validator) without(all []any, names map[string]bool, depth int) []any {
	out := slices.Clone(all)
	for i, member := range all {
		m, _ := member.(map[string]any)
		to := v.target(m)
		list, _ := to["required"].([]any)
		inner, _ := to["allOf"].([]any)
		if to == nil || depth > nested || len(list)+len(inner) == 0 {
			continue
		}
		whole := maps.Clone(to)
		whole["required"] = slices.DeleteFunc(slices.Clone(list), func(name any) bool { return names[fmt.Sprint(name)] })
		if len(inner) > 0 {
			whole["allOf"] = v.without(inner, names, depth+1)
		}
		out[i] = whole
	}
	return out
}

// target returns the schema that a reference leads to, or the schema itself.
func (v *Validator) target(n map[string]any) map[string]any {
	for range nested {
		ref, _ := n["$ref"].(string)
		pointer, ok := strings.CutPrefix(strings.TrimPrefix(ref, base+"spec.json"), "#/")
		if !ok {
			return n
		}
		at := any(v.root)
		for token := range strings.SplitSeq(pointer, "/") {
			switch in := at.(type) {
			case map[string]any:
				at = in[strings.NewReplacer("~1", "/", "~0", "~").Replace(token)]
			case []any:
				if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(in) {
					at = in[i]
				}
			}
		}
		n, _ = at.(map[string]any)
	}
	return n
}

func translate30(n map[string]any) {
	for _, word := range []string{"anyOf", "oneOf"} {
		members, _ := n[word].([]any)
		for _, m := range members {
			if m, _ := m.(map[string]any); len(m) == 1 && m["nullable"] == true { // by which authors mean null
				clear(m)
				m["type"] = "null"
			}
		}
	}
	if ref, ok := n["$ref"].(string); ok { // what stands beside it does not count
		clear(n)
		n["$ref"] = ref
	}
	kind, typed := n["type"].(string)
	if n["nullable"] == true && typed {
		n["type"] = []any{kind, "null"}
		if list, ok := n["enum"].([]any); ok && !slices.Contains(list, nil) {
			n["enum"] = append(list, nil)
		}
	}
	for _, side := range []string{"Min", "Max"} {
		word, bound := "exclusive"+side+"imum", strings.ToLower(side)+"imum"
		switch exclusive := n[word]; {
		case exclusive == true && n[bound] != nil:
			n[word] = n[bound]
			delete(n, bound)
		case exclusive == true || exclusive == false:
			delete(n, word)
		}
	}
	if n["nullable"] == true && n["allOf"] != nil { // which authors mean for the whole
		whole := maps.Clone(n)
		delete(whole, "nullable")
		clear(n)
		n["anyOf"] = []any{map[string]any{"type": "null"}, whole}
	}
}

// translateKind lets a discriminator select the alternative. JSON Schema knows none.
func (v *Validator) translateKind(n map[string]any) {
	d, _ := n["discriminator"].(map[string]any)
	property, _ := d["propertyName"].(string)
	mapping, _ := d["mapping"].(map[string]any)
	word := "oneOf"
	if n[word] == nil {
		word = "anyOf"
	}
	members, _ := n[word].([]any)
	if property == "" || len(mapping) == 0 || len(members) == 0 {
		return
	}
	values := v.unmapped(members, mapping, property)
	has := map[string]any{"required": []any{property}, "type": "object"}
	all, _ := n["allOf"].([]any)
	for _, value := range slices.Sorted(maps.Keys(mapping)) {
		values = append(values, value)
		is := maps.Clone(has)
		is["properties"] = map[string]any{property: map[string]any{"const": value}}
		all = append(all, map[string]any{"if": is, "then": map[string]any{"$ref": target(mapping[value])}})
	}
	n["allOf"] = append(all, map[string]any{
		"if":   has,
		"then": map[string]any{"anyOf": members, "properties": map[string]any{property: map[string]any{"enum": values}}},
		"else": map[string]any{word: members},
	})
	delete(n, word)
}

// unmapped returns the values that mean alternatives without a mapped one: those that they list, or
// their names.
func (v *Validator) unmapped(members []any, mapping map[string]any, property string) []any {
	var out []any
	for _, m := range members {
		member, _ := m.(map[string]any)
		ref, _ := member["$ref"].(string)
		ref = strings.TrimPrefix(ref, base+"spec.json")
		mapped := false
		for _, to := range mapping {
			mapped = mapped || target(to) == ref
		}
		if mapped || ref == "" {
			continue
		}
		name := ref[strings.LastIndexByte(ref, '/')+1:]
		at, _ := v.schemas[name].(map[string]any)
		properties, _ := at["properties"].(map[string]any)
		kind, _ := properties[property].(map[string]any)
		if listed, ok := kind["enum"].([]any); ok {
			out = append(out, listed...)
		} else {
			out = append(out, name)
		}
	}
	return out
}

// target is the schema that a mapping names.
func target(to any) string {
	ref, _ := to.(string)
	if !strings.Contains(ref, "/") {
		ref = "#/components/schemas/" + ref
	}
	return ref
}

// formats are those that OpenAPI defines and JSON Schema does not, and those of which a server
// checks nothing: they describe what a text is for.
var formats = map[string]func(any) error{
	"int32": integer(32), "int64": integer(64), "byte": base64Text,
	"uint8": natural(8), "uint16": natural(16), "uint32": natural(32), "uint64": natural(64),
}

func init() {
	for _, name := range []string{
		"email", "idn-email", "hostname", "idn-hostname", "uri", "uri-reference", "iri", "iri-reference", "uri-template", "json-pointer",
		"relative-json-pointer", "regex", "time", "duration", "period", "semver",
	} {
		formats[name] = func(any) error { return nil }
	}
}

func base64Text(v any) error {
	text, ok := v.(string)
	if !ok {
		return nil
	}
	_, err := base64.StdEncoding.DecodeString(text)
	return err
}

func natural(bits int) func(any) error {
	return func(v any) error {
		n, ok := v.(json.Number)
		if r, is := new(big.Rat).SetString(n.String()); ok && is && r.IsInt() && (r.Sign() < 0 || r.Num().BitLen() > bits) {
			return fmt.Errorf("beyond uint%d", bits)
		}
		return nil
	}
}

func integer(bits int) func(any) error {
	return func(v any) error {
		n, ok := v.(json.Number)
		if !ok {
			return nil
		}
		r, ok := new(big.Rat).SetString(n.String())
		if !ok || !r.IsInt() {
			return nil
		}
		if i := r.Num(); !i.IsInt64() || i.Int64()<<(64-bits)>>(64-bits) != i.Int64() {
			return fmt.Errorf("beyond int%d", bits)
		}
		return nil
	}
}
