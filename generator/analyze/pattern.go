package analyze

import (
	"errors"
	"regexp"
	"strings"

	"github.com/limitgen/limitgen/generator/model"
)

// patterns is a JSON Schema pattern as Go regular expressions: all of must have to match, and none
// of mustNot may.
type patterns struct{ must, mustNot []string }

var errLookaround = errors.New("it looks around in a way that Go's regular expressions do not")

// readPattern converts a pattern. Go has no lookaround: (?=…), (?!…), (?<=…) and (?<!…). At the
// very beginning or end of a pattern, as in rules for passwords, each becomes an expression of its
// own.
func readPattern(text string) (patterns, error) {
	text = unicodeEscape.ReplaceAllString(text, `\x{$1}`)
	_, err := regexp.Compile(text)
	if err == nil {
		return patterns{must: []string{text}}, nil
	}
	if !strings.Contains(text, "(?") {
		return patterns{}, err
	}
	var p patterns
	rest, anchored := strings.CutPrefix(text, "^")
	for {
		ahead := strings.HasPrefix(rest, "(?=")
		if !ahead && !strings.HasPrefix(rest, "(?!") {
			break
		}
		end := groupEnd(rest)
		if end < 0 || quantified(rest[end+1:]) {
			return patterns{}, errLookaround
		}
		p.add(ahead, "^(?:"+rest[3:end]+")")
		var more bool
		rest, more = strings.CutPrefix(rest[end+1:], "^")
		anchored = anchored || more
	}
	if !anchored && len(p.must)+len(p.mustNot) > 0 {
		return patterns{}, errLookaround
	}
	for strings.HasSuffix(rest, ")$") {
		start := strings.LastIndex(rest, "(?<")
		if start < 0 || groupEnd(rest[start:]) != len(rest)-2-start || len(rest) < start+4 ||
			!strings.ContainsRune("=!", rune(rest[start+3])) {
			break
		}
		p.add(rest[start+3] == '=', "(?:"+rest[start+4:len(rest)-2]+")$")
		rest = rest[:start] + "$"
	}
	if alternates(rest) {
		return patterns{}, errLookaround
	}
	if anchored {
		rest = "^" + rest
	}
	p.add(true, rest)
	for _, part := range append(p.must[:len(p.must):len(p.must)], p.mustNot...) {
		if _, err := regexp.Compile(part); err != nil {
			return patterns{}, err
		}
	}
	return p, nil
}

var unicodeEscape = regexp.MustCompile(`\\u([0-9a-fA-F]{4})`)

func (p *patterns) add(must bool, part string) {
	if must {
		p.must = append(p.must, part)
	} else {
		p.mustNot = append(p.mustNot, part)
	}
}

// scanPattern visits the characters of a pattern that are outside classes and not escaped, with
// their group depth, until visit returns false.
func scanPattern(text string, visit func(i, depth int) bool) {
	depth, class := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
			continue
		case class:
			class = c != ']'
			continue
		case c == '[':
			class = true
			continue
		case c == '(':
			depth++
		case c == ')':
			depth--
		}
		if !visit(i, depth) {
			return
		}
	}
}

// groupEnd returns the index of the bracket that closes the group at the start; -1 if there is
// none.
func groupEnd(text string) int {
	end := -1
	scanPattern(text, func(i, depth int) bool {
		if depth == 0 {
			end = i
		}
		return depth > 0
	})
	return end
}

// alternates reports whether there are alternatives outside any group, so that the beginning or end
// belongs to one of them only.
func alternates(text string) bool {
	found := false
	scanPattern(text, func(i, depth int) bool {
		found = found || depth == 0 && text[i] == '|'
		return !found
	})
	return found
}

func quantified(rest string) bool {
	return rest != "" && strings.ContainsRune("*+?{", rune(rest[0]))
}

// pattern copies a pattern.
func (b *builder) pattern(out *model.Schema, l loc) {
	text := l.schema().Pattern
	if text == "" {
		return
	}
	p, err := readPattern(text)
	if err != nil {
		b.diags.Warnf(b.doc.Pos(l.at(nil, "pattern").ptr...), "pattern", "pattern %q is not checked: %v",
			text, err)
		return
	}
	out.Pattern = p.must[len(p.must)-1]
	for _, part := range p.must[:len(p.must)-1] {
		out.AllOf = append(out.AllOf, b.schemas.addLeaf(&model.Schema{Pattern: part}))
	}
	for _, part := range p.mustNot {
		// Only strings have a pattern.
		not := b.schemas.addLeaf(&model.Schema{Kinds: []string{"string"}, Pattern: part})
		out.AllOf = append(out.AllOf, b.schemas.addLeaf(&model.Schema{Not: not}))
	}
}
