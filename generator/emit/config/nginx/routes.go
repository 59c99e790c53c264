package nginx

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/limitgen/limitgen/generator/emit/config"
)

// routes prints the tables of templates, and what leads to them: the number of a path's segments.
func (b *builder) routes() {
	b.GetHead = !slices.ContainsFunc(b.in.Routes,
		func(r *config.Route) bool { return r.Method == "HEAD" })
	b.semicolons = slices.ContainsFunc(b.in.Routes,
		func(r *config.Route) bool { return slices.ContainsFunc(r.Segments, hasSemicolon) })
	names := b.operations()
	var lengths []*span
	for i, t := range newTables(b.in) {
		n := len(t.order)
		if len(lengths) == 0 || lengths[len(lengths)-1].segments != n {
			lengths = append(lengths, &span{segments: n})
		}
		s := lengths[len(lengths)-1]
		l := lookup{
			Name: fmt.Sprintf("%s_length%d", b.Name, n), Source: quote(t.source(b.Name)),
			Entries: b.entries(t, names),
		}
		if s.tables++; s.tables > 1 {
			l.Name += fmt.Sprintf("_%d", s.tables)
			b.Tables[i-1].Default = "$" + l.Name
		}
		s.routes += len(t.entries)
		b.Tables = append(b.Tables, l)
	}
	// nginx tries expressions in order: the commonest length first.
	slices.SortStableFunc(lengths, func(x, y *span) int { return cmp.Compare(y.routes, x.routes) })
	for _, s := range lengths {
		b.Lengths = append(b.Lengths, pair{
			quote(b.segments(s.segments)), fmt.Sprintf("$%s_length%d", b.Name, s.segments),
		})
	}
}

// A span is the tables of one number of segments.
type span struct{ segments, tables, routes int }

// segments returns an expression for paths of a number of segments. None can be split in two ways,
// so it takes no longer for a path that is made to be slow.
func (b *builder) segments(n int) string {
	out := "~^"
	for i := range n {
		segment := fmt.Sprintf("(?<%s_%d>[^/;]++)[^/]*+", b.Name, i+1)
		if b.semicolons {
			segment = fmt.Sprintf("(?<%s_w%d>%s)", b.Name, i+1, segment)
		}
		out += "/+" + segment
	}
	return out + `/*+\z`
}

// entries returns the lines of a table. nginx does not take two that differ by case alone.
func (b *builder) entries(t *table, names map[*config.Route]string) []pair {
	var out []pair
	seen := make(map[string]bool)
	for _, e := range t.entries {
		if key := lower(e.key); !seen[key] {
			seen[key] = true
			out = append(out, pair{e.word(), quote(names[e.route])})
			b.Buckets = max(b.Buckets, bucketSize(len(e.key)))
		}
	}
	return out
}

// operations returns the values of the tables: the class of an operation's limits, or a dash, and
// its name.
func (b *builder) operations() map[*config.Route]string {
	out := make(map[*config.Route]string)
	taken := make(map[string]bool)
	for i, r := range b.in.Routes {
		name := word(r.ID, "-.")
		if len(name) > 64 || taken[name] {
			name = fmt.Sprintf("operation-%d", i+1)
		}
		taken[name] = true
		if c := b.of[r]; c != nil {
			out[r] = c.name + " " + name
		} else {
			out[r] = "- " + name
		}
	}
	return out
}

// bucketSize returns the size of a hash table's buckets that holds a key, when the default does
// not: nginx keeps two pointers and a length beside it.
func bucketSize(key int) int {
	size := 64
	for size < 16+(key+2+7)/8*8 {
		size *= 2
	}
	if size == 64 {
		return 0
	}
	return size
}
