package runtime

import "net/url"

// A server of an operation's own has a path of its own, which WithBasePath does not change. Hosts make no difference here:
// what is in front of a server chooses by them.

// addRoute enters an operation into the router of its server, and gives its route.
func (s *Server) addRoute(op *operation) int {
	if op.server == "" {
		return s.router.add(op.method, op.path, len(s.routes))
	}
	return s.own.add(op.method, ownPath(op)+op.path, len(s.routes))
}

// ownPath is the path of an operation's own server: "" or "/v1".
func ownPath(op *operation) string {
	u, err := url.Parse(op.server)
	if err != nil || u.Path == "/" {
		return ""
	}
	return u.EscapedPath()
}

// servedPath is the whole template of an operation.
func (s *Server) servedPath(op *operation) string {
	if op.server != "" {
		return ownPath(op) + op.path
	}
	return s.basePath + op.path
}
