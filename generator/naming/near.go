package naming

import "strings"

// Nearest returns the known word that a misspelt one may mean: equal except for case, dashes and a
// plural, or a few letters away. It returns "" if none is near, and the word itself if it is known.
func Nearest(word string, known []string) string {
	for _, k := range known {
		if k == word {
			return k
		}
	}
	for _, k := range known {
		if Alike(word, k) {
			return k
		}
	}
	best, least := "", len(word)
	for _, k := range known {
		n := Distance(plain(word), plain(k))
		if n < least && n <= tolerance(min(len(word), len(k))) {
			best, least = k, n
		}
	}
	return best
}

// tolerance returns how many typing errors are tolerated in a word of a length.
func tolerance(length int) int {
	switch {
	case length < 3:
		return 0
	case length < 7:
		return 1
	}
	return 2
}

// Alike reports whether two words differ only in case, punctuation and the "s" of a plural.
func Alike(a, b string) bool { return plain(a) == plain(b) && plain(a) != "" }

func plain(word string) string {
	word = strings.Map(func(r rune) rune {
		switch {
		case 'A' <= r && r <= 'Z':
			return r - 'A' + 'a'
		case r == '-', r == '_', r == '.', r == ' ':
			return -1
		}
		return r
	}, word)
	if len(word) > 3 {
		word = strings.TrimSuffix(word, "s")
	}
	return word
}

// Singular returns the singular of a plural, or the plural itself if the singular is uncertain.
func Singular(plural string) string {
	if len(plural) <= len("sms") {
		return plural
	}
	for _, end := range []string{"ss", "us", "ies", "ses", "xes", "zes", "ches", "shes", "oes"} {
		if strings.HasSuffix(plural, end) {
			return plural
		}
	}
	return strings.TrimSuffix(plural, "s")
}

// Plural returns the plural of a word, or the word itself if it is one already or its plural is
// uncertain.
func Plural(word string) string {
	if word == "" {
		return ""
	}
	before, last := byte(0), word[len(word)-1]
	if len(word) > 1 {
		before = word[len(word)-2]
	}
	vowel := strings.IndexByte("aeiou", before) >= 0
	switch letter := 'a' <= last|' ' && last|' ' <= 'z'; {
	case !letter || last == 's' && before != 's' && before != 'u':
		return word
	case last == 'y' && !vowel:
		return word[:len(word)-1] + "ies"
	case last == 's', last == 'x', last == 'h' && (before == 'c' || before == 's'):
		return word + "es"
	}
	return word + "s"
}

// Distance returns the number of insertions, deletions, replacements and swaps of adjacent letters
// that turn a into b. Words of more than 64 bytes are not compared and have a large distance.
func Distance(a, b string) int {
	const longest = 64
	if len(a) > longest || len(b) > longest {
		return longest
	}
	var rows [3][longest + 1]int
	before, last, row := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			replaced := last[j-1]
			if a[i-1] != b[j-1] {
				replaced++
			}
			row[j] = min(row[j-1]+1, last[j]+1, replaced)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
