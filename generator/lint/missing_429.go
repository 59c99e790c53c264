package lint

const rule429 = "missing-429"

// missing429 reports limited operations that do not document a 429 response.
func missing429(l *linter) {
	for _, u := range l.AllUses() {
		if len(u.Charges) == 0 || u.Op.Documents("429") || u.Op.Documents("4XX") {
			continue
		}
		l.diags.Warnf(l.Doc.Pos(append(u.Op.Pointer[:len(u.Op.Pointer):len(u.Op.Pointer)],
			"responses")...), rule429,
			"%s is limited and has no 429 response; add one", u.Op.Name())
	}
}
