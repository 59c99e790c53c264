package compat

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/model"
)

// answers compares what answers say of a limit: the name that it has in RateLimit fields, and the
// fields of the API's own. Clients go by both to learn how much is left, and pace by the table
// alone where they find nothing.
func (c *comparison) answers(p limitPair) {
	if was, is := calledIn(p.was), calledIn(p.is); was != is && (p.was.Alias != "" ||
		p.is.Alias != "") {
		c.add(Finding{
			Kind: ruleAlias, Severity: diag.Warning, Old: at(p.was, "alias"), New: at(p.is, "alias"),
			Limit: p.is.Name, Operations: ids(users(c.is, p.is)), Was: was, Is: is,
			Text: fmt.Sprintf("limit %s was called %s in the API's RateLimit fields, is called %s",
				p.is.Name, was, is),
			Caller: "the same requests pass; clients built from the old spec do not learn from the fields how much of it is left",
			Server: "servers built from the old spec send the old name",
		})
	}
	if was, is := announceWords(p.was), announceWords(p.is); was != is {
		f := Finding{
			Kind: ruleAnnounce, Severity: diag.Warning, Old: at(p.was, "announce"),
			New: at(p.is, "announce"), Limit: p.is.Name, Operations: ids(users(c.is, p.is)), Was: was,
			Is: is, Text: fmt.Sprintf("answers described limit %s in %s, and do so in %s now", p.is.Name,
				cmp.Or(was, "no field of the API's own"), cmp.Or(is, "no field of the API's own")),
			Caller: "the same requests pass; clients built from the old spec look for the old fields, and do not learn from others how much of it is left",
			Server: "servers built from either spec send the standard fields",
		}
		if was == "" {
			f.Severity = diag.Note
			f.Caller = "clients built from the old spec do not look for these fields"
		}
		c.add(f)
	}
}

// calledIn returns what the RateLimit fields call a limit.
func calledIn(l *model.Limit) string { return cmp.Or(l.Alias, l.Name) }

// announceWords returns the fields of the API's own that tell of a limit; "" if there are none.
// Their names are the same in any case.
func announceWords(l *model.Limit) string {
	a := l.Announce
	if a == nil {
		return ""
	}
	var parts []string
	for _, f := range []struct{ what, field string }{{"limit", a.Quota}, {"remaining", a.Remaining}, {"rate", a.Rate}, {"reset", a.Reset}} {
		if f.field != "" {
			parts = append(parts, strings.ToLower(f.field)+" ("+f.what+")")
		}
	}
	if a.Reset != "" {
		parts[len(parts)-1] = strings.TrimSuffix(parts[len(parts)-1], ")") + " as " + a.ResetAs + ")"
	}
	return strings.Join(parts, ", ")
}
