package limit

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/diag"
)

// The sources of labels besides extensions.
const (
	FromDescription = "description"
	FromSummary     = "summary"
	FromTag         = "tag"
)

// Label is a rule that reads limits from a vendor's own notation at operations.
type Label struct {
	From   string         // an extension, or one of the above
	Match  *regexp.Regexp // with a group named limit; nil if the whole text is the label
	Table  *Columns       // nil unless a table in the text holds the figures themselves
	As     []Alias        // in the order written
	Per    []string       // of the limits that a table makes
	Window time.Duration  // likewise; 0 if the column's name says it
	Pos    diag.Position
}

// Columns are the names of a table's columns. Burst may be "".
type Columns struct{ Quota, Burst string }

// Alias is the meaning of a label: a limit's name, or a use of several.
type Alias struct {
	Label string
	Name  string
	Use   *yaml.Node // nil if a name is given
	Pos   diag.Position
}

// SameLabel reports whether two labels are equal, ignoring case and treating dashes, underscores,
// dots, slashes and spaces alike, since names of limits have only dashes.
func SameLabel(a, b string) bool { return labelForm(a) == labelForm(b) }

func labelForm(label string) string {
	return strings.NewReplacer("_", "-", ".", "-", " ", "-", "/", "-").Replace(strings.ToLower(strings.TrimSpace(label)))
}

// labels reads the rules. If one is faulty, all are dropped, since the results of the others depend
// on it.
func (p *parser) labels(t *Table, n *yaml.Node) {
	before := len(p.diags)
	defer func() {
		if len(p.diags) > before {
			t.Labels = nil
		}
	}()
	for _, v := range p.list(n, "labels") {
		l := Label{Pos: p.pos(v)}
		var from *yaml.Node
		seen := p.fields(v, "labels", map[string]func(k, v *yaml.Node){
			"from":   func(_, v *yaml.Node) { from, l.From = v, p.text(v) },
			"match":  func(_, v *yaml.Node) { l.Match = p.pattern(v) },
			"table":  func(_, v *yaml.Node) { l.Table = p.columns(v) },
			"as":     func(_, v *yaml.Node) { l.As = p.aliases(v) },
			"per":    func(_, v *yaml.Node) { l.Per = p.labelPer(v) },
			"window": func(_, v *yaml.Node) { l.Window = p.window(v) },
		})
		if v.Kind != yaml.MappingNode {
			continue
		}
		p.label(v, from, &l, seen)
		t.Labels = append(t.Labels, l)
	}
}

// label checks the combination of a rule's members.
func (p *parser) label(n, from *yaml.Node, l *Label, seen map[string]bool) {
	prose := l.From == FromDescription || l.From == FromSummary
	switch {
	case !seen["from"]:
		p.errorf(n, RuleSchema, "a rule of labels has from: an extension, description, summary or tag")
	case !prose && l.From != FromTag && !strings.HasPrefix(l.From, "x-"):
		p.errorf(from, RuleSchema, "labels are read from an extension (x-…), description, summary or tag, not %q", l.From)
	case seen["match"] && seen["table"], seen["table"] && seen["as"]:
		p.errorf(n, RuleSchema, "a table has the quotas themselves, so match and as do not belong beside it")
	case prose && !seen["match"] && !seen["table"]:
		p.errorf(from, RuleSchema, "a %s is prose; say by match or table where the label is in it",
			l.From)
	case seen["table"] && l.From == FromTag:
		p.errorf(from, RuleSchema, "a tag is a name and has no table")
	}
	for _, word := range []string{"per", "window"} {
		if seen[word] && !seen["table"] {
			p.errorf(value(n, word), RuleSchema, "%s belongs to limits that a table makes; here the limits have it", word)
		}
	}
}

// pattern reads a regular expression with a group named limit.
func (p *parser) pattern(v *yaml.Node) *regexp.Regexp {
	re, err := regexp.Compile(p.text(v))
	switch {
	case err != nil:
		p.errorf(v, RuleSchema, "match is not a valid Go regular expression: %s",
			strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		return nil
	case re.SubexpIndex("limit") < 0:
		p.errorf(v, RuleSchema, "match needs a group (?<limit>…) around the label")
		return nil
	}
	return re
}

func (p *parser) columns(n *yaml.Node) *Columns {
	c := &Columns{}
	seen := p.fields(n, "table", map[string]func(k, v *yaml.Node){
		"quota": func(_, v *yaml.Node) { c.Quota = p.text(v) },
		"burst": func(_, v *yaml.Node) { c.Burst = p.text(v) },
	})
	if n.Kind == yaml.MappingNode && (!seen["quota"] || c.Quota == "") {
		p.errorf(n, RuleSchema, "table needs quota, the name of the column that holds it")
	}
	return c
}

// aliases reads the meanings of labels: the name of a limit, or a use.
func (p *parser) aliases(n *yaml.Node) []Alias {
	var out []Alias
	if n.Kind != yaml.MappingNode {
		p.errorf(n, RuleSchema, "as maps labels to names of limits")
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], deref(n.Content[i+1])
		a := Alias{Label: k.Value, Pos: p.pos(v)}
		switch {
		case v.Kind == yaml.MappingNode:
			p.use(v)
			a.Use = v
		case p.name(v, "as"):
			a.Name = v.Value
		default:
			continue
		}
		for _, other := range out {
			if SameLabel(other.Label, a.Label) {
				p.errorf(k, RuleSchema, "%q and %q are the same label", other.Label, a.Label)
			}
		}
		out = append(out, a)
	}
	return out
}

func (p *parser) labelPer(n *yaml.Node) []string {
	var l Limit
	p.per(&l, n)
	return l.Per
}

// Stand returns the meaning of a label: its alias, or the limit of that name. ok is false if there
// is neither.
func (t *Table) Stand(l Label, text string) (a Alias, ok bool) {
	for _, a := range l.As {
		if SameLabel(a.Label, text) {
			return a, true
		}
	}
	for _, limit := range t.Limits {
		if SameLabel(limit.Name, text) {
			return Alias{Label: text, Name: limit.Name}, true
		}
	}
	return Alias{}, false
}

// Unlabelled returns a message that a label names no limit, with the nearest one.
func (t *Table) Unlabelled(text string) string {
	return fmt.Sprintf("the label %q names no limit; define one of its name under x-rate-limits.limits, or say by as which one it is%s",
		text, t.nearest(labelForm(text)))
}
