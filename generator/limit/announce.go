package limit

import (
	"net/textproto"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// aliasPattern matches strings that a structured field can hold.
var aliasPattern = regexp.MustCompile(`^[ -~]{1,128}$`)

func (p *parser) alias(v *yaml.Node) string {
	text := p.text(v)
	if !aliasPattern.MatchString(text) {
		p.errorf(v, RuleSchema, "an alias is the policy's name in the API's RateLimit fields: printable ASCII, 128 characters at most")
		return ""
	}
	return text
}

// announce reads the names of the response header fields for a limit.
func (p *parser) announce(n *yaml.Node) *Announce {
	a := &Announce{Pos: p.pos(n)}
	seen := p.fields(n, "announce", map[string]func(k, v *yaml.Node){
		"limit":     func(_, v *yaml.Node) { a.Quota = p.header(v) },
		"remaining": func(_, v *yaml.Node) { a.Remaining = p.header(v) },
		"reset":     func(_, v *yaml.Node) { p.resetField(a, v) },
		"rate":      func(_, v *yaml.Node) { a.Rate = p.header(v) },
	})
	if n.Kind == yaml.MappingNode && !seen["remaining"] && !seen["limit"] && !seen["reset"] &&
		!seen["rate"] {
		p.errorf(n, RuleSchema, "announce names fields of an answer: limit, remaining, reset or rate")
	}
	return a
}

func (p *parser) header(v *yaml.Node) string {
	name := p.text(v)
	if v.Kind == yaml.ScalarNode && !headerPattern.MatchString(name) {
		p.errorf(v, RuleSchema, "%q names no field of an answer", name)
		return ""
	}
	return textproto.CanonicalMIMEHeaderKey(name)
}

// resetField reads the field with the time at which a limit opens again. Its format must be given,
// since a number may be seconds from now or since 1970.
func (p *parser) resetField(a *Announce, n *yaml.Node) {
	seen := p.fields(n, "reset", map[string]func(k, v *yaml.Node){
		"header": func(_, v *yaml.Node) { a.Reset = p.header(v) },
		"as": func(_, v *yaml.Node) {
			if a.ResetAs = v.Value; !slices.Contains(ResetForms, v.Value) {
				p.errorf(v, RuleSchema, "as is %s, not %q", strings.Join(ResetForms, ", "), v.Value)
			}
		},
	})
	if n.Kind == yaml.MappingNode && (!seen["header"] || !seen["as"]) {
		p.errorf(n, RuleSchema, "reset needs header, the field's name, and as, how its time is written: %s", strings.Join(ResetForms, ", "))
	}
}

// announcements checks that each alias belongs to one limit, and that each field of a limit has a
// meaning of its own. Limits may share fields: see lint's rule announce-shared.
func (p *parser) announcements(t *Table) {
	aliases := make(map[string]*Limit)
	for _, l := range t.Limits {
		other := aliases[l.Alias]
		if l.Alias != "" && other == nil {
			if named := t.Limit(l.Alias); named != nil && named != l {
				other = named
			}
		}
		switch {
		case l.Alias == "":
		case other != nil:
			p.diags.Errorf(l.Pos, RuleSchema, "the alias %q of limit %q is limit %q's already (%s)", l.Alias,
				l.Name, other.Name, other.Pos)
		default:
			aliases[l.Alias] = l
		}
		if l.Announce == nil {
			continue
		}
		if l.Unit == UnitConcurrent && l.Announce.Rate != "" {
			p.diags.Errorf(l.Announce.Pos, RuleSchema,
				"limit %q bounds requests in flight, so no field has its rate", l.Name)
		}
		fields := l.Announce.Fields()
		for i, field := range fields {
			if slices.Contains(fields[:i], field) {
				p.diags.Errorf(l.Announce.Pos, RuleSchema, "the field %s has two meanings for limit %q", field,
					l.Name)
			}
		}
	}
}
