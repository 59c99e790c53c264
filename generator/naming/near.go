package naming

import "strings"

// Nearest returns the known word that a misspelt one stands for: the same but for case, dashes and
// a plural, or a few letters away. It is "" if none is near, and the word itself when it is known.
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

// tolerance returns how many slips of the finger a word of a length may hold and still be that
// word.
func tolerance(length int) int {
	switch {
	case length < 3:
		return 0
	case length < 7:
		return 1
	}
	return 2
}

// Alike reports whether two words differ in nothing but case, dashes and other marks, and the "s"
// of a plural.
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

// Singular returns one of what a plural names. A plural of which the singular is not sure stays.
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

// Distance returns how many letters have to be put in, left out, replaced or swapped with their
// neighbour to make b of a. Words of more than 64 bytes are not compared: they are further apart
// than anything near.
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
