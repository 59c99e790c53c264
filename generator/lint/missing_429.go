package lint

const rule429 = "missing-429"

// missing429 reports limited operations that do not document how they refuse.
func missing429(l *linter) {
	for _, u := range l.Uses() {
		responses := u.Op.Op.Responses
		if len(u.Charges) == 0 || responses.Value("429") != nil || responses.Value("4XX") != nil {
			continue
		}
		l.diags.Warnf(l.Doc.Pos(append(u.Op.Pointer[:len(u.Op.Pointer):len(u.Op.Pointer)], "responses")...), rule429,
			"%s is limited and has no 429 response; add one", u.Op.Name())
	}
}
