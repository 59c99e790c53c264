package rest

import (
	"net/url"
	"strings"
)

// A server of an operation's own has a path of its own, which WithBasePath does not change. Hosts
// make no difference here: what is in front of a server chooses by them.

// addRoute enters an operation into the router of its server, and gives its route.
func (s *Server) addRoute(op *Operation) int {
	if op.Server == "" {
		return s.router.add(op.Method, pathOf(op), len(s.routes))
	}
	return s.own.add(op.Method, ownPath(op)+pathOf(op), len(s.routes))
}

// ownPath is the path of an operation's own server: "" or "/v1".
func ownPath(op *Operation) string {
	u, err := url.Parse(op.Server)
	if err != nil || u.Path == "/" {
		return ""
	}
	return u.EscapedPath()
}

// servedPath is the whole template of an operation.
func (s *Server) servedPath(op *Operation) string {
	if op.Server != "" {
		return ownPath(op) + op.Path
	}
	return s.basePath + op.Path
}

// cutPath takes a server's path off a request's, however either is percent-encoded. An encoded
// slash separates nothing.
func cutPath(base, path string) (string, bool) {
	rest, ok := strings.CutPrefix(path, base)
	if ok || strings.IndexByte(path, '%') < 0 && strings.IndexByte(base, '%') < 0 {
		return rest, ok
	}
	plain, at := unescapePath(base), 0
	for i := range len(plain) {
		if at == len(path) {
			return path, false
		}
		c, size := segmentByte(path, at)
		if c >= encodedReserved {
			c -= encodedReserved // in a server's path no character has a meaning of its own
		}
		if c != rune(plain[i]) || c == '/' && size > 1 {
			return path, false
		}
		at += size
	}
	return path[at:], true
}
