package lint

import (
	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/naming"
)

const ruleCollision = "name-collision"

// nameCollisions reports names of the author's that become one Go name: operations and variants
// share a namespace, limits have their own.
func nameCollisions(l *linter) {
	calls := names{l: l, what: "operations", seen: make(map[string]name)}
	for _, op := range l.ops {
		for _, v := range op.variants() {
			switch {
			case v != nil:
				calls.add(v.Name, v.Pos, false)
			case op.Op.OperationID != "":
				calls.add(op.Op.OperationID, l.doc.Pos(append(op.Pointer[:len(op.Pointer):len(op.Pointer)], "operationId")...), true)
			}
		}
	}
	if l.table == nil {
		return
	}
	limits := names{l: l, what: "limits", seen: make(map[string]name)}
	for _, lim := range l.table.Limits {
		limits.add(lim.Name, lim.Pos, false)
	}
}

type name struct {
	text string
	pos  diag.Position
	id   bool // it is an operationId
}

// names is a namespace.
type names struct {
	l    *linter
	what string
	seen map[string]name
}

// add notes a name. An operationId that stands twice gets a number in Go, which is a warning of the
// model.
func (n names) add(text string, pos diag.Position, operationID bool) {
	id := naming.Exported(text)
	first, ok := n.seen[id]
	if !ok {
		n.seen[id] = name{text, pos, operationID}
		return
	}
	if operationID && first.id && first.text == text {
		return
	}
	n.l.diags.Errorf(pos, ruleCollision, "%s %q and %q (%s) are the same name in Go; rename one", n.what, text, first.text, first.pos)
}
