package analyze

import (
	"encoding/json"
	"maps"
	"math"
	"reflect"
	"slices"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/naming"
)

// limits copies the table into the model.
func (b *builder) limits() {
	b.api.IPv6Prefix = limit.DefaultIPv6Prefix
	b.api.At = make(map[string]diag.Position)
	for _, member := range []string{"paths", "servers", "x-rate-limits"} {
		b.api.At[member] = b.doc.Pos(member)
	}
	if b.table == nil {
		return
	}
	b.api.IPv6Prefix = b.table.IPv6
	maps.Copy(b.api.At, b.table.At)
	b.api.Day = b.day
	written := make(map[string]*limit.Limit)
	for _, l := range b.table.Limits {
		id := naming.Exported(l.Name)
		if first := written[id]; first != nil {
			b.diags.Errorf(l.Pos, "name-collision", "limits %q and %q (%s) are the same name in Go; rename one", l.Name, first.Name, first.Pos)
			continue
		}
		written[id] = l
		today := l.On(b.day)
		b.api.Limits = append(b.api.Limits, &model.Limit{
			Const: b.names.Give("limit"+id, "Index"), Name: l.Name, Quota: today.Quota, Stages: stages(l),
			Seconds: int64(l.Window / time.Second), Rated: l.Rate != "", Unit: l.Unit, Per: l.Per,
			Burst: today.Burst, UTC: l.Reset == limit.UTC, Decide: string(l.Decide),
			Description: l.Description, Origin: originOf(l.Origin), Pos: l.Pos, At: l.At,
			Alias: l.Alias, Announce: announceOf(l.Announce),
		})
	}
	for _, d := range b.table.Docs {
		b.api.Documents = append(b.api.Documents, &model.Document{
			Name: d.Name, Title: d.Title, URL: d.URL, Date: d.Date, SHA256: d.SHA256,
		})
	}
	for _, k := range b.table.Keys {
		named := &model.NamedKey{Name: k.Name}
		for _, e := range k.Parts {
			named.Parts = append(named.Parts, exprOf(e))
		}
		b.api.NamedKeys = append(b.api.NamedKeys, named)
	}
	for _, p := range b.table.Plans {
		plan := &model.Plan{Name: p.Name, Pos: p.Pos}
		for _, a := range p.Amounts {
			window := a.Window
			if l := b.table.Limit(a.Limit); l != nil && window == 0 {
				window = l.Window
			}
			plan.Amounts = append(plan.Amounts, &model.Amount{
				Limit: a.Limit, Quota: a.Quota, Burst: a.Burst, Seconds: int64(window / time.Second),
				Pos: a.Pos,
			})
		}
		b.api.Plans = append(b.api.Plans, plan)
	}
	for _, e := range b.table.Exceeded {
		out := &model.Exceeded{Status: e.Status, Retry: e.Retry, Pos: e.Pos}
		for _, m := range e.Body {
			out.Body = append(out.Body, model.Match{Pointer: m.Pointer, Value: m.Value})
		}
		b.api.Exceeded = append(b.api.Exceeded, out)
	}
}

func announceOf(a *limit.Announce) *model.Announce {
	if a == nil {
		return nil
	}
	return &model.Announce{
		Quota: a.Quota, Remaining: a.Remaining, Reset: a.Reset, ResetAs: a.ResetAs, Rate: a.Rate,
	}
}

// stages returns what a limit is from day to day; none if nothing is announced.
func stages(l *limit.Limit) []*model.Stage {
	if len(l.From) == 0 {
		return nil
	}
	out := []*model.Stage{{Quota: l.Quota, Burst: l.Burst, Pos: l.Pos}}
	for _, s := range l.From {
		on := l.On(s.At)
		out = append(out, &model.Stage{
			At: s.At, Text: s.Text, Quota: on.Quota, Burst: on.Burst, Pos: s.Pos,
		})
	}
	return out
}

// cite says which published row an operation or variant encodes, and what it is called there.
func (b *builder) cite(op *opSource) {
	m := op.model
	m.Pos, m.Title = b.doc.Pos(op.Pointer...), op.Op.Summary
	if value, given := op.Op.Extensions["x-title"]; given {
		switch title, ok := value.(string); {
		case !ok:
			b.diags.Warnf(b.doc.Pos(join(op.Pointer, "x-title")...), "extension-schema",
				"x-title must be a text, so it is not used")
		case title != "":
			m.Title = title
		}
	}
	var origin *limit.Origin
	if rule := op.use.Op.Rule; rule != nil {
		origin = rule.Origin
	}
	if v := op.variant; v != nil {
		m.Pos, origin = v.Pos, v.Origin
		if v.Title != "" {
			m.Title = v.Title
		} else if v.Summary != "" {
			m.Title = v.Summary
		}
	}
	m.Origin = originOf(origin)
}

func originOf(o *limit.Origin) *model.Origin {
	if o == nil {
		return nil
	}
	return &model.Origin{
		Document: o.Doc, Rows: o.Rows, Quote: o.Quote, Printed: o.Printed, Erratum: o.Erratum,
	}
}

// rates resolves what applies to an operation.
func (b *builder) rates(op *opSource) {
	if op.variant != nil && op.variant.When != nil {
		op.model.When = &model.When{Expr: exprOf(op.variant.When.Expr), Is: string(op.variant.When.Is)}
	}
	op.model.Default, op.model.UsePos, op.model.UseFrom = op.use.Default, op.use.Pos, op.use.From
	if found, ok := b.Labels[b.doc.Node(op.Pointer...)]; ok && op.use.From == "operation" {
		op.model.UseFrom, op.model.UsePos, op.model.Label = "label", found.Pos, found.From+": "+found.Text
	}
	b.unread(op, op.model.Body)
	for _, c := range op.use.Charges {
		rate := &model.Rate{Cost: c.Cost.Static, Times: c.Cost.Times, Max: c.Cost.Max, Pos: c.Pos}
		for _, l := range b.api.Limits {
			if l.Name == c.Limit.Name {
				rate.Limit = l
			}
		}
		if rate.Limit == nil || c.Cost.Count == nil && c.Cost.Static == 0 {
			continue
		}
		if c.Cost.Count != nil {
			rate.Count = exprOf(*c.Cost.Count)
			if rate.Times == 0 {
				rate.Times = 1
			}
			if c.Cost.Value {
				b.valueCost(op, rate, c.Cost)
			} else if most := b.mostItems(op, *c.Cost.Count); most > 0 && most <= math.MaxInt64/rate.Times &&
				(rate.Max == 0 || most*rate.Times < rate.Max) {
				rate.Max = most * rate.Times
			}
		}
		rate.Key = b.key(op, c.Per)
		b.numbers(op, rate.Key)
		rate.Early = b.early(rate, c.Limit)
		op.model.Rates = append(op.model.Rates, rate)
	}
}

// numbers marks the parameters that a key reads and that are numbers.
func (b *builder) numbers(op *opSource, key *model.Key) {
	if key == nil {
		return
	}
	for _, d := range key.Dimensions {
		for _, p := range op.model.Params {
			if d.Expr != nil && d.Expr.In == p.In && d.Expr.Name == p.Name && b.schemas.numeric(p.Schema) {
				p.Number = true
			}
		}
	}
}

// key returns the partition key of some dimensions; each is declared once.
func (b *builder) key(op *opSource, per []limit.Dimension) *model.Key {
	if len(per) == 0 {
		return nil
	}
	key := &model.Key{}
	name := "key"
	for _, d := range per {
		name += naming.Exported(d.Name)
		if len(d.Parts) == 0 {
			key.Dimensions = append(key.Dimensions, &model.Dimension{Builtin: d.Name})
		}
		for _, e := range d.Parts {
			expr := exprOf(e)
			expr.Default, expr.Nested = propertyDefault(op, e, op.bodySchema), nested(op, e)
			key.Dimensions = append(key.Dimensions, &model.Dimension{Expr: expr})
		}
	}
	for _, k := range b.api.Keys {
		if reflect.DeepEqual(k.Dimensions, key.Dimensions) {
			return k
		}
	}
	key.Name = b.names.Give(name, "Partition")
	b.api.Keys = append(b.api.Keys, key)
	return key
}

func exprOf(e limit.Expr) *model.Expr {
	return &model.Expr{In: model.Place(e.From), Name: e.Name, Pointer: e.Pointer}
}

// propertyDefault returns the JSON that a handler gets for an absent property of a body; "" if its
// schema has no default, or if the expression reads something else.
func propertyDefault(op *opSource, e limit.Expr, body *openapi3.SchemaRef) string {
	if e.From != limit.FromBody {
		return ""
	}
	for _, s := range op.use.Schemas(e, body) {
		if s.Default == nil {
			continue
		}
		if text, err := json.Marshal(s.Default); err == nil {
			return string(text)
		}
	}
	return ""
}

// nested reports whether an expression reads a property of the body that may be a list or an
// object, as far as its schema says.
func nested(op *opSource, e limit.Expr) bool {
	return e.From == limit.FromBody && slices.ContainsFunc(op.use.Schemas(e, op.bodySchemas(e)...), func(s *openapi3.Schema) bool {
		return s.Type.Includes("array") || s.Type.Includes("object") || len(s.Properties) > 0 ||
			s.Items != nil
	})
}

// bounds reports whether one schema admits as many items as another, or more.
func (b *builder) bounds(index, other int) bool {
	most, than := b.schemas.table[index].MaxItems, b.schemas.table[other].MaxItems
	return most == nil || than != nil && *most >= *than
}

// mostItems returns the maxItems of the schema that a count reads; 0 if it has none.
func (b *builder) mostItems(op *opSource, e limit.Expr) int64 {
	index := 0
	if e.From == limit.FromBody {
		if op.model.Body == nil {
			return 0
		}
		index = b.schemas.find(op.model.Body.Schema, tokensOf(e.Pointer))
		for _, o := range op.counted(&e) {
			if i := b.schemas.find(b.schemaIndex(o.schema()), tokensOf(e.Pointer)); !b.bounds(index, i) {
				index = i
			}
		}
	} else {
		for _, p := range op.model.Params {
			if string(p.In) == string(e.From) && p.Name == e.Name {
				index = p.Schema
			}
		}
	}
	if most := b.schemas.table[index].MaxItems; most != nil {
		return *most
	}
	return 0
}
