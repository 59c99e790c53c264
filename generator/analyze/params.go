package analyze

import (
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/naming"
)

// params gathers the parameters: those of the path first, in the path's order.
func (b *builder) params(op *opSource) {
	type declared struct {
		p   *openapi3.Parameter
		ptr []string
	}
	var all []declared
	add := func(params openapi3.Parameters, ptr []string) {
		for i, ref := range params {
			if ref == nil || ref.Value == nil {
				continue
			}
			d := declared{ref.Value, join(ptr, itoa(i))}
			if ref.Ref != "" {
				d.ptr = refPointer(ref.Ref)
			}
			if !knownPlace(d.p.In) || d.p.Name == "" {
				b.diags.Errorf(b.doc.Pos(d.ptr...), "parameter",
					"a parameter needs a name and must be in path, query, header or cookie; this one is %q in %q",
					d.p.Name, d.p.In)
				continue
			}
			same := func(x declared) bool { return x.p.In == d.p.In && x.p.Name == d.p.Name }
			if j := slices.IndexFunc(all, same); j >= 0 {
				all[j] = d
				continue
			}
			all = append(all, d)
		}
	}
	add(op.Item.Parameters, join(op.Pointer[:len(op.Pointer)-1], "parameters"))
	add(op.Op.Parameters, join(op.Pointer, "parameters"))

	m := op.model
	args := naming.NewTable(inMethods...)
	for _, match := range parameterName.FindAllStringSubmatch(op.Path, -1) {
		name := match[1]
		if i := slices.IndexFunc(m.Params, func(q *model.Param) bool { return q.Name == name }); i >= 0 {
			again := *m.Params[i]
			again.Again, again.Required = true, false
			m.Params = append(m.Params, &again)
			continue
		}
		p := &model.Param{
			In: model.InPath, Name: name, Required: true, Type: builtin("string"), Style: "simple",
		}
		if i := slices.IndexFunc(all, func(d declared) bool { return d.p.In == "path" && d.p.Name == name }); i >= 0 {
			b.param(op, p, all[i].p, all[i].ptr)
		}
		if p.Type.Kind == model.Pointer {
			p.Type = p.Type.Elem
		}
		if v := op.variant; v != nil && v.When != nil && v.When.Is == limit.IsList &&
			v.When.Expr.From == limit.FromPath && v.When.Expr.Name == name {
			p.Type = slice(builtin("string"))
			p.Schema = b.schemas.stringList()
			p.List = true
		}
		p.Single = op.variant != nil && p.EncodedComma && !p.List
		m.Params = append(m.Params, p)
		if slices.Contains(b.xclient.scope, name) {
			p.Scope, m.UsesScope = true, true
			b.scope(p)
			continue
		}
		if isSlice(p.Type) {
			name = naming.Plural(name)
		}
		p.Arg = b.argName(args, name)
		m.Args = append(m.Args, p)
	}
	fields := naming.NewTable()
	for _, d := range all {
		ignored := d.p.In == "header" &&
			slices.ContainsFunc([]string{"Accept", "Content-Type", "Authorization"},
				func(h string) bool { return strings.EqualFold(h, d.p.Name) })
		if d.p.In == "path" || ignored {
			continue // OpenAPI: such header parameters shall be ignored
		}
		if d.p.In == "header" && b.ownHeader(d.p.Name, d.ptr) {
			continue
		}
		p := &model.Param{In: model.Place(d.p.In), Name: d.p.Name, Required: d.p.Required}
		b.param(op, p, d.p, d.ptr)
		p.Field = fields.Give(naming.Exported(d.p.Name), "Param")
		m.Params = append(m.Params, p)
		m.Fields = append(m.Fields, p)
	}
	if len(m.Fields) > 0 {
		m.ParamsType = b.names.Give(m.Method+"Params", "Struct")
	}
}

// ownHeader reports whether a request's header is net/http's own, with a warning.
func (b *builder) ownHeader(name string, ptr []string) bool {
	wire := http.CanonicalHeaderKey(name)
	own := wire == "Host" || wire == "Content-Length" || slices.Contains(connectionHeaders, wire)
	if own {
		b.diags.Warnf(b.doc.Pos(ptr...), "left-out", "net/http sets the header %s itself; the parameter is left out", wire)
	}
	return own
}

// scope records a parameter that callers give once.
func (b *builder) scope(p *model.Param) {
	for _, s := range b.api.Scope {
		if s.Name == p.Name {
			p.Arg, p.Field = s.Arg, s.Field
			return
		}
	}
	p.Arg, p.Field = b.argName(b.scopeArgs, p.Name),
		b.scopeFields.Give(naming.Exported(p.Name), "Param")
	b.api.Scope = append(b.api.Scope, p)
}

// param reads one parameter.
func (b *builder) param(op *opSource, p *model.Param, src *openapi3.Parameter, ptr []string) {
	p.Doc = model.Doc{Description: src.Description, Deprecated: src.Deprecated}
	p.Style, p.Empty = src.Style, src.AllowEmptyValue && p.In == model.InQuery
	l := loc{src.Schema, join(ptr, "schema")}
	if src.Schema == nil {
		for _, media := range keys(b, src.Content, join(ptr, "content")...) {
			p.Style = "json"
			l = loc{src.Content[media].Schema, join(ptr, "content", media, "schema")}
			break
		}
	}
	switch {
	case src.Explode != nil:
		p.Explode = *src.Explode
	default:
		p.Explode = (p.Style == "" || p.Style == "form") &&
			(p.In == model.InQuery || p.In == model.InCookie)
	}
	p.Type = b.typeOf(l, op.model.Method+naming.Exported(p.Name))
	if (!p.Required || b.nullable(l)) && !p.Type.Nilable() {
		p.Type = pointer(p.Type)
	}
	p.Schema = b.schemaIndex(l)
	b.paramDefault(p, l)
	p.List = p.Style != "json" && (b.schemas.allows(p.Schema, "array", maxDepth) || isSlice(p.Type))
	if b.single(l) {
		b.diags.Errorf(b.doc.Pos(join(l.ptr, "x-list")...), ruleClient,
			"single is for lists in JSON; in a parameter, a list of one item is written as the item anyway")
	}
	b.unspelt("the parameter "+p.Name, p.Style, l)
	b.paramList(p, join(ptr, "x-list"))
}

// paramDefault reads the value that a handler gets where a parameter is absent.
func (b *builder) paramDefault(p *model.Param, l loc) {
	if !p.Required {
		p.Default = b.defaultOf(l, "parameter", p.Name)
	}
}

// paramList reads the x-list value of a parameter: how its list is spelt beyond what OpenAPI can
// say.
func (b *builder) paramList(p *model.Param, ptr []string) {
	b.each(ptr, func(key string, v *yaml.Node, pos diag.Position) {
		switch {
		case key != "encoded-comma":
			b.unknown(pos, key, "x-list takes encoded-comma")
		case v.Tag != "!!bool":
			b.diags.Errorf(pos, ruleClient, "encoded-comma must be true or false")
		case v.Value == "true" && p.In != model.InPath && p.In != model.InQuery:
			b.diags.Errorf(pos, ruleClient, "encoded-comma is for lists in the path or query; nothing is percent-encoded in a %s", p.In)
		case v.Value == "true" && p.Style != "" && p.Style != "simple" && p.Style != "form":
			b.diags.Errorf(pos, ruleClient, "encoded-comma is for lists that commas separate, and the style of %q is %s", p.Name, p.Style)
		case v.Value == "true" && p.List && p.Explode && p.In == model.InQuery:
			b.diags.Errorf(pos, ruleClient, "encoded-comma is for lists that commas separate, and each item of %q is a name and value of its own; say explode: false", p.Name)
		default:
			p.EncodedComma = v.Value == "true"
		}
	})
}

// isSlice reports whether a parameter is several values to callers, which text as bytes is not.
func isSlice(t *model.Type) bool {
	for t.Kind == model.Pointer {
		t = t.Elem
	}
	t = underlying(t)
	return t.Kind == model.Slice &&
		(t.Elem.Kind != model.Builtin || t.Elem.Name != "byte" && t.Elem.Name != "uint8")
}
