package skeleton

import (
	"fmt"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/audit"
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/published"
)

// key is a phrase of the page and its name in per.
type key struct {
	phrase string
	name   string   // in per
	parts  []string // path parameters; none for a built-in dimension
	known  bool
}

// keyOf returns the key of a phrase: from the options, the leading path parameters of all
// operations under it, a parameter of the same name, or a built-in dimension.
func (s *importer) keyOf(phrase string) *key {
	at := slices.IndexFunc(s.keys, func(k *key) bool { return k.phrase == phrase })
	if at >= 0 {
		return s.keys[at]
	}
	k := s.newKey(phrase)
	s.distinguish(k)
	s.keys = append(s.keys, k)
	return k
}

// distinguish numbers a key whose name another one has that reads other parameters: phrases that
// are not Latin have the same name.
func (s *importer) distinguish(k *key) {
	name := k.name
	for n := 2; len(k.parts) > 0 && slices.ContainsFunc(s.keys, func(other *key) bool {
		return other.name == k.name && !slices.Equal(other.parts, k.parts)
	}); n++ {
		k.name = fmt.Sprintf("%s-%d", name, n)
	}
}

func (s *importer) newKey(phrase string) *key {
	k := &key{phrase: phrase, known: true}
	for given, names := range s.Keys {
		if audit.PlainKey(given) != audit.PlainKey(phrase) {
			continue
		}
		if len(names) == 1 && limit.Builtin(names[0]) {
			k.name = names[0]
			return k
		}
		k.name, k.parts = slug(phrase), names
		return k
	}
	if parts := s.sharedLeading(phrase); len(parts) > 0 {
		k.name, k.parts = slug(strings.TrimSuffix(strings.ToLower(phrase), " key")), parts
		return k
	}
	if param := s.parameterLike(phrase); param != "" {
		k.name, k.parts = audit.Thing(phrase), []string{param}
		return k
	}
	if names := audit.BuiltinKeys(phrase); len(names) > 0 {
		k.name = names[0]
		return k
	}
	k.name, k.known = limit.DimIdentity, false
	return k
}

// under returns the operations to which a phrase applies.
func (s *importer) under(phrase string) []*operation {
	var out []*operation
	for _, op := range s.ops {
		if slices.ContainsFunc(op.rows, func(row *published.Row) bool {
			return slices.ContainsFunc(row.Rates, func(r published.Rate) bool { return slices.Contains(r.Per, phrase) })
		}) {
			out = append(out, op)
		}
	}
	return out
}

// sharedLeading returns the parameters that nearly all paths under a phrase begin with, if the
// phrase means an app or another unit that these parameters name.
func (s *importer) sharedLeading(phrase string) []string {
	best := mostLeading(s.under(phrase))
	if !likePart(phrase, best) {
		return nil
	}
	return best
}

// mostLeading returns the parameters that at least nine of ten paths begin with.
func mostLeading(ops []*operation) []string {
	counts := map[string]int{}
	best := ""
	for _, op := range ops {
		if names := strings.Join(leadingOf(op.path), "/"); names != "" {
			if counts[names]++; counts[names] > counts[best] || best == "" {
				best = names
			}
		}
	}
	if best == "" || 10*counts[best] < 9*len(ops) {
		return nil
	}
	return strings.Split(best, "/")
}

// likePart reports whether a phrase has a word of one of the names: "App Key" and app_name.
func likePart(phrase string, names []string) bool {
	for _, word := range strings.FieldsFunc(strings.ToLower(phrase), notLetter) {
		for _, name := range names {
			if len(word) > 2 && word != "key" && strings.Contains(bare(name), word) {
				return true
			}
		}
	}
	return false
}

func notLetter(r rune) bool { return r < 'a' || r > 'z' }

// parameterLike returns a parameter with the name of a phrase that all operations under it have.
func (s *importer) parameterLike(phrase string) string {
	thing := audit.Thing(phrase)
	if thing == "" {
		return ""
	}
	ops := s.under(phrase)
	for _, name := range published.Parameters(first(ops)) {
		all := !slices.ContainsFunc(ops, func(op *operation) bool { return !slices.Contains(published.Parameters(op.path), name) })
		if strings.Contains(bare(name), thing) && all {
			return name
		}
	}
	return ""
}

func first(ops []*operation) string {
	if len(ops) == 0 {
		return ""
	}
	return ops[0].path
}

// slug converts a name to the form of the table of limits.
func slug(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' && b.Len() > 0:
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	out := strings.Trim(b.String(), "-")
	if out == "" {
		return "key"
	}
	if len(out) > 40 {
		out = strings.Trim(out[:40], "-")
	}
	return out
}
