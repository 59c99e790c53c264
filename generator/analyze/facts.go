package analyze

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/source"
)

// Facts of the document for the rules of package lint, which read no OpenAPI themselves.

// Reading is what the document says about the part of a request that an expression reads.
type Reading struct {
	Missing  string   // the part, such as `query parameter "n"`, if the operation lacks it; otherwise ""
	Required bool     // a parameter that is never absent
	Schemas  []Schema // of the part, if they are described
}

// Schema is what a cost depends on in a schema.
type Schema struct {
	Types    []string // JSON types; none if any
	Default  any
	Min, Max *float64
	MaxItems *uint64
}

// Reading returns the facts about an expression in a use.
func (a *Analysis) Reading(u *Use, e limit.Expr) Reading {
	var r Reading
	bodies, known := a.bodies(u)
	if e.From == limit.FromBody {
		r.Missing = lacking(e, bodies, known)
	} else {
		p := u.Op.Parameter(e.From, e.Name)
		r.Required = p != nil && p.Required
		if p == nil && e.From != limit.FromHeader {
			r.Missing = string(e.From) + " parameter " + strconv.Quote(e.Name)
		}
	}
	for _, s := range u.Schemas(e, bodies...) {
		f := Schema{Default: s.Default, Min: s.Min, Max: s.Max, MaxItems: s.MaxItems}
		if s.Type != nil {
			f.Types = s.Type.Slice()
		}
		r.Schemas = append(r.Schemas, f)
	}
	return r
}

// lacking names what bodies lack of an expression; "" if one of them may have it.
func lacking(e limit.Expr, bodies []*openapi3.SchemaRef, known bool) string {
	if !known {
		return ""
	}
	if len(bodies) == 0 {
		return "a request body"
	}
	if slices.ContainsFunc(bodies, func(s *openapi3.SchemaRef) bool { return has(s, e.Pointer) }) {
		return ""
	}
	return "body property " + strconv.Quote(e.Pointer)
}

func has(s *openapi3.SchemaRef, pointer string) bool {
	_, ok := Find(s, pointer)
	return ok
}

// bodies returns the schemas that the body may have, in the order of their media types. A variant's
// own request takes the place of the operation's. known is false if a schema is not given.
func (a *Analysis) bodies(u *Use) (schemas []*openapi3.SchemaRef, known bool) {
	body := u.Op.Op.RequestBody
	if v := u.Variant; v != nil && v.Request != "" {
		kind, name := splitRef(v.Request)
		c := a.Doc.T.Components
		switch {
		case c == nil:
			return nil, false // reported by the builder
		case kind == "schemas" && c.Schemas[name] != nil:
			return []*openapi3.SchemaRef{c.Schemas[name]}, true
		case kind != "requestBodies" || c.RequestBodies[name] == nil:
			return nil, false // reported by the builder
		}
		body = c.RequestBodies[name]
	}
	if body == nil || body.Value == nil {
		return nil, true
	}
	for _, name := range slices.Sorted(maps.Keys(body.Value.Content)) {
		media := body.Value.Content[name]
		if media == nil || media.Schema == nil {
			return nil, false
		}
		schemas = append(schemas, media.Schema)
	}
	return schemas, true
}

// splitRef splits a local reference #/components/KIND/NAME.
func splitRef(ref string) (kind, name string) {
	if ptr := source.Pointer(ref); len(ptr) == 3 && ptr[0] == "components" {
		return ptr[1], ptr[2]
	}
	return "", ""
}

// Declared is a parameter that an operation, or its path item, declares.
type Declared struct {
	Name    string
	From    limit.Source
	Pointer []string
}

// Declared returns the parameters of the operation, then those of its path item.
func (op *Operation) Declared() []Declared {
	var out []Declared
	add := func(list openapi3.Parameters, ptr []string) {
		for i, p := range list {
			if p != nil && p.Value != nil {
				out = append(out, Declared{
					p.Value.Name, limit.Source(p.Value.In), join(ptr, "parameters", strconv.Itoa(i)),
				})
			}
		}
	}
	add(op.Op.Parameters, op.Pointer)
	if op.Item != nil {
		add(op.Item.Parameters, op.Pointer[:len(op.Pointer)-1])
	}
	return out
}

// Documents reports whether the operation documents a response, such as 429 or 4XX.
func (op *Operation) Documents(code string) bool { return op.Op.Responses.Value(code) != nil }

// Scheme is a security scheme that an operation asks for.
type Scheme struct {
	Name    string
	Carried bool // requests contain its value
}

// Security returns the alternatives of an operation's security. One without schemes asks for
// nothing.
func (a *Analysis) Security(op *Operation) [][]Scheme {
	requirements := a.Doc.T.Security
	if op.Op.Security != nil {
		requirements = *op.Op.Security
	}
	var out [][]Scheme
	for _, alternative := range requirements {
		var schemes []Scheme
		for _, name := range slices.Sorted(maps.Keys(alternative)) {
			schemes = append(schemes, Scheme{name, a.carried(name)})
		}
		out = append(out, schemes)
	}
	return out
}

func (a *Analysis) carried(name string) bool {
	if a.Doc.T.Components == nil {
		return false
	}
	ref := a.Doc.T.Components.SecuritySchemes[name]
	return ref != nil && ref.Value != nil &&
		slices.Contains([]string{"apiKey", "http", "oauth2", "openIdConnect"}, ref.Value.Type)
}

// Body is the schema of a JSON body; the document may describe nothing of it.
type Body struct{ schema *openapi3.SchemaRef }

// Has reports whether a JSON pointer may lead somewhere in the body.
func (b Body) Has(pointer string) bool { return has(b.schema, pointer) }

// ErrorBodies returns the JSON bodies of all error responses, including those of variants.
func (a *Analysis) ErrorBodies() []Body {
	var out []Body
	add := func(code string, r *openapi3.ResponseRef) {
		if r == nil || r.Value == nil ||
			code != "default" && !strings.HasPrefix(code, "4") && !strings.HasPrefix(code, "5") {
			return
		}
		for _, name := range slices.Sorted(maps.Keys(r.Value.Content)) {
			kind, _, _ := strings.Cut(strings.ToLower(name), ";")
			if media := r.Value.Content[name]; media != nil &&
				(strings.HasSuffix(kind, "json") || strings.Contains(kind, "*")) {
				out = append(out, Body{media.Schema})
			}
		}
	}
	for _, op := range a.Operations {
		for code, r := range op.Op.Responses.Map() {
			add(code, r)
		}
		for _, u := range op.Uses {
			if u.Variant == nil || a.Doc.T.Components == nil {
				continue
			}
			for _, r := range u.Variant.Responses {
				if kind, name := splitRef(r.Ref); kind == "responses" {
					add(r.Code, a.Doc.T.Components.Responses[name])
				}
			}
		}
	}
	return out
}
