package rest

import (
	"net/url"
	"strings"
)

// An operation with its own server has a path of its own, which WithBasePath does not change. Hosts
// make no difference here: a proxy in front selects by them.

// addRoute adds an operation to the router of its server, and returns its route.
func (s *Server) addRoute(op *Operation) int {
	if op.Server == "" {
		return s.router.add(op.Method, pathOf(op), len(s.routes))
	}
	return s.own.add(op.Method, ownPath(op)+pathOf(op), len(s.routes))
}

// ownPath returns the path of an operation's own server: "" or "/v1".
func ownPath(op *Operation) string {
	u, err := url.Parse(op.Server)
	if err != nil || u.Path == "/" {
		return ""
	}
	return u.EscapedPath()
}

// servedPath returns the whole template of an operation.
func (s *Server) servedPath(op *Operation) string {
	if op.Server != "" {
		return ownPath(op) + op.Path
	}
	return s.basePath + op.Path
}

// cutPath removes a server's path from a request's, in any percent-encoding of either. An encoded
// slash does not separate.
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
			c -= encodedReserved // in a server's path no character is special
		}
		if c != rune(plain[i]) || c == '/' && size > 1 {
			return path, false
		}
		at += size
	}
	return path[at:], true
}
