package analyze

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/naming"
	"github.com/limitgen/limitgen/generator/source"
)

// xClient is the root x-client value: client settings that neither OpenAPI nor the limits express.
type xClient struct {
	scope                           []string
	operation, access, expires      string
	tokenPos, accessPos, expiresPos diag.Position
}

const ruleClient = "x-client"

// client reads the root x-client value.
func (b *builder) client() {
	b.each([]string{"x-client"}, func(key string, v *yaml.Node, pos diag.Position) {
		switch key {
		case "scope":
			if v.Kind != yaml.SequenceNode {
				b.diags.Errorf(pos, ruleClient, "scope must be a list of parameter names")
				return
			}
			for _, n := range v.Content {
				b.xclient.scope = append(b.xclient.scope, n.Value)
			}
		case "token":
			b.xclient.tokenPos = pos
			b.each([]string{"x-client", "token"}, func(key string, v *yaml.Node, pos diag.Position) {
				switch key {
				case "operation":
					b.xclient.operation = v.Value
				case "access":
					b.xclient.access, b.xclient.accessPos = b.responsePointer(v, pos), pos
				case "expires":
					b.xclient.expires, b.xclient.expiresPos = b.responsePointer(v, pos), pos
				default:
					b.unknown(pos, key, "token takes operation, access and expires")
				}
			})
		case "error":
			b.each([]string{"x-client", "error"}, func(key string, v *yaml.Node, pos diag.Position) {
				switch key {
				case "code":
					b.api.ErrorCode = b.responsePointer(v, pos)
				case "message":
					b.api.ErrorText = b.responsePointer(v, pos)
				default:
					b.unknown(pos, key, "error takes code and message")
				}
			})
		default:
			b.unknown(pos, key, "x-client takes scope, token and error here")
		}
	})
}

// server reads the root x-server value.
func (b *builder) server() {
	b.each([]string{"x-server"}, func(key string, v *yaml.Node, pos diag.Position) {
		words := map[string]*bool{
			"trailing-slash": &b.api.TrailingSlash, "assume-json": &b.api.AssumeJSON,
		}
		switch word := words[key]; {
		case word == nil:
			b.unknown(pos, key, "x-server takes trailing-slash and assume-json")
		case v.Tag != "!!bool" || v.Decode(word) != nil:
			b.diags.Errorf(pos, ruleClient, "%s must be true or false", key)
		}
	})
}

// each walks the pairs of the mapping at ptr; another kind of value is an error.
func (b *builder) each(ptr []string, f func(key string, v *yaml.Node, pos diag.Position)) {
	node := b.doc.Node(ptr...)
	if node == nil {
		return
	}
	if node.Kind != yaml.MappingNode {
		b.diags.Errorf(b.doc.Pos(ptr...), ruleClient, "%s must be a mapping", ptr[len(ptr)-1])
		return
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		k := node.Content[i]
		f(k.Value, node.Content[i+1], diag.At(b.doc.File, k))
	}
}

// unknown reports an unknown key of x-client or x-list, and suggests the nearest known one. takes
// lists the known keys.
func (b *builder) unknown(pos diag.Position, key, takes string) {
	text := ""
	_, list, _ := strings.Cut(takes, " takes ")
	known := slices.DeleteFunc(strings.FieldsFunc(list, func(r rune) bool { return r == ' ' || r == ',' }), func(word string) bool {
		return slices.Contains([]string{"and", "or", "with", "here"}, word)
	})
	if meant := naming.Nearest(key, known); meant != "" {
		text = meant + " is meant; "
	}
	b.diags.Errorf(pos, ruleClient, "unknown key %q; %s%s", key, text, takes)
}

// responsePointer reads /a/b or $response.body#/a/b; it returns "" for anything else.
func (b *builder) responsePointer(v *yaml.Node, pos diag.Position) string {
	p, ok := source.ResponsePointer(v)
	if !ok {
		right := source.MeantPointer(v.Value)
		b.diags.Errorf(pos, ruleClient, "invalid pointer into the answer %q: write %s, or %s for short",
			v.Value, right, right[strings.Index(right, "/"):])
		return ""
	}
	return p
}

// token resolves the operation that fetches tokens.
func (b *builder) token() {
	x := b.xclient
	if x.operation == "" {
		return
	}
	for _, g := range b.api.Groups {
		for _, op := range g.Operations {
			if op.ID != x.operation {
				continue
			}
			if op.Body == nil || op.Result.Kind != model.JSON || len(op.Args)+len(op.Fields) > 0 {
				b.diags.Errorf(x.tokenPos, ruleClient, "operation %q does not take one body and answer JSON, so it cannot fetch tokens", x.operation)
				return
			}
			t := &model.Token{Group: g, Operation: op, Option: b.names.Give("WithTokenRequest", "Option")}
			t.Access = b.steps(op.Result.Type, x.access, x.accessPos)
			if x.expires != "" {
				t.Expires = b.steps(op.Result.Type, x.expires, x.expiresPos)
			}
			if t.Access != nil {
				b.api.Token = t
			}
			return
		}
	}
	b.diags.Errorf(x.tokenPos, ruleClient, "no operation %q", x.operation)
}

// steps turns a JSON pointer into steps through the fields of Go types.
func (b *builder) steps(t *model.Type, ptr string, pos diag.Position) []model.Step {
	var out []model.Step
	for _, name := range tokensOf(ptr) {
		for t.Kind == model.Pointer || t.Kind == model.Named && t.Decl != nil && t.Decl.Kind == model.Alias {
			if t.Kind == model.Pointer {
				t = t.Elem
			} else {
				t = t.Decl.Type
			}
		}
		var field *model.Field
		if t.Kind == model.Named && t.Decl != nil {
			for _, f := range t.Decl.Fields {
				if f.JSON == name {
					field = f
				}
			}
		}
		if field == nil {
			b.diags.Errorf(pos, ruleClient, "%s does not lead to a property of %s", ptr, t)
			return nil
		}
		t = field.Type
		out = append(out, model.Step{Field: field.Name, Pointer: t.Kind == model.Pointer, Type: t})
	}
	return out
}

// operationClient reads an operation's x-client value.
func (b *builder) operationClient(op *opSource) {
	ptr := join(op.Pointer, "x-client")
	b.each(ptr, func(key string, v *yaml.Node, pos diag.Position) {
		switch key {
		case "idempotent":
			op.model.Idempotent = v.Value == "true"
		case "page":
			b.page(op, join(ptr, "page"), pos)
		case "parts":
			b.parts(op, v, pos)
		default:
			b.unknown(pos, key, "an operation's x-client takes page, parts and idempotent")
		}
	})
}

// page reads how a list is paginated.
func (b *builder) page(op *opSource, ptr []string, pos diag.Position) {
	m := op.model
	if m.Result.Kind != model.JSON || m.Result.Struct != "" {
		b.diags.Errorf(pos, ruleClient, "%s does not answer one JSON body, so it has no pages", m.ID)
		return
	}
	page := &model.Page{}
	param := func(name string, pos diag.Position) *model.Param {
		for _, p := range m.Fields {
			if p.Name == name {
				return p
			}
		}
		b.diags.Errorf(pos, ruleClient, "%s has no parameter %q", m.ID, name)
		return nil
	}
	b.each(ptr, func(key string, v *yaml.Node, pos diag.Position) {
		switch key {
		case "items":
			page.Items = b.steps(m.Result.Type, b.responsePointer(v, pos), pos)
		case "cursor":
			page.Cursor = b.steps(m.Result.Type, b.responsePointer(v, pos), pos)
		case "param", "page":
			page.CursorArg = param(v.Value, pos)
		case "size":
			page.Size = param(v.Value, pos)
		case "first":
			if err := v.Decode(&page.First); err != nil {
				b.diags.Errorf(pos, ruleClient, "first must be the number of the first page")
			}
		default:
			b.unknown(pos, key, "page takes items, cursor with param, or page with first, and size")
		}
	})
	if len(page.Items) == 0 || page.CursorArg == nil {
		return
	}
	last := page.Items[len(page.Items)-1].Type
	if last.Kind == model.Named && last.Decl != nil && last.Decl.Kind == model.Defined {
		last = last.Decl.Type
	}
	if last.Kind != model.Slice {
		b.diags.Errorf(pos, ruleClient, "items of %s does not lead to a list", m.ID)
		return
	}
	page.Item = last.Elem
	m.Page = page
}
