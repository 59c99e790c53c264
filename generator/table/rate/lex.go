package rate

import (
	"strconv"
	"strings"
	"unicode"
)

// token is a word of a text and its position.
type token struct {
	word
	text       string // in lower case, with half-width characters
	number     int64  // of class number: the figure, times 10 to the power of decimals
	decimals   int
	start, end int // in characters
}

// fold returns a character in its half-width form, lower case.
func fold(r rune) rune {
	switch {
	case r >= 0xff01 && r <= 0xff5e:
		r -= 0xfee0
	case r == 0x3000, r == 0xa0, r == '\t', r == 0x2009, r == 0x202f:
		r = ' '
	case r == '。':
		r = '.'
	}
	return unicode.ToLower(r)
}

// lexer splits a text into words of the lexicon, numbers and other words.
type lexer struct {
	text   []rune
	at     int
	tokens []token
}

func lex(s string) []token {
	l := &lexer{text: []rune(s)}
	for i, r := range l.text {
		l.text[i] = fold(r)
	}
	for l.at < len(l.text) {
		l.next()
	}
	return l.tokens
}

func (l *lexer) next() {
	r := l.text[l.at]
	switch {
	case r == ' ' || r == '\r' || r == '`' || r == '*':
		l.at++ // skip backquotes and emphasis
	case r >= '0' && r <= '9':
		l.figure()
	case l.negative():
		l.at++
		l.figure()
		t := &l.tokens[len(l.tokens)-1]
		t.class, t.start, t.text = minus, t.start-1, "-"+t.text
	case isLatin(r):
		l.latin()
	case r == '\n' || !unicode.Is(unicode.Han, r):
		l.add(l.at+1, lexicon[string(r)])
	default:
		l.han()
	}
}

// negative reports whether a minus sign is here: directly before a number, and not within a word, a
// date or a range, such as 10-20 or 10 requests -20.
func (l *lexer) negative() bool {
	digit := func(i int) bool { return i >= 0 && i < len(l.text) && l.text[i] >= '0' && l.text[i] <= '9' }
	if r := l.text[l.at]; r != '-' && r != '–' && r != '−' || !digit(l.at+1) {
		return false
	}
	if l.at > 0 && (isLatin(l.text[l.at-1]) || digit(l.at-1)) {
		return false
	}
	last := len(l.tokens) - 1
	if last >= 0 && l.tokens[last].class == unit {
		last--
	}
	return last < 0 || l.tokens[last].class != number
}

func isLatin(r rune) bool { return unicode.IsLetter(r) && !unicode.Is(unicode.Han, r) }

func (l *lexer) add(end int, w word) *token {
	l.tokens = append(l.tokens, token{word: w, text: string(l.text[l.at:end]), start: l.at, end: end})
	l.at = end
	return &l.tokens[len(l.tokens)-1]
}

// figure reads 100, 1,000, 0.5, 10k and 1 万.
func (l *lexer) figure() {
	digits, decimals, i := "", 0, l.at
	isDigit := func(i int) bool { return i < len(l.text) && l.text[i] >= '0' && l.text[i] <= '9' }
	for isDigit(i) || i < len(l.text) && l.text[i] == ',' && isThousands(l.text, l.at, i) {
		if l.text[i] != ',' {
			digits += string(l.text[i])
		}
		i++
	}
	if i < len(l.text) && l.text[i] == '.' && isDigit(i+1) {
		for i++; isDigit(i); i++ {
			digits += string(l.text[i])
			decimals++
		}
	}
	factor, end := scale(l.text, i)
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n > maxQuota || decimals > 9 {
		n, factor = maxQuota, 2 // refused later, as more than a rate may be
	}
	t := l.add(end, word{class: number})
	t.number, t.decimals = n*factor, decimals
}

// isThousands reports whether the comma at i separates groups of three digits.
func isThousands(text []rune, start, i int) bool {
	digits := 0
	for j := i + 1; j < len(text) && text[j] >= '0' && text[j] <= '9'; j++ {
		digits++
	}
	before := 0
	for j := i - 1; j >= start && text[j] != ','; j-- {
		before++
	}
	first := !strings.ContainsRune(string(text[start:i]), ',')
	return digits == 3 && (before == 3 || first && before >= 1 && before < 3)
}

// scale reads a multiplier: k, 千 or 万, possibly after a space.
func scale(text []rune, i int) (factor int64, end int) {
	j := i
	for j < len(text) && text[j] == ' ' {
		j++
	}
	if j == len(text) {
		return 1, i
	}
	switch text[j] {
	case '千':
		return 1000, j + 1
	case '万':
		return 10000, j + 1
	case 'k':
		if j == i && (j+1 == len(text) || !isLatin(text[j+1])) {
			return 1000, j + 1
		}
	}
	return 1, i
}

// latin reads the longest phrase of the lexicon that begins here, else one word.
func (l *lexer) latin() {
	var ends []int
	i := l.at
	for len(ends) < mostWords && i < len(l.text) && isLatin(l.text[i]) {
		for i < len(l.text) && isWordPart(l.text, i) {
			i++
		}
		ends = append(ends, i)
		if i < len(l.text) && l.text[i] == ' ' {
			i++
		}
	}
	for j := len(ends) - 1; j >= 0; j-- {
		if w, ok := lexicon[string(l.text[l.at:ends[j]])]; ok {
			l.add(ends[j], w)
			return
		}
	}
	end := ends[0]
	if n, ok := numerals[string(l.text[l.at:end])]; ok {
		l.add(end, word{class: number}).number = n
		return
	}
	l.add(end, word{})
}

// isWordPart reports whether a word goes on: with a letter, a digit, an underscore or an apostrophe.
func isWordPart(text []rune, i int) bool {
	r := text[i]
	return isLatin(r) || unicode.IsDigit(r) || r == '_' || r == '\'' || r == '’'
}

// han reads the longest entry of the lexicon that begins here; other characters are joined to one word.
func (l *lexer) han() {
	for end := min(l.at+longestRun, len(l.text)); end > l.at; end-- {
		if w, ok := lexicon[string(l.text[l.at:end])]; ok {
			l.add(end, w)
			return
		}
	}
	last := len(l.tokens) - 1
	if last >= 0 && l.tokens[last].class == other && l.tokens[last].end == l.at {
		l.tokens[last].text += string(l.text[l.at])
		l.at++
		l.tokens[last].end = l.at
		return
	}
	l.add(l.at+1, word{})
}
