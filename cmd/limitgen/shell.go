package main

import (
	"path/filepath"
	"strings"
)

// command spells a command line that a shell reads back as these words.
func command(words ...string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = quote(w)
	}
	return strings.Join(quoted, " ")
}

// quote leaves ordinary words alone. Paths have forward slashes, which every shell's Go tools take.
func quote(word string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./,:=@%+"
	if word != "" && strings.Trim(word, plain) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// pathWord is a path as an argument: one that starts with a dash would read as a flag.
func pathWord(name string) string {
	name = filepath.ToSlash(name)
	if strings.HasPrefix(name, "-") {
		return "./" + name
	}
	return name
}
