package analyze

import (
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// leftOut names what a document has and the generated code does not: requests that the API sends.
func (b *builder) leftOut() {
	if names := keys(b, b.doc.T.Webhooks, "webhooks"); len(names) > 0 {
		b.diags.Warnf(b.doc.Pos("webhooks"), "left-out", "no code is generated for webhooks, requests that the API sends: %s", listed3(names))
	}
	var places [][]string
	for _, ref := range b.doc.Operations() {
		for _, name := range keys(b, map[string]*openapi3.CallbackRef(ref.Op.Callbacks), join(ref.Pointer, "callbacks")...) {
			places = append(places, join(ref.Pointer, "callbacks", name))
		}
	}
	if len(places) == 0 {
		return
	}
	names := make([]string, len(places))
	for i, p := range places {
		names[i] = p[len(p)-1]
	}
	b.diags.Warnf(b.doc.Pos(places[0]...), "left-out", "no code is generated for callbacks, requests that the API sends: %s", listed3(names))
}

// listed3 names the first few and counts the others.
func listed3(names []string) string {
	if more := len(names) - 3; more > 0 {
		return strings.Join(names[:3], ", ") + " and " + itoa(more) + " more"
	}
	return strings.Join(names, ", ")
}
