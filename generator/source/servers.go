package source

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/limitgen/limitgen/generator/diag"
)

// A Server is an address that an API is served at.
type Server struct {
	URL  string // absolute, without a slash at its end; "" if it names no host
	Path string // "" or "/v1": percent-encoded, without dot segments and without a slash at its end; "/{a}" if a has no default
	Pos  diag.Position

	Description string
	Template    string // the URL, or the path alone, with its variables in braces; "" if it has none to set
	Variables   []ServerVariable
}

// Servers are the addresses of an API's operations.
type Servers struct {
	First Server              // of the whole API
	All   []Server            // of the whole API
	own   map[string][]Server // by an operation's pointer: of operations with servers of their own
}

// Of returns the address of an operation, and whether it is the operation's own.
func (s *Servers) Of(ref OpRef) (Server, bool) {
	if own, ok := s.own[strings.Join(ref.Pointer, "\x00")]; ok {
		return own[0], true
	}
	return s.First, false
}

// Own returns the servers of an operation that has its own.
func (s *Servers) Own(ref OpRef) []Server { return s.own[strings.Join(ref.Pointer, "\x00")] }

const ruleServer = "server"

// Servers reads where the API is served: its first server, and that of each path or operation that
// names its own. basePath takes the place of the first server's path unless it is empty.
func (d *Document) Servers(basePath string) (*Servers, diag.List) {
	r := &serverReader{doc: d, seen: make(map[string][]Server)}
	out := &Servers{own: make(map[string][]Server)}
	fixed, given := BasePath(basePath)
	r.given = given
	out.All = r.list(d.T.Servers, "servers")
	if len(out.All) > 0 {
		out.First = out.All[0]
	}
	if r.given = false; given {
		out.First = out.First.at(fixed)
		for i := range out.All {
			out.All[i] = out.All[i].at(fixed)
		}
	}
	for _, ref := range d.Operations() {
		if own := r.own(ref); len(own) > 0 {
			out.own[strings.Join(ref.Pointer, "\x00")] = own
		}
	}
	return out, r.diags
}

// at returns the server with another path.
func (s Server) at(path string) Server {
	if s.URL != "" {
		s.URL = strings.TrimSuffix(s.URL, s.Path) + path
	}
	s.Template, s.Variables = withPath(s.Template, path, s.Variables)
	s.Path = path
	return s
}

type serverReader struct {
	doc     *Document
	given   bool                // the path is given elsewhere, so it does not matter what the server says
	further bool                // the server is not the first of its list
	seen    map[string][]Server // lists that were read, by their pointer
	diags   diag.List
}

// warnf warns of what matters in the server that is used: the first.
func (r *serverReader) warnf(pos diag.Position, format string, args ...any) {
	if !r.further {
		r.diags.Warnf(pos, ruleServer, format, args...)
	}
}

// own returns the servers of an operation, or of its path, if any are given there.
func (r *serverReader) own(ref OpRef) []Server {
	item := ref.Pointer[:len(ref.Pointer)-1]
	if ref.Op.Servers != nil && len(*ref.Op.Servers) > 0 {
		return r.list(*ref.Op.Servers, append(slices.Clone(ref.Pointer), "servers")...)
	}
	if ref.Item != nil && len(ref.Item.Servers) > 0 {
		return r.list(ref.Item.Servers, append(slices.Clone(item), "servers")...)
	}
	return nil
}

// list reads the servers of one place. The path of the first is used, and those of others that
// differ are reported; all of them are constants of generated code, or options for their variables.
func (r *serverReader) list(servers openapi3.Servers, ptr ...string) (all []Server) {
	key := strings.Join(ptr, "\x00")
	if known, ok := r.seen[key]; ok {
		return known
	}
	for i, s := range servers {
		if s == nil {
			continue
		}
		at := append(slices.Clone(ptr), fmt.Sprint(i))
		pos := r.doc.Pos(append(slices.Clone(at), "url")...)
		if len(all) == 0 {
			all = append(all, r.server(s, at, pos))
			continue
		}
		first := all[0]
		r.further = true
		server := r.server(s, at, pos)
		r.further = false
		all = append(all, server)
		if server.Path != first.Path && !r.given {
			r.diags.Warnf(pos, ruleServer, "this server's path is %q and the first one's (%s) is %q, which is used; --base-path names another",
				"/"+strings.TrimPrefix(server.Path, "/"), first.Pos, "/"+strings.TrimPrefix(first.Path, "/"))
		}
	}
	r.seen[key] = all
	if len(ptr) > 1 && len(all) > 0 {
		first := all[0]
		r.diags.Warnf(first.Pos, ruleServer, "%s has a server of its own, %s: clients call it there; a gateway, which does not look at hosts, counts it below %q on every host",
			strings.Join(ptr[1:len(ptr)-1], " "), cmp.Or(first.URL, "at the API's host"),
			"/"+strings.TrimPrefix(first.Path, "/"))
	}
	return all
}

// reference takes a URL reference apart, as RFC 3986 does in its appendix B.
var reference = regexp.MustCompile(`^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?://([^/?#]*))?([^?#]*)((?:\?[^#]*)?(?:#.*)?)$`)

var serverVariable = regexp.MustCompile(`\{([^{}]*)\}`)

func (r *serverReader) server(s *openapi3.Server, at []string, pos diag.Position) Server {
	out := Server{Pos: pos, Description: s.Description}
	text, open := r.expand(s, at, pos)
	out.Template, out.Variables = r.template(s, at, pos)
	m := reference.FindStringSubmatch(text)
	if m == nil {
		r.diags.Warnf(pos, ruleServer, "invalid server URL %q: it is left out", text)
		return out
	}
	scheme, host, path := strings.ToLower(m[1]), m[2], m[3]
	switch {
	case host == "" && bareHost(text):
		_, path, _ = strings.Cut(strings.SplitN(text, "?", 2)[0], "/")
		path = "/" + path
		r.diags.Warnf(pos, ruleServer, "the server's URL %q begins with a host and no scheme; write https:// before it", text)
	case host == "" && path != "" && path[0] != '/' && !r.given:
		path = "/" + path
		r.warnf(pos, "the server's URL %q is relative to an address that the file does not give; it is read from the root of the host", text)
	}
	if m[4] != "" {
		r.diags.Warnf(pos, ruleServer, "a server's URL cannot have a query or fragment; %q is left out",
			m[4])
	}
	out.Path = open.Replace(r.path(path, pos))
	if host == "" || strings.Contains(out.Path, "{") {
		return out
	}
	switch u, err := url.Parse(scheme + "://" + host + out.Path); {
	case m[1] == "": // the scheme of wherever the file is read
	case scheme != "http" && scheme != "https":
		r.warnf(pos, "a client only supports http and https, so it needs a base URL of its own: this server's is %q", text)
	case err != nil || u.Hostname() == "" || serverVariable.MatchString(host):
		r.warnf(pos, "a client cannot call %q, so it needs a base URL of its own", scheme+"://"+host)
	default:
		out.URL = scheme + "://" + host + out.Path
	}
	return out
}

// bareHost reports whether a URL without a scheme begins with a host.
func bareHost(text string) bool {
	first, _, _ := strings.Cut(text, "/")
	name, port, hasPort := strings.Cut(first, ":")
	if hasPort && port != "" && strings.Trim(port, "0123456789") == "" && name != "" {
		return true
	}
	return !hasPort && strings.Contains(strings.Trim(first, "."), ".") &&
		!strings.HasPrefix(first, ".")
}

// expand puts the variables' defaults into a URL, each once: a default that looks like a variable
// stays as it is, so that the result does not depend on their order. Variables without a default
// stay too, and open spells those of a path as they are written.
func (r *serverReader) expand(
	s *openapi3.Server, at []string, pos diag.Position,
) (out string, open *strings.Replacer) {
	missing := make(map[string]bool)
	out = serverVariable.ReplaceAllStringFunc(strings.TrimSpace(s.URL), func(whole string) string {
		name := whole[1 : len(whole)-1]
		v := s.Variables[name]
		if v == nil || r.doc.Node(append(slices.Clone(at), "variables", name, "default")...) == nil {
			missing[whole] = true
			return whole
		}
		return v.Default
	})
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(missing)) {
		pairs = append(pairs, segmentPath(name), name)
		path := reference.FindStringSubmatch(s.URL)
		switch {
		case path == nil || !strings.Contains(path[3], name) || r.given || r.further:
			r.diags.Warnf(pos, ruleServer, "the server's URL holds %s, for which no default is given under variables, so none of its variables is an option", name)
		case len(at) > 2: // of a path or operation
			r.diags.Errorf(pos, ruleServer, "the path of the server holds %s, for which no default is given; give it one under variables", name)
		default:
			r.diags.Warnf(pos, ruleServer, "the path of the server holds %s, for which no default is given: a client needs a base URL, and a server "+
				"WithBasePath; gateways take any value, and no variable of this server is an option; give it a default under variables, or name the path by --base-path", name)
		}
	}
	return out, strings.NewReplacer(pairs...)
}

// path brings a server's path into its form, and says where that is not how it is written.
func (r *serverReader) path(text string, pos diag.Position) string {
	out, err := cleanPath(text)
	if r.given || r.further {
		return out
	}
	if err != nil {
		r.diags.Errorf(pos, ruleServer, "the server's path %q %s; change it, or name another by --base-path", text, err)
		return ""
	}
	if strings.TrimSuffix(text, "/") != out &&
		strings.TrimSuffix((&url.URL{Path: text}).EscapedPath(), "/") != out {
		r.diags.Warnf(pos, ruleServer, "the server's path %q is read as %q", text,
			"/"+strings.TrimPrefix(out, "/"))
	}
	return out
}

// BasePath brings a path given by --base-path into the form of Server.Path, and reports whether it
// is one.
func BasePath(text string) (string, bool) {
	if text == "" || text[0] != '/' || strings.ContainsAny(text, "?#") {
		return "", false
	}
	out, err := cleanPath(text)
	return out, err == nil
}

// cleanPath resolves dot segments and leaves out empty ones, as gateways do.
func cleanPath(text string) (string, error) {
	var out []string
	for part := range strings.SplitSeq(text, "/") {
		plain, err := url.PathUnescape(part)
		if err != nil {
			plain = part
		}
		if i := strings.IndexFunc(plain, func(c rune) bool { return c < ' ' || c == 0x7f || c == '/' || c == '\\' || c == ';' }); i >= 0 {
			return "", fmt.Errorf("holds %q within a segment, which gateways refuse or cut off",
				plain[i:i+1])
		}
		switch plain {
		case "", ".":
		case "..":
			out = out[:max(len(out)-1, 0)]
		default:
			out = append(out, segmentPath(plain))
		}
	}
	if len(out) == 0 {
		return "", nil
	}
	return "/" + strings.Join(out, "/"), nil
}

// segmentPath spells a segment as URLs do.
func segmentPath(plain string) string {
	return strings.TrimPrefix((&url.URL{Path: "/" + plain}).EscapedPath(), "/")
}
