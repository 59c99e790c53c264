package rest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// encoded is one name and value of a query or cookie; the value is escaped, the name is not.
type encoded struct{ name, value string }

// escape percent-encodes every byte that is not unreserved in RFC 3986. That is more than a path or
// query needs, so that no proxy and no server can take a byte of the value for a separator.
func escape(s string) string {
	n := 0
	for i := range len(s) {
		if !unreserved(s[i]) {
			n++
		}
	}
	if n == 0 {
		return s
	}
	const digits = "0123456789ABCDEF"
	b := make([]byte, 0, len(s)+2*n)
	for i := range len(s) {
		if c := s[i]; unreserved(c) {
			b = append(b, c)
		} else {
			b = append(b, '%', digits[c>>4], digits[c&15])
		}
	}
	return string(b)
}

func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}

func verbatim(s string) string { return s }

// headerSafe reports whether s is safe in a header: a line break would start another header.
func headerSafe(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}

// encodePath spells a path parameter. Separators stay as they are, items are escaped: a list of
// "a,b" and "c" is a%2Cb,c.
func encodePath(p *Param, n node) (string, error) {
	items, err := n.parts()
	if err != nil {
		return "", err
	}
	prefix, sep := "", ","
	if err := p.spellable(n); err != nil {
		return "", err
	}
	if p.EncodedComma {
		sep = "%2C"
	}
	switch p.Style {
	case StyleLabel:
		prefix = "."
		if p.Explode {
			sep = "."
		}
	case StyleMatrix:
		prefix = ";" + escape(p.Name) + "="
		switch {
		case p.Explode && n.kind == nodeList:
			sep = prefix
		case p.Explode && n.kind == nodeObject:
			prefix, sep = ";", ";"
		}
	}
	text := escape(n.text)
	if n.kind != nodeText {
		text = join(n.kind, items, sep, p.Explode, escape)
	}
	text = prefix + text
	if text == "" || text == "." || text == ".." {
		// Proxies and net/http drop or resolve such segments, and the request would reach another
		// operation.
		return "", errors.New(strconv.Quote(text) + " is not allowed in a path")
	}
	return text, nil
}

// spellable rejects items that a server would not read correctly: a separated list cannot contain
// an empty item, not even alone, nor a comma if an encoded one separates.
func (p *Param) spellable(n node) error {
	if p.Single && strings.Contains(n.text, ",") {
		return errors.New("a value with a comma has no spelling here: a server takes it for a list")
	}
	if sep := p.ambiguous(); sep != "" && n.kind != nodeText {
		for i, item := range n.items {
			if strings.Contains(item.text, sep) || n.kind == nodeObject && strings.Contains(n.names[i], sep) {
				return fmt.Errorf("an item that holds %q has no spelling here, where that separates items", sep)
			}
		}
	}
	if n.kind != nodeList {
		return nil
	}
	for _, item := range n.items {
		if item.text == "" {
			return errors.New("an empty item has no spelling in this list")
		}
		if p.EncodedComma && strings.Contains(item.text, ",") {
			return errors.New("an item with a comma has no spelling in this list, which encoded commas separate too")
		}
	}
	return nil
}

// ambiguous returns the separator of the parameter's style that an item cannot contain, even
// escaped: servers decode before they separate, or the style has no escape.
func (p *Param) ambiguous() string {
	switch {
	case p.In == InHeader:
		return ","
	case p.Style == StyleSpace && !p.Explode:
		return " "
	case p.Style == StylePipe && !p.Explode:
		return "|"
	case p.Style == StyleLabel && p.Explode:
		return "."
	}
	return ""
}

// encodeHeader spells a header parameter. Headers have no escapes.
func encodeHeader(p *Param, n node) (string, error) {
	items, err := n.parts()
	if err != nil {
		return "", err
	}
	if err := p.spellable(n); err != nil {
		return "", err
	}
	text := n.text
	if n.kind != nodeText {
		text = join(n.kind, items, ",", p.Explode, verbatim)
	}
	if !headerSafe(text) {
		return "", errors.New("a control character is not allowed in a header")
	}
	return text, nil
}

// encodePairs spells a query or cookie parameter.
func encodePairs(p *Param, n node) ([]encoded, error) {
	if p.Style == StyleDeep {
		return deep(nil, p.Name, n, 0)
	}
	items, err := n.flat()
	if err != nil {
		return nil, err
	}
	switch {
	case n.kind != nodeText && len(items) == 0:
		return nil, nil
	case p.Explode && n.kind == nodeList:
		out := make([]encoded, len(items))
		for i, item := range items {
			out[i] = encoded{p.Name, escape(item)}
		}
		return out, nil
	case p.Explode && n.kind == nodeObject:
		out := make([]encoded, 0, len(items)/2)
		for i := 0; i < len(items); i += 2 {
			out = append(out, encoded{items[i], escape(items[i+1])})
		}
		return out, nil
	}
	if err := p.spellable(n); err != nil {
		return nil, err
	}
	sep := ","
	if p.EncodedComma {
		sep = "%2C"
	}
	switch p.Style {
	case StyleSpace:
		sep = "%20"
	case StylePipe:
		sep = "%7C"
	}
	return []encoded{{p.Name, join(n.kind, items, sep, false, escape)}}, nil
}

// deep spells name[member]=value, and name[0]=value for the items of a list. OpenAPI does not
// define lists; servers with this style agree on numbers. A name with brackets is another member's
// path to a server, unless it is a property of the parameter itself.
func deep(out []encoded, name string, n node, depth int) ([]encoded, error) {
	if n.kind == nodeText {
		return append(out, encoded{name, escape(n.text)}), nil
	}
	for i, item := range n.items {
		member := strconv.Itoa(i)
		if n.kind == nodeObject {
			member = n.names[i]
		}
		if strings.Contains(member, "][") || depth > 0 && strings.ContainsAny(member, "[]") {
			return nil, fmt.Errorf("the name %q has no spelling here, where brackets enclose names", clip(member))
		}
		var err error
		if out, err = deep(out, name+"["+member+"]", item, depth+1); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// join spells items with sep between them; an exploded object has name=value for its pairs.
func join(kind nodeKind, items []string, sep string, explode bool, escape func(string) string) string {
	if len(items) == 1 {
		return escape(items[0])
	}
	var b strings.Builder
	for i, item := range items {
		switch {
		case i == 0:
		case kind == nodeObject && explode && i%2 == 1:
			b.WriteByte('=')
		default:
			b.WriteString(sep)
		}
		b.WriteString(escape(item))
	}
	return b.String()
}
