package rest

import (
	"net/http"
	"net/url"
	"reflect"
	"strings"
)

// pairs are the names and values, still encoded, among which an exploded object has its members.
type pairs struct {
	text string // joined by "&"
	// taken reports whether a name belongs to something else. It is nil if the object has no other
	// members than those that its schema names.
	taken func(name string) bool
}

// cookiePairs spells the cookies of a request like a query.
func cookiePairs(r *http.Request) string {
	var b strings.Builder
	for _, c := range r.Cookies() {
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(c.Name + "=" + c.Value)
	}
	return b.String()
}

// openTarget reports whether a target keeps members that its schema does not name.
func openTarget(target any) bool {
	t := reflect.TypeOf(target).Elem()
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() == reflect.Struct {
		_, ok := t.FieldByName("AdditionalProperties")
		return ok
	}
	return t.Kind() == reflect.Map
}

// taken reports whether a name of the query, or of a cookie, is another parameter or a credential,
// and so no member of the object p.
func (s *Server) taken(op *Operation, p *Param, name string) bool {
	for i := range op.Params {
		q := &op.Params[i]
		switch {
		case q.In != p.In || q.Name == p.Name:
		case q.Name == name, q.Style == StyleDeep && strings.HasPrefix(name, q.Name+"["),
			q.pairs() && s.property(q.Schema, name) >= 0:
			return true
		}
	}
	for i := range s.config.Credentials {
		if c := &s.config.Credentials[i]; c.In == p.In && c.Name == name {
			return true
		}
	}
	_, own, _ := strings.Cut(op.Path, "?")
	_, found := firstQuery(own, name)
	return found && p.In == InQuery
}

// splitParam splits the names and values of an object before anything is decoded.
func splitParam(p *Param, raw string) []string {
	if p.pairs() {
		return []string{raw}
	}
	if raw = p.trim(raw); raw == "" {
		return nil
	}
	var out []string
	separators := p.separators()
	for item, rest, more := nextItem(raw, separators); ; item, rest, more = nextItem(rest, separators) {
		if out = append(out, item); !more {
			return out
		}
	}
}

// objectParam gathers an object from the pairs of a query, or from one value that lists names and
// values.
func (s *Server) objectParam(p *Param, raws []string, from pairs, decode func(string) string, spent *int) ([]byte, bool, error) {
	form := url.Values{}
	if p.pairs() {
		form = s.members(p, from)
	} else if len(raws) > 0 {
		parts := splitParam(p, raws[0])
		if p.Style == StyleMatrix && p.Explode { // ;name=value;name=value
			parts = strings.Split(strings.TrimPrefix(raws[0], ";"), ";")
		}
		for i := 0; i < len(parts); i++ {
			key, value, paired := strings.Cut(parts[i], "=")
			if !p.Explode {
				if key, paired = parts[i], i+1 < len(parts); paired {
					i++
					value = parts[i]
				}
			}
			if !paired {
				return nil, true, badRequest(p.Name + ": a name without a value")
			}
			form.Add(decode(key), decode(value))
		}
	}
	if len(form) == 0 {
		return nil, false, nil
	}
	out, err := s.formObject(p.Schema, form, nil, nil, spent)
	return out, true, err
}

// members gathers the pairs that are members of an object: those that its schema names, and others
// that nothing else takes. Such others alone are not an object that must have members of its own.
func (s *Server) members(p *Param, from pairs) url.Values {
	form := url.Values{}
	named := false
	for pair := range strings.SplitSeq(from.text, "&") {
		key, value, _ := strings.Cut(pair, "=")
		key = unescapeQuery(key)
		switch {
		case s.property(p.Schema, key) >= 0:
			named = true
		case from.taken == nil || pair == "" || strings.Contains(pair, ";") || !s.admits(p.Schema, key) || from.taken(key):
			continue
		}
		form.Add(key, unescapeQuery(value))
	}
	if !named && s.requires(p.Schema) {
		return nil
	}
	return form
}

// admits reports whether an object may have a member that its schema does not name.
func (s *Server) admits(index int, name string) bool {
	return s.find(index, schemaDepth, func(c *Schema) int {
		for i := range c.Patterns {
			if c.Patterns[i].Pattern != nil && c.Patterns[i].Pattern.MatchString(name) {
				return 1
			}
		}
		if c.Additional < 0 {
			return 0
		}
		return -1
	}, 1) > 0
}

// requires reports whether an object must have members that its schema names.
func (s *Server) requires(index int) bool {
	return s.find(index, schemaDepth, func(c *Schema) int {
		for i := range c.Properties {
			if c.Properties[i].Required {
				return 1
			}
		}
		return -1
	}, 0) > 0
}
