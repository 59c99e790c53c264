package skeleton

import (
	"fmt"
	"strings"

	"github.com/limitgen/limitgen/generator/naming"
	"github.com/limitgen/limitgen/generator/published"
)

// name gives each operation an ID and a tag, from its title if that is short and ASCII, else from
// its method and path.
func (s *importer) name() {
	taken := map[string]bool{}
	for _, op := range s.ops {
		op.title = titleOf(op.rows)
		op.tag = tagOf(op.path)
		id := idOf(op)
		for base, n := id, 2; taken[strings.ToLower(id)]; n++ {
			if n == 2 {
				base = derived(op)
				id = base
				continue
			}
			id = fmt.Sprintf("%s%d", base, n-1)
		}
		taken[strings.ToLower(id)] = true
		op.id = id
	}
}

// titleOf joins the titles of rows, without duplicates.
func titleOf(rows []*published.Row) string {
	var titles []string
	for _, row := range rows {
		if row.Title != "" && (len(titles) == 0 || titles[len(titles)-1] != row.Title) {
			titles = append(titles, row.Title)
		}
	}
	return strings.Join(titles, "; ")
}

func idOf(op *operation) string {
	title := op.title
	words := naming.Words(title)
	for _, r := range title {
		if r > 0x7e {
			return derived(op)
		}
	}
	if len(op.rows) > 1 || len(words) < 2 || len(words) > 6 {
		return derived(op)
	}
	return joined(words)
}

// joined makes an ID of words, with a lower-case first letter.
func joined(words []string) string {
	id := ""
	for i, w := range words {
		if i == 0 {
			id += strings.ToLower(w)
		} else {
			id += naming.Exported(w)
		}
	}
	return id
}

// derived makes an ID of a method and the words of a path; parameters follow "By".
func derived(op *operation) string {
	words := []string{op.method}
	for _, segment := range strings.Split(op.path, "/") {
		if version(segment) {
			continue
		}
		if strings.HasPrefix(segment, "{") {
			if len(words) > 1 {
				words = append(words, "By")
			} else {
				continue
			}
		}
		words = append(words, naming.Words(segment)...)
	}
	return joined(words)
}

// tagOf returns the first word of a path.
func tagOf(path string) string {
	for _, segment := range strings.Split(path, "/") {
		if segment != "" && !strings.HasPrefix(segment, "{") && !version(segment) {
			return strings.ToLower(segment)
		}
	}
	return "default"
}

// version reports whether a segment is a version or a prefix: v1, 2, api.
func version(segment string) bool {
	plain := strings.TrimLeft(strings.ToLower(segment), "v")
	return strings.Trim(plain, "0123456789.") == "" || plain == "api" || plain == "rest"
}

// leadingOf returns the parameters that a path begins with.
func leadingOf(path string) []string {
	var out []string
	for _, segment := range strings.Split(path, "/")[1:] {
		if !strings.HasPrefix(segment, "{") || !strings.HasSuffix(segment, "}") {
			break
		}
		out = append(out, segment[1:len(segment)-1])
	}
	return out
}
