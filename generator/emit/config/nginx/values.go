package nginx

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/model"
)

// A value is a map that takes one part of partition keys out of a request.
type value struct {
	Name, Source string // of the variable, and what is looked up
	Comment      string
	Entries      []pair
}

// A pair is a line of a map, both sides as nginx reads them.
type pair struct{ Key, Value string }

// values collects the maps that keys need.
type values struct {
	prefix string
	api    *model.API
	list   []value
	known  map[string]string // by what a map is made of: its variable
}

// add gives the variable of a map with one capture, which is written unless it is there already.
func (v *values) add(
	kind, source, what, comment string, entries func(capture string) []pair,
) string {
	what = kind + "\x00" + source + "\x00" + what
	if name, ok := v.known[what]; ok {
		return name
	}
	name := fmt.Sprintf("%s_%s%d", v.prefix, kind, len(v.list)+1)
	v.list = append(v.list, value{name, quote(source), comment, entries(name + "_is")})
	v.known[what] = "$" + name
	return v.known[what]
}

// path returns the variable of a path parameter; nothing for one that the template does not have.
func (v *values) path(r *config.Route, name string) string {
	for i, s := range r.Segments {
		for at, n := range s.Names {
			switch {
			case n != name:
			case s.Whole():
				return "$" + v.prefix + "_" + strconv.Itoa(i+1)
			default:
				return v.part(s, i, at)
			}
		}
	}
	return ""
}

// part returns a parameter that is not the whole of its segment.
func (v *values) part(s config.Segment, segment, at int) string {
	source := "$" + v.prefix + "_" + strconv.Itoa(segment+1)
	if hasSemicolon(s) {
		source = "$" + v.prefix + "_w" + strconv.Itoa(segment+1)
	}
	what := strings.Join(s.Texts, "\x00") + strconv.Itoa(at)
	return v.add("part", source, what, "A parameter that is a part of a segment.", func(capture string) []pair {
		expr := pattern(s.Texts[0])
		for i, text := range s.Texts[1:] {
			if i == at {
				expr += "(?<" + capture + ">.+?)" + pattern(text)
			} else {
				expr += ".+?" + pattern(text)
			}
		}
		return []pair{{quote("~*(?s)^" + expr + `\z`), "$" + capture}}
	})
}

// query extracts the first parameter of a name from the query. All encoded values share one value,
// "%": nginx does not decode, and a caller must not get a counter for each encoding of a key.
func (v *values) query(name string, s config.Spelling) string {
	comment := "The query's " + config.Line(name) +
		". What is not spelt plainly is taken for one value, %."
	return v.add("query", "$args", name+"\x00"+fmt.Sprint(s), comment, func(capture string) []pair {
		plain := pattern(name)
		first := "~^(?:(?!" + plain + "=)[^&]*&)*" + plain + "="
		out := []pair{
			{quote("~;|(?:^|&)[^=&]*[%+]|(?:^|&)" + plain + "(?:&|$)"), quote("%")},
			{quote(first + "[^&]*[%+]"), quote("%")},
		}
		if s.Usual != "" {
			out = append(out, pair{quote(first + pattern(s.Usual) + "(?:&|$)"), `""`})
		}
		if s.Number {
			number := pair{quote(first + "(?<" + capture + ">" + plainNumber + ")(?:&|$)"), "$" + capture}
			return append(out, number, pair{quote(first + "[^&]"), quote("%")})
		}
		return append(out, pair{quote("~(?:^|&)" + plain + "=(?<" + capture + ">[^&]*)"), "$" + capture})
	})
}

// plainNumber is a number in its shortest spelling, without an exponent.
const plainNumber = `(?:0|-?[1-9][0-9]*|-?(?:0|[1-9][0-9]*)\.[0-9]*[1-9])`

// spelt makes the default of a value the same as an absent one, and takes all spellings of a number
// but the shortest for one value: nginx does not calculate, and a caller must not get a counter for
// each of them.
func (v *values) spelt(source string, s config.Spelling) string {
	if source == "" || s.Plain() {
		return source
	}
	comment := "The default is taken for an absent value."
	switch {
	case s.Usual == "" && !s.Number:
		comment = "What its style puts before a value is no part of it."
	case s.Number:
		comment = "A number. Those that are not in their shortest spelling are taken for one value, %."
	}
	return v.add("value", source, fmt.Sprint(s), comment, func(capture string) []pair {
		var out []pair
		if s.Usual != "" {
			out = append(out, pair{quote("~^" + pattern(s.Usual) + `\z`), `""`})
		}
		prefix := ""
		if s.Prefix != "" {
			prefix = "(?:" + pattern(s.Prefix) + ")?"
		}
		if s.Number {
			return append(out, pair{quote("~^" + prefix + "(?<" + capture + ">" + plainNumber + `)\z`), "$" + capture}, pair{
				quote("~(?s)."), quote("%"),
			})
		}
		if s.Prefix != "" {
			out = append(out, pair{
				quote("~(?s)^" + pattern(s.Prefix) + "(?<" + capture + `>.*)\z`), "$" + capture,
			})
		}
		return append(out, pair{"default", source})
	})
}

// plainHeader are the headers that nginx has a variable for. It drops those with an underscore.
var plainHeader = regexp.MustCompile(`^[A-Za-z0-9-]+$`)

// header takes a header's value behind a prefix. nginx 1.23 and later join repeated headers with a
// comma; the first counts, so what follows a comma is not part of it.
func (v *values) header(name, prefix string) string {
	if !plainHeader.MatchString(name) {
		return ""
	}
	source := "$http_" + lower(strings.ReplaceAll(name, "-", "_"))
	comment := "The header " + name + ", up to a comma: the first counts, and newer versions of nginx join repeated ones."
	return v.add("header", source, prefix, comment, func(capture string) []pair {
		value := func(text string) string { return `(?<` + capture + `>` + text + `)` }
		end := `\s*(?:,|$)`
		if prefix == "" {
			return []pair{{quote(`~*^\s*` + value(`[^,]*?`) + end), "$" + capture}}
		}
		scheme := `~*^\s*` + pattern(strings.TrimRight(prefix, " ")) + `\s+`
		out := []pair{{quote(scheme + value(`[^,]*?`) + `=*` + end), "$" + capture}}
		// The last digit of base64 text may hold bits that decoders pass over. Without it, what
		// Basic carries differs in a bit of the password's last byte at most, and signed JSON in
		// some of the signature's.
		const digit = `[A-Za-z0-9+/_-]`
		switch {
		case strings.EqualFold(prefix, "Basic "):
			partial := pair{
				quote(scheme + value(`(?:`+digit+`{4})*`+digit+`{1,2}`) + digit + `=*` + end), "$" + capture,
			}
			return append([]pair{partial}, out...)
		case strings.EqualFold(prefix, "Bearer "):
			signed := pair{
				quote(scheme + value(digit+`+\.`+digit+`+\.(?:`+digit+`{4})*`+digit+`{1,2}`) + digit + `=*` +
					end),
				"$" + capture,
			}
			return append([]pair{signed}, out...)
		}
		return out
	})
}

// cookie takes the first cookie of a name. nginx's own variable would take one whose name differs
// by case.
func (v *values) cookie(name string) string {
	return v.add("cookie", "$http_cookie", name, "The cookie "+config.Line(name)+".", func(capture string) []pair {
		return []pair{{
			quote(`~(?:^|[;,])\s*` + pattern(name) + `="?(?<` + capture + `>[^;,"]*)`), "$" + capture,
		}}
	})
}
