package published

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Path is a printed URL turned into a path template.
type Path struct {
	Template string   // "/{org_name}/users/{username}"
	Mended   []string // errors in it as printed
	Styled   bool     // its parameters were written another way, such as :id
}

// SampleQuery is the text in Path.Mended for a URL that had a query.
const SampleQuery = "sample query"

var (
	scheme    = regexp.MustCompile(`^(?i:[a-z][a-z0-9+.-]*://|//)[^/]*`)
	shell     = regexp.MustCompile(`\$+\{`)
	parameter = regexp.MustCompile(`\{([^{}]*)\}`)
	spelt     = regexp.MustCompile(`\{([A-Za-z_-]+?)1?\}\s*\(\s*,\s*\{[^{}]*\}\s*(?:,\s*(?:…|\.\.\.)\s*)?\)`)
	colonPart = regexp.MustCompile(`(^|/):([A-Za-z_][A-Za-z0-9_-]*)`)
	anglePart = regexp.MustCompile(`<([A-Za-z_][A-Za-z0-9_ -]*)>`)
	literal   = regexp.MustCompile("^[A-Za-z0-9._~!$&'()*+,;=:@%-]*$")
	nameForm  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`)
)

// PathOf turns a printed URL into a path template, and lists its repairs: a missing slash, stray
// braces and backquotes, sample queries, enumerated values, several URLs in a cell. A template that
// would need further repairs is rejected, because one mistake hid another.
func PathOf(printed string) (Path, error) {
	p, err := pathOf(printed)
	if err != nil {
		return p, err
	}
	if again, err := pathOf(p.Template); err != nil || again.Template != p.Template || len(again.Mended) > 0 {
		return p, fmt.Errorf("%q is not a URL", printed)
	}
	return p, nil
}

func pathOf(printed string) (Path, error) {
	var p Path
	found := candidates(printed)
	if len(found) == 0 {
		return p, fmt.Errorf("%q is not a URL", printed)
	}
	for i, text := range found {
		one := Path{}
		if err := one.read(text); err != nil {
			return p, err
		}
		if i > 0 && Shape(one.Template) != Shape(p.Template) {
			return p, fmt.Errorf("%q has several URLs", printed)
		}
		if i == 0 {
			p = one
		}
		for _, m := range one.Mended {
			p.mend(m)
		}
	}
	if len(found) > 1 {
		p.mend(fmt.Sprintf("%d URLs in one cell", len(found)))
	}
	if words := strings.TrimSpace(printed); len(found) == 1 && strings.ContainsAny(named.ReplaceAllString(words, ""), " \t") {
		p.mend("words beside the URL")
	}
	if strings.Contains(printed, "`") {
		p.mend("stray backquote")
	}
	return p, nil
}

func (p *Path) mend(what string) {
	if !slices.Contains(p.Mended, what) {
		p.Mended = append(p.Mended, what)
	}
}

// candidates returns the parts of a text that look like URLs: they have a slash.
func candidates(text string) []string {
	var out []string
	text = named.ReplaceAllStringFunc(strings.ReplaceAll(text, "`", ""), func(s string) string { return strings.ReplaceAll(s, " ", "_") })
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r > 0x7f && r != '…' }) {
		if part = strings.Trim(part, ":-,;|"); strings.Contains(part, "/") {
			out = append(out, part)
		}
	}
	if plain := strings.Trim(text, " \t\n:-,;|"); len(out) == 0 && oneWord.MatchString(plain) {
		out = append(out, plain)
	}
	return out
}

// named matches a parameter's name with its brackets.
var named = regexp.MustCompile(`[<{][^<>{}]*[>}]`)

// oneWord matches a path of a single segment, without a slash.
var oneWord = regexp.MustCompile(`^[A-Za-z0-9._{}:$-]*[A-Za-z0-9}](\?\S*)?$`)

// read makes a template of one URL.
func (p *Path) read(text string) error {
	text = scheme.ReplaceAllString(text, "")
	if shell.MatchString(text) {
		text = shell.ReplaceAllString(text, "{")
		p.mend("shell-style parameter")
	}
	if spelt.MatchString(text) {
		text = spelt.ReplaceAllString(text, "{${1}s}")
		p.mend("list spelt out")
	}
	if at := strings.IndexAny(text, "?#"); at >= 0 {
		text = strings.TrimRight(text[:at], ":-,;|")
		p.mend(SampleQuery)
	}
	plain := anglePart.ReplaceAllString(colonPart.ReplaceAllString(text, "$1{$2}"), "{$1}")
	p.Styled = plain != text
	text = plain
	if !strings.HasPrefix(text, "/") {
		text = "/" + text
		p.mend("no leading slash")
	}
	segments := strings.Split(text[1:], "/")
	var names []string
	for i, s := range segments {
		mended, err := p.segment(s, &names)
		if err != nil {
			return err
		}
		if mended == "" && i < len(segments)-1 {
			return fmt.Errorf("%q has an empty segment", text)
		}
		segments[i] = mended
	}
	p.Template = "/" + strings.Join(segments, "/")
	return nil
}

// segment checks one part of a path and removes stray braces.
func (p *Path) segment(s string, names *[]string) (string, error) {
	rest := parameter.ReplaceAllString(s, "")
	if strings.ContainsAny(rest, "{}") {
		p.mend("stray brace")
	}
	var out strings.Builder
	last := 0
	for _, m := range parameter.FindAllStringSubmatchIndex(s, -1) {
		out.WriteString(strings.NewReplacer("{", "", "}", "").Replace(s[last:m[0]]))
		name := strings.ReplaceAll(strings.TrimSpace(s[m[2]:m[3]]), " ", "_")
		if !nameForm.MatchString(name) {
			return "", fmt.Errorf("%q is not a valid parameter name", s[m[2]:m[3]])
		}
		for base, n := name, 2; slices.Contains(*names, name); n++ {
			name = fmt.Sprintf("%s_%d", base, n)
		}
		*names = append(*names, name)
		out.WriteString("{" + name + "}")
		last = m[1]
	}
	out.WriteString(strings.NewReplacer("{", "", "}", "").Replace(s[last:]))
	if plain, err := url.PathUnescape(out.String()); err != nil || plain == "." || plain == ".." || !literal.MatchString(parameter.ReplaceAllString(out.String(), "")) {
		return "", fmt.Errorf("%q is not a valid path segment", s)
	}
	return out.String(), nil
}

// Shape returns a path template without the names of its parameters.
func Shape(template string) string { return parameter.ReplaceAllString(template, "{}") }

// Parameters returns the names of a template's parameters, in order.
func Parameters(template string) []string {
	var out []string
	for _, m := range parameter.FindAllStringSubmatch(template, -1) {
		out = append(out, m[1])
	}
	return out
}
