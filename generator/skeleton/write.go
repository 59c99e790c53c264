package skeleton

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/published"
)

// text returns a scalar; it is quoted if YAML would read it as another type.
func text(s string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(s)
	return n
}

// quoted returns a text in quotes.
func quoted(s string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s, Style: yaml.DoubleQuotedStyle}
}

func number(i int64) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: fmt.Sprint(i)}
}

// pair is a member of a mapping.
type pair struct {
	key   string
	value *yaml.Node
}

// mapping returns a mapping, without members that have no value.
func mapping(pairs ...pair) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	for _, p := range pairs {
		if p.value != nil {
			n.Content = append(n.Content, text(p.key), p.value)
		}
	}
	return n
}

func list(items ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: items}
}

// flow writes a value on one line.
func flow(n *yaml.Node) *yaml.Node {
	n.Style = yaml.FlowStyle
	for _, c := range n.Content {
		if c.Kind != yaml.ScalarNode {
			flow(c)
		}
	}
	return n
}

func texts(items []string) *yaml.Node {
	n := list()
	for _, s := range items {
		n.Content = append(n.Content, text(s))
	}
	return flow(n)
}

// optional returns a text, or nil for "".
func optional(s string) *yaml.Node {
	if s == "" {
		return nil
	}
	return quoted(s)
}

// encode writes a document below a comment.
func encode(comment string, n *yaml.Node) []byte {
	// Writing a tree of scalars, lists and mappings to memory cannot fail.
	out, _ := yaml.Dump(n, yaml.WithIndent(2), yaml.WithLineWidth(-1))
	return append([]byte(comment), out...)
}

const head = `# Written by limitgen import from a published table. What that does not say is to be filled in:
# bodies, other parameters, answers, and what a request counts where the unit is not requests.
`

// spec returns the whole file.
func (s *importer) spec() []byte {
	title := s.Title
	if title == "" {
		title = "API"
	}
	info := flow(mapping(pair{"title", text(title)}, pair{"version", quoted(orElse(s.Date, "1"))}))
	paths := mapping()
	at := map[string]*yaml.Node{}
	for _, op := range s.ops {
		item := at[op.path]
		if item == nil {
			item = mapping(pair{"parameters", s.parameters(op.path)})
			at[op.path] = item
			paths.Content = append(paths.Content, text(op.path), item)
		}
		item.Content = append(item.Content, text(strings.ToLower(op.method)), s.operation(op))
	}
	var security, schemes *yaml.Node
	if s.usesKey(limit.DimCredential) {
		security = list(flow(mapping(pair{"token", list()})))
		schemes = mapping(pair{"token", flow(mapping(pair{"type", text("http")}, pair{"scheme", text("bearer")}))})
	}
	var scope *yaml.Node
	if leading := mostLeading(s.ops); len(leading) > 0 && len(s.ops) > 1 {
		scope = mapping(pair{"scope", texts(leading)})
	}
	return encode(head+s.missing(), mapping(
		pair{"openapi", text("3.0.3")}, pair{"info", info}, pair{"security", security},
		pair{"x-rate-limits", s.rateLimits()}, pair{"x-client", scope}, pair{"paths", paths},
		pair{"components", mapping(
			pair{"securitySchemes", schemes},
			pair{"responses", mapping(
				pair{"OK", flow(mapping(pair{"description", text("The request was served")}))},
				pair{"TooManyRequests", flow(mapping(pair{"description", text("A limit refuses the request")}))},
			)},
		)},
	))
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// parameters returns those of a path.
func (s *importer) parameters(path string) *yaml.Node {
	names := published.Parameters(path)
	if len(names) == 0 {
		return nil
	}
	n := list()
	for _, name := range names {
		n.Content = append(n.Content, flow(mapping(pair{"name", text(name)}, pair{"in", text("path")}, pair{"required", truth()},
			pair{"schema", mapping(pair{"type", text("string")})})))
	}
	return n
}

func truth() *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "true"} }

func (s *importer) operation(op *operation) *yaml.Node {
	var title *yaml.Node
	if op.title != "" {
		title = text(op.title)
	}
	ref := func(name string) *yaml.Node {
		return flow(mapping(pair{"$ref", quoted("#/components/responses/" + name)}))
	}
	return mapping(
		pair{"operationId", text(op.id)}, pair{"tags", texts([]string{op.tag})}, pair{"x-title", title},
		pair{"x-rate-limit", s.rule(op)},
		pair{"responses", &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{
			quoted("200"), ref("OK"), quoted("429"), ref("TooManyRequests"),
		}}},
	)
}

// rule returns the value of x-rate-limit: the limits that an operation uses, and the rows cited for
// them.
func (s *importer) rule(op *operation) *yaml.Node {
	rows := list()
	for _, row := range op.rows {
		rows.Content = append(rows.Content, quoted(fmt.Sprint(row.Number)))
	}
	var printed *yaml.Node
	switch len(op.printed) {
	case 0:
	case 1:
		printed = quoted(op.printed[0])
	default:
		printed = list()
		for _, p := range op.printed {
			printed.Content = append(printed.Content, quoted(p))
		}
	}
	origin := mapping(pair{"doc", text(s.Doc)}, pair{"rows", rows}, pair{"printed", printed}, pair{"erratum", optional(strings.Join(op.mended, "; "))})
	n := mapping(pair{"use", s.use(op)}, pair{"keys", s.overrides(op)}, pair{"origin", origin})
	if printed == nil {
		flow(n)
	} else {
		flow(rows)
	}
	if unread := s.unread(op); unread != "" {
		n.HeadComment = unread
		n.Style = 0
	}
	return n
}

// unread says which rows of an operation could not be read, and so lack a limit here.
func (s *importer) unread(op *operation) string {
	var rows []string
	for _, row := range op.rows {
		if row.Unread {
			rows = append(rows, fmt.Sprintf("row %d (line %d)", row.Number, row.Pos.Line))
		}
	}
	if len(rows) == 0 {
		return ""
	}
	return diag.Printable("NOT READ: the limit of " + strings.Join(rows, ", ") + "; write it here.")
}

// missing is a comment about the rows that have no operation in the file.
func (s *importer) missing() string {
	var b strings.Builder
	for _, row := range s.page.Rows {
		if s.of[row] == nil {
			fmt.Fprintf(&b, "# NOT WRITTEN: %s\n", diag.Printable(fmt.Sprintf("%s, line %d", row.Name(), row.Pos.Line)))
		}
	}
	return b.String()
}

// use returns the limits that an operation uses; nil for the default.
func (s *importer) use(op *operation) *yaml.Node {
	if op.takesDefault || len(op.use) == 0 && !op.unlimited {
		return nil
	}
	n := mapping()
	for _, name := range op.use {
		n.Content = append(n.Content, text(name), number(1))
	}
	return flow(n)
}

func (s *importer) overrides(op *operation) *yaml.Node {
	if len(op.keys) == 0 {
		return nil
	}
	n := mapping()
	var written []string
	for _, k := range s.keys {
		if parts := op.keys[k.name]; parts != nil && !slices.Contains(written, k.name) {
			written = append(written, k.name)
			n.Content = append(n.Content, text(k.name), expressions(parts))
		}
	}
	return flow(n)
}

func expressions(parts []string) *yaml.Node {
	out := make([]string, len(parts))
	for i, p := range parts {
		out[i] = "$request.path." + p
	}
	return texts(out)
}

// usesKey reports whether any limit has a name in per.
func (s *importer) usesKey(name string) bool {
	return slices.ContainsFunc(s.table, func(l *namedLimit) bool { return slices.Contains(l.per, name) })
}

// rateLimits returns the table at the root.
func (s *importer) rateLimits() *yaml.Node {
	doc := flow(mapping(pair{"title", text(orElse(s.page.Title, "Rate limits"))}, pair{"url", optional(s.URL)}, pair{"date", optional(s.Date)}, pair{"sha256", optional(s.SHA256)}))
	keys := mapping()
	var written []string
	for _, k := range s.keys {
		if len(k.parts) > 0 && s.usesKey(k.name) && !slices.Contains(written, k.name) {
			written = append(written, k.name)
			keys.Content = append(keys.Content, text(k.name), expressions(k.parts))
		}
	}
	if len(keys.Content) == 0 {
		keys = nil
	}
	limits := mapping()
	for _, l := range s.table {
		limits.Content = append(limits.Content, text(l.name), limitNode(l))
	}
	var usual *yaml.Node
	if s.usual != "" {
		usual = flow(mapping(pair{s.usual, number(1)}))
	}
	return mapping(pair{"version", number(1)}, pair{"docs", mapping(pair{s.Doc, doc})}, pair{"keys", keys}, pair{"limits", limits}, pair{"default", usual})
}

// limitNode returns one limit on a line.
func limitNode(l *namedLimit) *yaml.Node {
	var window, unit, burst *yaml.Node
	if l.rate.Window > 0 {
		window = text(windowText(l.rate.Window))
	}
	if l.rate.Unit != limit.UnitRequests {
		unit = text(l.rate.Unit)
	}
	if l.rate.Burst > 0 {
		burst = number(l.rate.Burst)
	}
	if exact, ok := l.rate.Exact(); ok {
		figure := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!float", Value: exact}
		return flow(mapping(pair{"rate", figure}, pair{"unit", unit}, pair{"burst", burst}, pair{"per", texts(l.per)}))
	}
	return flow(mapping(pair{"quota", number(l.rate.Quota)}, pair{"window", window}, pair{"unit", unit}, pair{"burst", burst}, pair{"per", texts(l.per)}))
}

// windowText writes a window in the notation of the table: 1s, 15m, 1d.
func windowText(d time.Duration) string {
	for _, u := range []struct {
		name string
		of   time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}} {
		if n := d / u.of; n > 0 && d%u.of == 0 {
			return fmt.Sprintf("%d%s", n, u.name)
		}
	}
	return fmt.Sprintf("%ds", d/time.Second)
}
