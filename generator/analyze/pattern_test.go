package analyze

import (
	"regexp"
	"testing"
)

func TestPatternsThatLookAround(t *testing.T) {
	for _, c := range []struct {
		pattern  string
		yes, no  []string
		unsought bool // it cannot be read
	}{
		{pattern: `^(?=.*[A-Z])(?=.*\d)[^ ]{4,}$`, yes: []string{"aB3d", "1234Z"}, no: []string{"abcd", "aB3", "AB 12"}},
		{pattern: `^(?![0-9]+$)^[a-z0-9]+$`, yes: []string{"a1", "1a"}, no: []string{"12", "A"}},
		{pattern: `^[a-z-]+(?<!-)$`, yes: []string{"a-b"}, no: []string{"a-", "-"}},
		{pattern: `^(?!a|b)(c|ab|d)$`, yes: []string{"c", "d"}, no: []string{"ab"}},
		{pattern: `^(?![)\]])[\])a]+$`, yes: []string{"a)"}, no: []string{")a"}},
		{pattern: `^[\u00e4-\u00fc]+$`, yes: []string{"äü"}, no: []string{"a"}},
		{pattern: `(?!^\d+$)^.+$`, yes: []string{"a1"}, no: []string{"12"}},
		{pattern: `^(?!a)b|c$`, unsought: true},
		{pattern: `(?!a)b`, unsought: true},
		{pattern: `^a(?!b)c$`, unsought: true},
		{pattern: `^(?!(?!a)b)c$`, unsought: true},
		{pattern: `^(?=a`, unsought: true},
		{pattern: `^(?=a)*b$`, unsought: true},
		{pattern: `(`, unsought: true},
	} {
		p, err := readPattern(c.pattern)
		if (err != nil) != c.unsought {
			t.Errorf("%s: %+v, %v", c.pattern, p, err)
			continue
		}
		for i, texts := range [][]string{c.yes, c.no} {
			for _, text := range texts {
				if got := p.match(text); got != (i == 0) {
					t.Errorf("%s: %q matches: %v, by %+v", c.pattern, text, got, p)
				}
			}
		}
	}
}

func (p patterns) match(text string) bool {
	for _, part := range p.must {
		if !regexp.MustCompile(part).MatchString(text) {
			return false
		}
	}
	for _, part := range p.mustNot {
		if regexp.MustCompile(part).MatchString(text) {
			return false
		}
	}
	return true
}

func FuzzPatterns(f *testing.F) {
	for _, s := range []string{`^(?=a)b$`, `^(?!a)(?<!b)$`, `[`, `\`, `(?<=)$`, `^(?!`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := readPattern(text)
		if err == nil && len(p.must) == 0 {
			t.Error("nothing to match")
		}
		for _, part := range append(p.must, p.mustNot...) {
			regexp.MustCompile(part)
		}
	})
}
