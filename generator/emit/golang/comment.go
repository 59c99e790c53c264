package golang

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/model"
)

const commentWidth = 96

// comment turns text of a spec into line comments. No text can end the comment: no line break of
// any kind is left in a line, and characters that are not printable are dropped, including those
// that change the direction of text. Every line begins with a space, so that none is a directive.
func comment(text string) string {
	var out []string
	blank := true
	for _, l := range joined(strings.Split(clean(text), "\n")) {
		if l == "" {
			if !blank {
				out = append(out, "//")
			}
			blank = true
			continue
		}
		blank = false
		out = append(out, wrap(l)...)
	}
	for len(out) > 0 && out[len(out)-1] == "//" {
		out = out[:len(out)-1]
	}
	if len(out) == 0 {
		return "//"
	}
	return strings.Join(out, "\n")
}

// endsEarly is the width below which a line of prose ends on purpose, though the next word had
// room.
const endsEarly = 50

// joined trims lines, and makes one line of those that are one paragraph in Markdown: a spec wraps
// its lines at other widths than a comment. Lists, tables, quotes, headings, code and lines that
// end early keep theirs.
func joined(lines []string) []string {
	var out []string
	code, open, width := false, false, 0 // of the line before: whether it is code, and whether it can go on
	for _, raw := range lines {
		l := strings.TrimSpace(raw)
		fence := strings.HasPrefix(l, "```") || strings.HasPrefix(l, "~~~")
		indented := strings.HasPrefix(raw, "    ") && !open
		word, _, _ := strings.Cut(l, " ")
		if open && !fence && continues(l) && width+1+utf8.RuneCountInString(word) > endsEarly {
			out[len(out)-1] += " " + l
		} else {
			out = append(out, l)
		}
		code = code != fence
		width = utf8.RuneCountInString(l)
		open = l != "" && !code && !fence && !indented && !strings.ContainsRune("|#<{", rune(l[0])) &&
			!strings.HasSuffix(raw, "  ") && !strings.HasSuffix(l, `\`)
	}
	return out
}

// continues reports whether a line goes on with the one before, rather than begin an item of a
// list, a row of a table or the like.
func continues(l string) bool {
	if l == "" || strings.ContainsRune("|#<>{", rune(l[0])) || strings.Trim(l, "-=*_ ") == "" {
		return false
	}
	mark, _, _ := strings.Cut(l, " ")
	return !item.MatchString(mark)
}

// item matches the word that begins an item of a list.
var item = regexp.MustCompile(`^([-*+•]|\d+[.)](\D.*)?)$`)

// wrap breaks a line at spaces. No line may begin with +build, which gofmt makes a build
// constraint.
func wrap(line string) []string {
	var out []string
	current := ""
	for _, word := range strings.Fields(line) {
		if current != "" &&
			utf8.RuneCountInString(current)+1+utf8.RuneCountInString(word) > commentWidth {
			out = append(out, "// "+current)
			current = ""
		}
		switch {
		case current != "":
			current += " "
		case strings.HasPrefix(word, "+build"):
			word = "'" + word + "'"
		}
		current += word
	}
	if current != "" {
		out = append(out, "// "+current)
	}
	return out
}

// clean keeps printable characters and line breaks. A tab becomes the spaces that indent code.
func clean(text string) string {
	if strings.ContainsAny(text, "\t\r\u2028\u2029\u0085") {
		text = whitespace.Replace(text)
	}
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = diag.Visible(l, -1)
	}
	return strings.Join(lines, "\n")
}

var whitespace = strings.NewReplacer("\t", "    ", "\r\n", "\n", "\r", "\n", "\u2028", "\n",
	"\u2029", "\n", "\u0085", "\n")

// oneLine returns text as part of one line.
func oneLine(text string) string {
	return strings.Join(strings.Fields(clean(text)), " ")
}

// tagged describes the calls of a group.
func tagged(tag string) string {
	if tag = oneLine(tag); tag == "" {
		return "the calls without a tag"
	}
	return "the calls tagged " + tag
}

// sentence makes a doc comment that begins with the name that it documents.
func sentence(name string, d model.Doc, fallback string) string {
	text := strings.TrimSpace(clean(d.Summary))
	rest := strings.TrimSpace(clean(d.Description))
	if text == "" {
		text, rest, _ = strings.Cut(rest, "\n\n")
	}
	switch {
	case text == "":
		text = name + " " + fallback
	case strings.HasPrefix(text, name+" "), strings.HasPrefix(text, name+": "):
	case strings.HasPrefix(text, "is ") || strings.HasPrefix(text, "are "):
		text = name + " " + text
	default:
		text = name + ": " + lowerFirst(text)
	}
	text = ended(text)
	if rest != "" {
		text += "\n\n" + rest
	}
	if d.Deprecated {
		text += "\n\nDeprecated: the API marks this as deprecated."
	}
	return comment(text)
}

// ended ends a sentence of a spec, which may lack its full stop.
func ended(text string) string {
	if text = strings.TrimSpace(text); text == "" || strings.HasSuffix(text, ".") ||
		strings.HasSuffix(text, ":") {
		return text
	}
	return text + "."
}

// lowerFirst lowers the first letter of a sentence, unless its first word is a name or an
// initialism.
func lowerFirst(text string) string {
	r := []rune(text)
	if len(r) > 1 && unicode.IsUpper(r[0]) && (unicode.IsLower(r[1]) || r[1] == ' ') {
		r[0] = unicode.ToLower(r[0])
	}
	return string(r)
}
