package lint

import "github.com/limitgen/limitgen/generator/words"

// otherWords reports words of ours that nothing reads where they stand, and what other tools write
// about rate limits.
func otherWords(l *linter) { l.diags = append(l.diags, words.Check(l.doc)...) }
