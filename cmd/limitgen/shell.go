package main

import (
	"fmt"
	"strings"

	"github.com/limitgen/limitgen/generator/diag"
)

// command returns a command line that a shell splits into these words.
func command(words ...string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = quote(w)
	}
	return strings.Join(quoted, " ")
}

// quote quotes a word if necessary. Paths have forward slashes, which Go tools accept in every
// shell.
func quote(word string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./,:=@%+"
	if word != "" && strings.Trim(word, plain) == "" {
		return word
	}
	if diag.Printable(word) != strings.ReplaceAll(word, "\u00a0", " ") {
		return ansi(word)
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// ansi quotes a word with characters that a terminal would obey, as bash and zsh read them.
func ansi(word string) string {
	var b strings.Builder
	b.WriteString("$'")
	for i := range len(word) {
		switch c := word[i]; {
		case c == '\'' || c == '\\':
			b.WriteString(`\` + string(rune(c)))
		case c >= ' ' && c <= '~':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, `\x%02x`, c)
		}
	}
	return b.String() + "'"
}
