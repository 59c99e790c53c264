package analyze

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/naming"
)

func itoa(i int) string { return strconv.Itoa(i) }

func builtin(name string) *model.Type { return &model.Type{Kind: model.Builtin, Name: name} }
func named(d *model.Decl) *model.Type {
	return &model.Type{Kind: model.Named, Name: d.Name, Decl: d}
}
func pointer(t *model.Type) *model.Type { return &model.Type{Kind: model.Pointer, Elem: t} }
func slice(t *model.Type) *model.Type   { return &model.Type{Kind: model.Slice, Elem: t} }
func mapOf(t *model.Type) *model.Type   { return &model.Type{Kind: model.Map, Elem: t} }
func runtimeType(name string) *model.Type {
	return &model.Type{Kind: model.Named, Name: name, Runtime: true}
}

func docOf(title, description string) model.Doc {
	return model.Doc{Summary: title, Description: description}
}

// nameComponents names the schemas of the document before any derived names are chosen. If two
// names differ only in spelling, the one in Go's spelling keeps it.
func (b *builder) nameComponents() {
	if b.doc.T.Components == nil {
		return
	}
	schemas := b.doc.T.Components.Schemas
	names := keys(b, schemas, "components", "schemas")
	ids := make(map[string]string, len(names))
	for _, exact := range []bool{true, false} {
		for _, name := range names {
			if id := naming.Exported(name); (id == name) == exact {
				ids[name] = b.names.Give(id, "Schema")
			}
		}
	}
	for _, name := range names {
		ref := schemas[name]
		c := &component{
			loc: loc{ref, []string{"components", "schemas", name}}, decl: &model.Decl{Name: ids[name]},
		}
		b.components[name] = c
		b.written[c.decl] = true
		b.order = append(b.order, c)
	}
}

// fill declares a component, unless that is already under way.
func (b *builder) fill(c *component) {
	if c.begun {
		return
	}
	c.begun = true
	outer := b.nested
	b.nested = &c.nested
	defer func() { b.nested = outer }()
	if c.loc.ref != nil && c.loc.ref.Ref != "" {
		c.decl.Kind = model.Alias
		c.decl.Type = b.typeOf(c.loc, c.decl.Name)
		return
	}
	b.declare(c.decl, c.loc)
}

// declare fills a declaration from a schema.
func (b *builder) declare(d *model.Decl, l loc) {
	s := l.schema()
	if s == nil {
		d.Kind, d.Type = model.Alias, builtin("any")
		return
	}
	d.Doc = docOf("", s.Description)
	if d.Doc.Description == "" {
		d.Doc.Description = s.Title
	}
	d.Doc.Deprecated = s.Deprecated
	sh := b.shape(l)
	switch sh.kind {
	case objectShape:
		if len(sh.props) > 0 {
			b.undescribed(l, sh)
			b.structOf(d, sh, b.useOf(s))
			return
		}
		d.Kind, d.Type = model.Defined, &model.Type{Kind: model.Map}
		d.Type.Elem = b.additionalType(sh, d.Name)
	case arrayShape:
		d.Kind, d.Type = model.Defined, &model.Type{Kind: model.Slice, Single: sh.single}
		if d.Type.Single {
			d.Kind = model.Alias // a defined type would lose the methods that read both spellings
		}
		d.Type.Elem = b.itemOf(sh.items, d.Name+"Item")
	case unionShape:
		b.unionOf(d, sh, l)
	default:
		if len(sh.enum) > 0 {
			b.enumOf(d, sh)
			return
		}
		d.Kind = model.Alias
		d.Type = builtin("any")
		d.Type = b.plain(sh, l, d.Name)
	}
}

// componentAt returns the schema with a name that a reference leads to; nil if it leads elsewhere,
// such as into a response.
func (b *builder) componentAt(ref string) *component {
	if ptr := refPointer(ref); len(ptr) == 3 && ptr[0] == "components" && ptr[1] == "schemas" {
		return b.components[ptr[2]]
	}
	return nil
}

// typeOf returns the Go type of a schema's values other than null. hint is the name of the type if
// one must be declared.
func (b *builder) typeOf(l loc, hint string) *model.Type {
	s := l.schema()
	if s == nil {
		return builtin("any")
	}
	if c := b.componentAt(l.ref.Ref); c != nil {
		b.fill(c)
		return named(c.decl)
	}
	if t := b.inline[s]; t != nil {
		if d := t.Decl; d != nil && d.Name == "" { // a list or map that holds itself needs a name
			d.Name = b.derived(hint, "Value")
			t.Name = d.Name
		}
		return t
	}
	sh := b.shape(l)
	declared := sh.kind == objectShape && len(sh.props) > 0 || sh.kind == unionShape ||
		len(sh.enum) > 0
	if !declared {
		return b.plain(sh, l, hint)
	}
	d := &model.Decl{Name: b.derived(hint, "Value")}
	t := named(d)
	b.inline[s] = t
	*b.nested = append(*b.nested, d)
	b.declare(d, l)
	return t
}

// plain returns the type of a shape that needs no declaration.
func (b *builder) plain(sh shape, l loc, hint string) *model.Type {
	switch sh.kind {
	case sameShape:
		return b.typeOf(*sh.same, hint)
	case stringShape:
		switch sh.format {
		case "date-time":
			return &model.Type{Kind: model.Time}
		case "byte":
			return &model.Type{Kind: model.Bytes}
		}
		return builtin("string")
	case integerShape:
		switch sh.format {
		case "int8", "int16", "int32", "uint8", "uint16", "uint32", "uint64":
			return builtin(sh.format)
		}
		return builtin("int64")
	case numberShape:
		if sh.format == "float" {
			return builtin("float32")
		}
		return builtin("float64")
	case boolShape:
		return builtin("bool")
	case arrayShape:
		t := &model.Type{Kind: model.Slice, Single: sh.single}
		return b.holder(t, l, func() *model.Type { return b.itemOf(sh.items, hint+"Item") })
	case objectShape:
		return b.holder(&model.Type{Kind: model.Map}, l,
			func() *model.Type { return b.additionalType(sh, hint) })
	}
	return builtin("any")
}

// holder fills in a list or map. One that contains itself is declared with a name, as Go requires.
func (b *builder) holder(t *model.Type, l loc, elem func() *model.Type) *model.Type {
	d := &model.Decl{Kind: model.Defined, Type: t}
	self := named(d)
	b.inline[l.schema()] = self
	t.Elem = elem()
	if d.Name == "" {
		b.inline[l.schema()] = t
		return t
	}
	*b.nested = append(*b.nested, d)
	return self
}

// elemOf returns the type of an element: a pointer if it can be null.
func (b *builder) elemOf(l loc, hint string) *model.Type {
	t := b.typeOf(l, hint)
	if b.nullable(l) && !t.Nilable() {
		return pointer(t)
	}
	return t
}

// itemOf returns the type of a list's items. encoding/json writes a list of bytes as base64, so
// uint8 becomes a wider type in lists; servers check the range.
func (b *builder) itemOf(l loc, hint string) *model.Type {
	t := b.elemOf(l, hint)
	if u := underlying(t); u.Kind == model.Builtin && u.Name == "uint8" {
		return builtin("uint16")
	}
	return t
}

func (b *builder) additionalType(sh shape, hint string) *model.Type {
	if sh.additional == nil {
		return builtin("any")
	}
	return b.elemOf(*sh.additional, hint+"Value")
}

// structOf declares an object.
func (b *builder) structOf(d *model.Decl, sh shape, use use) {
	d.Kind = model.Struct
	fields := naming.NewTable("AdditionalProperties", "MarshalJSON", "UnmarshalJSON")
	for _, p := range sh.props {
		if !validTag(p.name) {
			b.diags.Warnf(b.doc.Pos(p.loc.ptr...), "property-name",
				"property %q cannot be named in a Go struct tag; it is kept among the additional properties",
				p.name)
			sh.open = true
			continue
		}
		name := fields.Give(naming.Exported(p.name), "Field")
		t := b.typeOf(p.loc, d.Name+naming.Exported(p.name))
		required := p.required && (!p.readOnly || !use.sent) && (!p.writeOnly || !use.answered)
		if (!required || b.nullable(p.loc)) && !t.Nilable() {
			t = pointer(t)
		}
		d.Fields = append(d.Fields, &model.Field{
			Name: name, JSON: p.name, Type: t, Omit: !required, Null: b.nullable(p.loc),
			Default: b.propertyDefault(p, use), Doc: model.Doc{
				Description: b.description(p.loc), Deprecated: p.loc.schema().Deprecated,
			},
		})
	}
	if sh.additional != nil || sh.open {
		d.Additional = b.additionalType(sh, d.Name)
	}
	if slices.ContainsFunc(d.Fields, (*model.Field).Nullable) {
		d.Nulls = fields.Give("Null", "Properties")
	}
}

// description returns the schema's description, or else its title.
func (b *builder) description(l loc) string {
	s := l.schema()
	text := strings.TrimSpace(s.Description)
	if text == "" {
		text = s.Title
	}
	if sh, _ := b.resolved(l); len(s.Enum) > 0 && len(sh.enum) == 0 {
		values := make([]string, len(s.Enum))
		for i, v := range s.Enum {
			values[i] = fmt.Sprint(v)
		}
		text = strings.TrimSpace(text + "\n\nOne of " + strings.Join(values, ", ") + ".")
	}
	return text
}

// validTag reports whether encoding/json accepts the name in a struct tag.
func validTag(name string) bool {
	if name == "" {
		return false
	}
	for _, r := range name {
		if strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", r) {
			continue
		}
		if !isLetterOrDigit(r) {
			return false
		}
	}
	return true
}

// longestDerived bounds names that are not written in the spec.
const longestDerived = 60

// derived returns a name composed of others.
func (b *builder) derived(hint, suffix string) string {
	if len(hint) > longestDerived {
		hint = naming.Short(hint, longestDerived-len(suffix)-3) // leaves space for a suffix and a number
	}
	return b.names.Give(hint, suffix)
}

// unionOf declares a type that holds one of several others.
func (b *builder) unionOf(d *model.Decl, sh shape, l loc) {
	d.Kind = model.Union
	methods := naming.NewTable("MarshalJSON", "UnmarshalJSON", "Raw", "Value", "Kind")
	names := b.optionNames(sh.members)
	told := b.discriminated(l, sh.members)
	if told != nil {
		d.Property = told.property
	}
	var seen []string
	for i, m := range sh.members {
		t := b.typeOf(m, d.Name+names[i])
		if k := slices.Index(seen, t.String()); k >= 0 {
			if told != nil {
				d.Members[k].Values = append(d.Members[k].Values, told.values[i]...)
			}
			continue
		}
		seen = append(seen, t.String())
		label := b.labelOf(t, names[i])
		member := &model.UnionMember{
			Type: t,
			From: b.derived(d.Name+"From"+label, "Union"),
			As:   methods.Give(naming.Short("As"+label, longestDerived), "Member"),
		}
		if told != nil {
			member.Values, member.Literal = told.values[i], told.literal[i]
		}
		d.Members = append(d.Members, member)
	}
}

// optionNames names the inline members of a union: by title, by the value of a property that is
// constant, by their only property, or else by their index.
func (b *builder) optionNames(members []loc) []string {
	out := make([]string, len(members))
	count := make(map[string]int)
	for i, m := range members {
		if b.componentAt(m.ref.Ref) == nil {
			out[i] = b.optionName(m)
		}
		count[out[i]]++
	}
	for i := range out {
		if out[i] == "" || count[out[i]] > 1 {
			out[i] = "Option" + itoa(i+1)
		}
	}
	return out
}

func (b *builder) optionName(m loc) string {
	if title := m.schema().Title; title != "" && len(title) < longestName {
		return naming.Exported(title)
	}
	sh, _ := b.resolved(m)
	if sh.kind != objectShape {
		return ""
	}
	for _, p := range sh.props {
		if value, _ := b.resolved(p.loc); len(value.enum) == 1 && !value.open {
			return strings.TrimPrefix(choiceName("", value.enum[0]), "X")
		}
	}
	if len(sh.props) == 1 {
		return naming.Exported(sh.props[0].name)
	}
	return ""
}

// labelOf returns a type's name for use in method names. option is the name of a union's member,
// for a type without a name.
func (b *builder) labelOf(t *model.Type, option string) string {
	switch t.Kind {
	case model.Slice:
		return b.labelOf(t.Elem, option) + "List"
	case model.Map:
		return b.labelOf(t.Elem, option) + "Map"
	case model.Pointer:
		return b.labelOf(t.Elem, option)
	case model.Time:
		return "Time"
	case model.Bytes:
		return "Bytes"
	case model.Reader:
		return "Reader"
	}
	if t.Decl != nil && !b.written[t.Decl] {
		return option
	}
	return naming.Exported(t.Name)
}
