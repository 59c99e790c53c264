package lint

// examples reports examples that are not what their schema says.
func examples(l *linter) { l.diags = append(l.diags, l.Examples()...) }
