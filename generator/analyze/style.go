package analyze

import "fmt"

// unspelt warns of lists and objects whose items or members are lists or objects: no style but
// deepObject spells them.
func (b *builder) unspelt(what, style string, l loc) {
	if style == "json" || style == "deepObject" {
		return
	}
	sh := b.resolvedShape(l)
	fault := func(part string) {
		b.diags.Warnf(b.doc.Pos(l.ptr...), "style", "%s is a list or an object, which has no spelling there: "+
			"a client sends no such call; describe it as JSON", part)
	}
	inner := func(l loc) bool {
		kind := b.resolvedShape(l).kind
		return kind == arrayShape || kind == objectShape
	}
	for _, p := range sh.props {
		if inner(p.loc) {
			fault(fmt.Sprintf("member %q of %s", p.name, what))
			return
		}
	}
	switch {
	case sh.kind == arrayShape && inner(sh.items):
		fault("an item of " + what)
	case sh.additional != nil && inner(*sh.additional):
		fault("a member of " + what)
	}
}

func (b *builder) resolvedShape(l loc) shape {
	sh, _ := b.resolved(l)
	return sh
}
