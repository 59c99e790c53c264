package rate

import (
	"math"
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
	ambiguous  bool // a point in it may separate thousands
	start, end int  // in characters
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

// figure reads 100, 1,000, 0.5, 10k, 2 million and 1 万. Of 2.000, which is two or two thousand, the
// parser takes neither.
func (l *lexer) figure() {
	var digits []byte
	decimals, i := 0, l.at
	isDigit := func(i int) bool { return i < len(l.text) && l.text[i] >= '0' && l.text[i] <= '9' }
	for isDigit(i) || i < len(l.text) && l.text[i] == ',' && isThousands(l.text, l.at, i) {
		if l.text[i] != ',' {
			digits = append(digits, byte(l.text[i]))
		}
		i++
	}
	// 1.000.000 has two points, so they are no decimal's.
	for end := groups(l.text, l.at); i < end; i++ {
		if l.text[i] != '.' {
			digits = append(digits, byte(l.text[i]))
		}
	}
	whole := len(digits)
	if i < len(l.text) && l.text[i] == '.' && isDigit(i+1) {
		for i++; isDigit(i); i++ {
			digits = append(digits, byte(l.text[i]))
			decimals++
		}
	}
	point := decimals == 3 && whole <= 3 && digits[0] != '0'
	factor, end := scale(l.text, i)
	n, err := strconv.ParseInt(string(digits), 10, 64)
	if err != nil || n > maxQuota || decimals > 9 || n > math.MaxInt64/factor {
		n, factor = maxQuota, 2 // refused later, as more than a rate may be
	}
	t := l.add(end, word{class: number})
	t.number, t.decimals, t.ambiguous = n*factor, decimals, point
}

// groups returns the end of a number such as 1.000.000, whose points separate thousands; 0 for
// another one.
func groups(text []rune, start int) int {
	digits := func(i int) int {
		n := 0
		for i+n < len(text) && text[i+n] >= '0' && text[i+n] <= '9' {
			n++
		}
		return n
	}
	i, points := start+digits(start), 0
	if i-start > 3 {
		return 0
	}
	for i < len(text) && text[i] == '.' && digits(i+1) == 3 {
		i += 4
		points++
	}
	if points < 2 {
		return 0
	}
	return i
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

// scales are the multipliers of a number: those of single letters follow it without a space.
var scales = map[string]int64{
	"k": 1000, "dozen": 12, "hundred": 100, "thousand": 1000, "million": 1e6, "millions": 1e6, "mio": 1e6, "mln": 1e6, "billion": 1e9, "billions": 1e9, "bn": 1e9,
	"百": 100, "千": 1000, "万": 1e4, "百万": 1e6, "千万": 1e7, "亿": 1e8,
}

// scale reads a multiplier: k, million or 万, possibly after a space.
func scale(text []rune, i int) (factor int64, end int) {
	j := i
	for j < len(text) && text[j] == ' ' {
		j++
	}
	if j < len(text) && isLatin(text[j]) {
		end = j
		for end < len(text) && isWordPart(text, end) {
			end++
		}
		if f := scales[string(text[j:end])]; f != 0 && (end-j > 1 || j == i) {
			return f, end
		}
		return 1, i
	}
	for n := min(2, len(text)-j); n > 0; n-- {
		if f := scales[string(text[j:j+n])]; f != 0 {
			return f, j + n
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
		factor, end := scale(l.text, end)
		l.add(end, word{class: number}).number = n * factor
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
