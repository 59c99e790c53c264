package nginx

import (
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/model"
)

// A key is the values by which a limit is counted, as text and as an expression for that text. Each
// value is followed by a character that it cannot contain, so that no two keys are the same string:
// segments of a path contain no slash, headers no line feed. The operation is not part of it.
type key struct{ text, shape string }

// keyOf returns the key of a limit at a route, and whether the operation is counted separately.
func (v *values) keyOf(
	in *config.Input, r *config.Route, rate *model.Rate,
) (k key, operation bool) {
	end, shape := "/", "[^/]*+/"
	if mixes(in, rate.Limit) {
		end, shape = "/\n", `(?:[^/]|/(?!\n))*+/\n`
	}
	for _, d := range rate.Dimensions() {
		switch d.Builtin {
		case "operation":
			operation = true
		case "client-ip":
			k.text, k.shape = k.text+v.client()+" ", k.shape+`\S+ `
		case "credential":
			k.text, k.shape = k.text+v.credential(r)+end, k.shape+shape
		default:
			k.text, k.shape = k.text+v.expression(r, d.Expr)+end, k.shape+shape
		}
	}
	return k, operation
}

// mixes reports whether a limit's keys hold values from elsewhere than the path.
func mixes(in *config.Input, l *model.Limit) bool {
	return config.Once(in, l, "mixes", func() bool { return slices.ContainsFunc(in.Uses(l), mixing(l)) })
}

func mixing(l *model.Limit) func(*config.Route) bool {
	return func(r *config.Route) bool {
		return slices.ContainsFunc(r.Rates(), func(rate *model.Rate) bool {
			return rate.Limit == l && slices.ContainsFunc(rate.Dimensions(), func(d *model.Dimension) bool {
				return d.Builtin == "credential" || d.Expr != nil && d.Expr.In != model.InPath
			})
		})
	}
}

// A class is the limits that apply to a request, with the spelling of their keys. Most routes share
// a few.
type class struct {
	key   string // the names of its limits
	name  string // the same, or a number where they are long
	uses  []use
	count int // of routes
}

// A use is a limit in a class: by which of all keys it is counted there, if by any.
type use struct {
	counter   *counter
	key       int // -1 for none
	operation bool
}

// expression extracts the keys of a class's limits from its name, an operation and all keys. A
// limit per operation includes the operation's name, in one piece if its key follows.
func (c *class) expression(prefix string, keys []key) string {
	group := func(text, suffix string, takes func(use) bool) string {
		for _, u := range c.uses {
			if takes(u) {
				text = "(?<" + prefix + "_" + u.counter.Name + suffix + ">" + text + ")"
			}
		}
		return text
	}
	out := "~^" + pattern(c.name) + group(" ", "",
		func(u use) bool { return u.key < 0 && !u.operation })
	operation := group(`\S+ `, "", func(u use) bool { return u.key < 0 && u.operation })
	operation = group(operation, "_operation", func(u use) bool { return u.key > 0 && u.operation })
	if last := c.last(); last < 0 {
		return out + operation
	}
	first := group(keys[0].shape, "", func(u use) bool { return u.key == 0 && !u.operation })
	out += group(operation+first, "", func(u use) bool { return u.key == 0 && u.operation })
	for i := 1; i <= c.last(); i++ {
		out += group(keys[i].shape, "", func(u use) bool { return u.key == i })
	}
	return out
}

// last returns the number of the last key that the class needs.
func (c *class) last() int {
	last := -1
	for _, u := range c.uses {
		last = max(last, u.key)
	}
	return last
}

// text returns all keys in a row.
func text(keys []key) string {
	var b strings.Builder
	for _, k := range keys {
		b.WriteString(k.text)
	}
	return b.String()
}
