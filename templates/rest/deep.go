package rest

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// deepNode is a part of a deepObject parameter: texts, members by name, or list items by number.
type deepNode struct {
	texts   []string
	listed  bool // the texts are items: name[]=text
	members map[string]*deepNode
}

// deepNodes bounds the nesting of such a parameter.
const deepNodes = 32

// deepParam gathers name[member][0]=text. A part that cannot be read is an error: ignoring a part
// of a filter would answer more than was requested.
func (s *Server) deepParam(p *Param, from pairs, spent *int) ([]byte, bool, error) {
	query := from.text
	root, found := new(deepNode), false
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		key, text, _ := strings.Cut(pair, "=")
		key = unescapeQuery(key)
		rest, ok := strings.CutPrefix(key, p.Name)
		if !ok || rest != "" && rest[0] != '[' || strings.Contains(pair, ";") {
			continue // another parameter
		}
		if rest == "" && from.taken != nil && from.taken(key) {
			continue // a member of another parameter
		}
		found = true
		path, ok := s.deepPath(p, rest)
		if rest == "" {
			ok = s.kinds(p.Schema)&^KindObject != 0
		}
		if !ok {
			return nil, true, badRequest(clip(key) + ": not understood")
		}
		node := root
		for _, name := range path {
			if node.members == nil {
				node.members = make(map[string]*deepNode)
			}
			if node.members[name] == nil {
				node.members[name] = new(deepNode)
			}
			node = node.members[name]
		}
		node.texts = append(node.texts, unescapeQuery(text))
		node.listed = node.listed || strings.HasSuffix(rest, "[]")
	}
	if !found {
		return nil, false, nil
	}
	out, ok := s.deepJSON(nil, p.Schema, root, spent)
	if !ok {
		return nil, true, badRequest(p.Name + ": not understood")
	}
	return out, true, checkText(out)
}

// deepPath splits [a][b][0]; an empty pair of brackets at the end appends an item to a list.
func (s *Server) deepPath(p *Param, text string) ([]string, bool) {
	if len(text) < 2 || text[len(text)-1] != ']' {
		return nil, false
	}
	if inner := text[1 : len(text)-1]; inner != "" && s.property(p.Schema, inner) >= 0 {
		return []string{inner}, true // a name that contains brackets
	}
	var path []string
	for text != "" {
		inner, rest, ok := strings.Cut(text[1:], "]")
		if text[0] != '[' || !ok || strings.Contains(inner, "[") || len(path) == deepNodes {
			return nil, false
		}
		if text = rest; inner == "" {
			return path, text == ""
		}
		path = append(path, inner)
	}
	return path, true
}

// deepJSON spells a node as the JSON that its schema expects there.
func (s *Server) deepJSON(out []byte, index int, n *deepNode, spent *int) ([]byte, bool) {
	kinds := s.kinds(index)
	lists := kinds&KindArray != 0
	if n.members == nil {
		if !lists || kinds.several() && len(n.texts) == 1 && !n.listed {
			if value := s.scalar(index, n.texts[0], spent); !lists || s.reads(index, value, spent) {
				return append(out, value...), len(n.texts) == 1
			}
		}
		return append(out, s.listText(s.itemsOf(index), n.texts, spent)...), true
	}
	if len(n.texts) > 0 {
		return out, false // both a value and members
	}
	if items := n.items(); items != nil && (lists || kinds == KindAny) {
		out = append(out, '[')
		for i, item := range items {
			if i > 0 {
				out = append(out, ',')
			}
			var ok bool
			if out, ok = s.deepJSON(out, s.itemsOf(index), item, spent); !ok {
				return out, false
			}
		}
		return append(out, ']'), true
	}
	out = append(out, '{')
	for i, name := range slices.Sorted(maps.Keys(n.members)) {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(out, quote(name)...), ':')
		var ok bool
		if out, ok = s.deepJSON(out, s.memberOf(index, name), n.members[name], spent); !ok {
			return out, false
		}
	}
	return append(out, '}'), true
}

// items returns the items of a list, numbered from 0 without a gap; nil if the node is not a list.
func (n *deepNode) items() []*deepNode {
	items := make([]*deepNode, len(n.members))
	for i := range items {
		if items[i] = n.members[strconv.Itoa(i)]; items[i] == nil {
			return nil
		}
	}
	return items
}

// deepItems counts the items of a list spelt name[0]=a&name[1]=b, or name[]=a&name[]=b. The fields
// of one item, name[0][x]=a&name[0][y]=b, count once.
func deepItems(query, name string) int64 {
	var n int64
	var seen map[string]bool
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		key, _, _ := strings.Cut(pair, "=")
		rest, ok := strings.CutPrefix(unescapeQuery(key), name)
		if !ok || rest != "" && rest[0] != '[' || strings.Contains(pair, ";") {
			continue // another parameter
		}
		index, _, _ := strings.Cut(rest, "]")
		if index != "" && index != "[" {
			if seen[index] {
				continue
			}
			if seen == nil {
				seen = make(map[string]bool)
			}
			seen[index] = true
		}
		n++
	}
	return n
}
