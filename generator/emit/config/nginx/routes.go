package nginx

import (
	"fmt"
	"strconv"

	"github.com/limitgen/limitgen/generator/emit/config"
)

// routes prints the tables of templates, and what leads to them: the number of a path's segments.
func (b *builder) routes() {
	tables := newTables(b.in)
	b.GetHead = true
	for _, r := range b.in.Routes {
		b.GetHead = b.GetHead && r.Method != "HEAD"
	}
	names := b.operations()
	here := make(map[int]string) // the first table for a number of segments
	for i, t := range tables {
		n := len(t.order)
		name := fmt.Sprintf("%s_route%d", b.Name, n)
		if here[n] == "" {
			here[n] = name
		} else {
			name = fmt.Sprintf("%s_%d", name, i+1)
		}
		l := lookup{Name: name, Source: quote(t.source(b.Name))}
		if i > 0 && len(tables[i-1].order) == n {
			b.Tables[i-1].Default = "$" + name
		}
		seen := make(map[string]bool)
		for _, e := range t.entries {
			if key := lower(e.key); !seen[key] {
				seen[key] = true
				l.Entries = append(l.Entries, pair{e.word(), quote(names[e.route])})
				b.Buckets = max(b.Buckets, bucketSize(len(e.key)))
			}
		}
		b.Tables = append(b.Tables, l)
	}
	if len(tables) > 0 {
		b.lengths(here, len(tables[0].order), len(tables[len(tables)-1].order))
	}
}

// lengths asks for one segment after the other, from the shortest templates to the longest.
func (b *builder) lengths(here map[int]string, shortest, longest int) {
	for i := range longest {
		b.Split = append(b.Split, strconv.Itoa(i+1))
	}
	variable := func(name string) string {
		if name == "" {
			return `""`
		}
		return "$" + name
	}
	from := func(n int) string {
		if n > longest {
			return ""
		}
		return fmt.Sprintf("%s_from%d", b.Name, n)
	}
	for n := max(shortest, 1); n <= longest; n++ {
		b.Lengths = append(b.Lengths, length{
			Name: from(n), Segment: fmt.Sprintf("$%s_%d", b.Name, n),
			Here: variable(here[n-1]), Longer: variable(from(n + 1)),
		})
	}
	last := &b.Lengths
	if longest == 0 {
		b.First = variable(here[0])
		return
	}
	(*last)[len(*last)-1].Longer = variable(here[longest])
	b.First = variable(from(max(shortest, 1)))
}

// operations are the values of the tables: an operation's name, and behind a blank the class of its limits.
func (b *builder) operations() map[*config.Route]string {
	out := make(map[*config.Route]string)
	taken := make(map[string]bool)
	for i, r := range b.in.Routes {
		name := word(r.ID, "-.")
		if len(name) > 64 || taken[name] {
			name = fmt.Sprintf("operation-%d", i+1)
		}
		taken[name] = true
		if out[r] = name; b.words[r] != "" {
			out[r] += " " + b.words[r]
		}
	}
	return out
}

// bucketSize is the size of a hash table's buckets that holds a key: nginx keeps two pointers and a length beside it.
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
