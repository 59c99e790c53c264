package rest

import "strings"

// find returns the operation's parameter of a name, or nil.
func (o *Operation) find(in Place, name string) *Param {
	for i := range o.Params {
		if o.Params[i].In == in && o.Params[i].Name == name {
			return &o.Params[i]
		}
	}
	return nil
}

// pairs reports whether each item of a list is a name=value of its own.
func (p *Param) pairs() bool {
	return p.Explode && (p.In == InQuery || p.In == InCookie) && p.Style != StyleJSON && p.Style != StyleDeep
}

// trim removes a style's prefix from a value.
func (p *Param) trim(raw string) string {
	switch p.Style {
	case StyleLabel:
		return strings.TrimPrefix(raw, ".")
	case StyleMatrix:
		return strings.TrimPrefix(raw, ";"+p.Name+"=")
	}
	return raw
}

// separators returns the equivalent separators of a list's items. The text is raw: an encoded
// separator belongs to an item, unless the style or the spec says otherwise.
func (p *Param) separators() []string {
	switch {
	case p.Style == StyleSpace && !p.Explode:
		return spaces[:]
	case p.Style == StylePipe && !p.Explode:
		return pipes[:]
	case p.Style == StyleLabel && p.Explode:
		return dots[:]
	case p.Style == StyleMatrix && p.Explode:
		return []string{";" + p.Name + "="}
	case p.EncodedComma:
		return commas[:]
	}
	return commas[:1]
}

var (
	spaces = [...]string{"%20", "+"}
	pipes  = [...]string{"|", "%7C", "%7c"}
	dots   = [...]string{"."}
	commas = [...]string{",", "%2C", "%2c"}
)

// nextItem splits the first item from a list.
func nextItem(raw string, separators []string) (item, rest string, more bool) {
	at, length := -1, 0
	for _, s := range separators {
		if i := strings.Index(raw, s); i >= 0 && (at < 0 || i < at) {
			at, length = i, len(s)
		}
	}
	if at < 0 {
		return raw, "", false
	}
	return raw[:at], raw[at+length:], true
}

// split returns the items of a raw list, still encoded. Empty items are omitted, as in a count,
// unless each is a pair of its own.
func (p *Param) split(raw string) []string {
	if p.pairs() {
		return []string{raw}
	}
	var out []string
	separators := p.separators()
	for item, rest, more := nextItem(p.trim(raw), separators); ; item, rest, more = nextItem(rest, separators) {
		if item != "" {
			out = append(out, item)
		}
		if !more {
			return out
		}
	}
}

// items returns the number of items that split returns.
func (p *Param) items(raw string) int64 {
	if p.pairs() {
		return 1
	}
	return countItems(p.trim(raw), p.separators())
}

// countItems counts the non-empty items between separators.
func countItems(raw string, separators []string) int64 {
	n := int64(0)
	for item, rest, more := nextItem(raw, separators); ; item, rest, more = nextItem(rest, separators) {
		if item != "" {
			n++
		}
		if !more {
			return n
		}
	}
}

// count returns how many items a raw value counts: the length of the handler's list, or the number
// of comma-separated parts where the handler gets no list.
func (p *Param) count(raw string) int64 {
	switch {
	case p == nil:
		return countItems(raw, commas[:1])
	case p.Style == StyleJSON:
		return jsonItems(unescapePath(raw))
	case p.List:
		return p.items(raw)
	case p.EncodedComma:
		return countItems(raw, commas[:])
	}
	return countItems(raw, commas[:1])
}

// text returns a value as a part of a key: decoded, without its style's prefix, and a number in the
// canonical spelling.
func (p *Param) text(raw string, decode func(string) string) string {
	if p == nil {
		return decode(raw)
	}
	text := decode(p.trim(raw))
	if p.Number && text != "" && scanNumber([]byte(text), 0) == len(text) {
		return canonicalNumber(text)
	}
	return text
}

// textOr is text, or that of the default of an absent parameter: a handler gets it as if it were
// sent.
func (p *Param) textOr(raw string, found bool, decode func(string) string) string {
	empty := p != nil && p.Empty && raw == "" && !strings.HasPrefix(p.Default, `"`)
	if !found || empty {
		return p.usual()
	}
	return p.text(raw, decode)
}

// usual returns the text of the default as a part of a key; "" for none, and for lists and objects,
// which have several spellings.
func (p *Param) usual() string {
	if p == nil {
		return ""
	}
	return usualText(p.Default, p.Number)
}

// usualText is usual for a default; number says that keys read it as a number.
func usualText(usual string, number bool) string {
	if usual == "" {
		return ""
	}
	switch value := scanPointer([]byte(usual), ""); value.kind {
	case jsonString:
		return decodeString(value.raw)
	case jsonNumber:
		if number {
			return canonicalNumber(string(value.raw))
		}
		return string(value.raw)
	case jsonBool:
		return string(value.raw)
	}
	return ""
}

// isList reports whether a raw value has a separator of its list.
func (p *Param) isList(raw string) bool {
	if p == nil {
		return strings.Contains(raw, ",")
	}
	separators := commas[:1]
	if p.List {
		separators = p.separators()
	} else if p.EncodedComma {
		separators = commas[:]
	}
	_, _, more := nextItem(p.trim(raw), separators)
	return more
}
