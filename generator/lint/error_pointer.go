package lint

import (
	"slices"

	"github.com/limitgen/limitgen/generator/analyze"
	"github.com/limitgen/limitgen/generator/source"
)

const ruleErrorPointer = "x-client"

// errorPointers reports pointers of x-client.error that match nothing in any documented error body.
// It reports nothing if no error body is documented.
func errorPointers(l *linter) {
	bodies := l.ErrorBodies()
	for _, word := range []string{"code", "message"} {
		ptr := []string{"x-client", "error", word}
		node := l.Doc.Node(ptr...)
		if node == nil || len(bodies) == 0 {
			continue
		}
		pointer, ok := source.ResponsePointer(node)
		if !ok || slices.ContainsFunc(bodies, func(b analyze.Body) bool { return b.Has(pointer) }) {
			continue
		}
		l.diags.Warnf(l.Doc.Pos(ptr...), ruleErrorPointer,
			"%s leads nowhere in any error body that the document describes, so errors have no %s",
			node.Value, word)
	}
}
