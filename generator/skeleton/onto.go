package skeleton

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/audit"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/published"
)

// onto assigns rows to the operations of a vendor's spec.
func (s *importer) onto(api *model.API) {
	known := map[string]*operation{}
	for row, found := range audit.Match(api, s.page) {
		id := found.HTTPMethod + " " + found.Path
		if known[id] == nil {
			known[id] = &operation{method: found.HTTPMethod, path: found.Path, id: found.ID, tag: tagOf(found.Path)}
		}
		s.of[row] = known[id]
	}
	added := map[*operation]bool{}
	for _, row := range s.page.Rows {
		op := s.of[row]
		if op == nil {
			s.diags.Errorf(row.Pos, ruleImport, "%s: the spec has no operation for it", row.Name())
			continue
		}
		if !added[op] {
			added[op] = true
			s.ops = append(s.ops, op)
		}
		path, err := published.PathOf(row.URL)
		if err != nil {
			path = published.Path{Mended: []string{"not a path"}}
		}
		if path.Template != op.path && len(path.Mended) == 0 {
			path.Mended = []string{"spelt otherwise"}
		}
		s.add(op, row, path)
	}
}

const besideHead = `# Written by limitgen import from a published table, for --overlay beside the vendor's spec.
`

// beside returns the file with only the limits.
func (s *importer) beside() []byte {
	paths := mapping()
	at := map[string]*yaml.Node{}
	for _, op := range s.ops {
		item := at[op.path]
		if item == nil {
			item = mapping()
			at[op.path] = item
			paths.Content = append(paths.Content, text(op.path), item)
		}
		item.Content = append(item.Content, text(strings.ToLower(op.method)), mapping(pair{"x-rate-limit", s.rule(op)}))
	}
	return encode(besideHead+s.missing(), mapping(pair{"x-rate-limits", s.rateLimits()}, pair{"paths", paths}))
}
