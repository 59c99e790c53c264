package lint

import "strings"

// splitRef takes #/components/KIND/NAME apart.
func splitRef(ref string) (kind, name string) {
	rest, ok := strings.CutPrefix(ref, "#/components/")
	if !ok {
		return "", ""
	}
	kind, name, _ = strings.Cut(rest, "/")
	return kind, unescape(name)
}

func unescape(token string) string {
	return strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
}
