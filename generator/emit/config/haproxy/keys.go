package haproxy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/model"
)

// A key is one way in which requests are told apart.
type key struct {
	Name    string
	Comment string
	Format  string // of HAProxy's; "" where Lua reads the key
	Lua     string // the parts as a table of Lua
	Body    bool   // it stands in a body
}

// Word is the key in the map of operations.
func (k *key) Word() string {
	switch {
	case k.Format != "" || k.Lua == "":
		return k.Name
	case k.Body:
		return "body(" + k.Name + ")"
	}
	return "read(" + k.Name + ")"
}

// keys are those of an API, each once.
type keys struct {
	api     *model.API
	list    []*key
	headers []header
}

// A header is one that keys name. It is hashed, since it may be secret, and longer than a counter's name.
type header struct{ Name, Var string }

func newKeys(c *counting) *keys {
	ks := &keys{api: c.in.API}
	for _, r := range c.in.Routes {
		for _, rate := range c.entries(r) {
			ks.of(r, rate)
		}
	}
	return ks
}

// of gives a rate's key. Operations that spell a key of the same name otherwise get one with a number.
func (ks *keys) of(r *config.Route, rate *model.Rate) *key {
	k := &key{Name: keyName(rate.Limit), Comment: keyComment(rate)}
	native := true
	var format, lua []string
	for _, d := range dimensions(rate) {
		if d.Builtin == "operation" {
			continue // it stands in the counter's name already
		}
		f, l := ks.part(r, d)
		native = native && f != ""
		k.Body = k.Body || d.Expr != nil && d.Expr.In == model.InBody && readable(r)
		format, lua = append(format, "/"+f), append(lua, l)
	}
	if native {
		k.Format = strings.Join(format, "")
	} else {
		k.Lua = "{ " + strings.Join(lua, ", ") + " }"
	}
	for n := 2; ; n++ {
		i := slices.IndexFunc(ks.list, func(o *key) bool { return o.Name == k.Name })
		if i < 0 {
			ks.list = append(ks.list, k)
			return k
		}
		if o := ks.list[i]; o.Format == k.Format && o.Lua == k.Lua {
			return o
		}
		k.Name = fmt.Sprintf("%s-%d", keyName(rate.Limit), n)
	}
}

// keyName joins the names of what a limit is per; "-" is one counter for all.
func keyName(l *model.Limit) string {
	var names []string
	for _, p := range l.Per {
		if p != "operation" {
			names = append(names, encodeName(p))
		}
	}
	if len(names) == 0 {
		return "-"
	}
	return strings.Join(names, "+")
}

func keyComment(rate *model.Rate) string {
	var parts []string
	for _, d := range dimensions(rate) {
		switch {
		case d.Builtin == "operation":
		case d.Expr == nil:
			parts = append(parts, "the "+d.Builtin)
		case d.Expr.In == model.InBody:
			parts = append(parts, d.Expr.Pointer+" in the body")
		default:
			parts = append(parts, fmt.Sprintf("%s in the %s", d.Expr.Name, d.Expr.In))
		}
	}
	if len(parts) == 0 {
		return "one counter for all"
	}
	return config.Line(strings.Join(parts, ", "))
}

var token = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// part is one part of a key as a format of HAProxy's ("" where it has none) and in Lua.
func (ks *keys) part(r *config.Route, d *model.Dimension) (format, lua string) {
	switch {
	case d.Builtin == "client-ip":
		return "%[src]", `{ "address" }`
	case d.Builtin == "credential":
		return "", credential(ks.api, r)
	case d.Expr == nil:
		return "", `{ "nothing" }`
	case d.Expr.In == model.InBody && !readable(r):
		return "", `{ "nothing" }`
	case d.Expr.In == model.InPath:
		i, n := place(r, d.Expr.Name)
		if i >= 0 && r.Segments[i].Whole() {
			format = "%[" + segmentField(i) + "]"
		}
		return format, pathPart(r, i, n)
	case d.Expr.In == model.InHeader && token.MatchString(d.Expr.Name):
		return "%[var(" + ks.header(d.Expr.Name) + ")]", luaExpr(r, d.Expr)
	}
	return "", luaExpr(r, d.Expr)
}

// header gives the variable that holds a header.
func (ks *keys) header(name string) string {
	for _, h := range ks.headers {
		if strings.EqualFold(h.Name, name) {
			return h.Var
		}
	}
	v := fmt.Sprintf("txn.limits_header%d", len(ks.headers)+1)
	ks.headers = append(ks.headers, header{name, v})
	return v
}

// place finds a path parameter: its segment, and which of the segment's it is.
func place(r *config.Route, name string) (segment, nth int) {
	for i, s := range r.Segments {
		if n := slices.Index(s.Names, name); n >= 0 {
			return i, n
		}
	}
	return -1, 0
}
