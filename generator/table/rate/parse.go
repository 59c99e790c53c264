package rate

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// parser walks the words of a text. It is total: whatever the text, it returns.
type parser struct {
	tokens []token
	text   []rune
	at     int
	form   Form
	// loose ends a rate at the first word that is not understood, as in a sentence; otherwise that
	// word is an error.
	loose bool
}

// building is a rate that is being parsed.
type building struct {
	Rate
	start    int   // of its first word, in characters
	end      int   // of its last
	amount   token // of class number; start == end if there is none
	adjacent bool  // the last word was the number or its unit, so that another word may be the unit
}

func (p *parser) more() bool { return p.at < len(p.tokens) }

func (p *parser) peek(i int) token {
	if p.at+i < len(p.tokens) {
		return p.tokens[p.at+i]
	}
	return token{start: len(p.text), end: len(p.text)}
}

func (p *parser) is(i int, c class) bool {
	return p.at+i < len(p.tokens) && p.tokens[p.at+i].class == c
}

func (p *parser) fail(t token, format string, args ...any) error {
	return &Error{t.start, fmt.Sprintf(format, args...)}
}

// rates reads all of the text.
func (p *parser) rates() ([]Rate, error) {
	label := p.label()
	var out []Rate
	for p.more() {
		if p.is(0, between) || p.tokens[p.at].text == "." {
			p.at++
			continue
		}
		r, err := p.rate()
		if err != nil {
			return nil, err
		}
		r.Label = label
		out = append(out, r.Rate)
	}
	if len(out) == 0 {
		return nil, &Error{0, "a rate needs a number"}
	}
	return out, nil
}

// label reads the name of a rate before a colon; its words are not part of the rate.
func (p *parser) label() string {
	for i := range min(5, len(p.tokens)) {
		t := p.tokens[i]
		if t.class == colon && i > 0 {
			p.at = i + 1
			return strings.TrimSpace(string(p.text[p.tokens[0].start:p.tokens[i-1].end]))
		}
		if i == 0 && t.class != other || t.class != other && t.class != number && t.class != noise {
			break
		}
	}
	return ""
}

// rate reads one rate, up to what separates it from the next.
func (p *parser) rate() (*building, error) {
	b := &building{start: p.peek(0).start}
	for p.more() && !p.ends(b) {
		at := p.at
		if p.is(0, between) {
			p.at++ // before a burst
		}
		if err := p.step(b); err != nil {
			if p.loose {
				p.at = at
				break
			}
			return nil, err
		}
		b.end = p.tokens[p.at-1].end
	}
	if err := p.settle(b); err != nil {
		return nil, err
	}
	return b, b.finish(p.form, b.start)
}

// ends reports whether the next word separates this rate from another one.
func (p *parser) ends(b *building) bool {
	t := p.peek(0)
	if t.text == "." {
		return true
	}
	return t.class == between && !p.is(1, burst)
}

// step reads one part of a rate.
func (p *parser) step(b *building) error {
	t := p.peek(0)
	adjacent := b.adjacent
	b.adjacent = false
	switch t.class {
	case noise, colon, hyphen:
		p.at++
		b.adjacent = adjacent && t.class == noise
		return nil
	case number:
		b.adjacent = true
		return p.amount(b)
	case unit:
		p.at++
		return p.unit(b, t, t.unit)
	case both:
		p.at++
		if err := p.unit(b, t, t.unit); err != nil {
			return err
		}
		return p.window(b, t, t.window)
	case per:
		p.at++
		return p.perWhat(b)
	case atOnce:
		p.at++
		b.adjacent = adjacent
		return p.unit(b, t, Concurrent)
	case burst:
		return p.burst(b)
	case free:
		p.at++
		b.Unlimited = true
		return nil
	case open:
		return p.aside(b)
	case plus:
		if adjacent && b.Unit == "" {
			p.at++
			b.AtLeast, b.adjacent = true, true
			return nil
		}
	case minus:
		return p.fail(t, "%q is less than 0", p.raw(t))
	case other:
		if adjacent {
			return p.ownUnit(b)
		}
	}
	return p.fail(t, "%q is not understood", p.raw(t))
}

// raw returns a word as printed.
func (p *parser) raw(t token) string { return string(p.text[t.start:t.end]) }

func (p *parser) amount(b *building) error {
	t := p.peek(0)
	if b.amount.end > 0 {
		return p.fail(t, "%q is a second number in the same rate", p.raw(t))
	}
	if t.ambiguous {
		return p.fail(t, "%s", ambiguous(p.raw(t)))
	}
	p.at++
	b.amount = t
	return nil
}

// ambiguous says what is wrong with a number such as 2.000.
func ambiguous(number string) string {
	return fmt.Sprintf("%q is a decimal, or has a separator of thousands; write %q or %q",
		number, strings.TrimRight(strings.TrimRight(number, "0"), "."), strings.ReplaceAll(number, ".", ""))
}

// unit records the unit. "Concurrent" before or after a word for requests takes precedence.
func (p *parser) unit(b *building, t token, u string) error {
	switch {
	case b.Unit == "" || b.Unit == u, b.Unit == Requests && u == Concurrent:
		b.Unit = u
	case b.Unit == Concurrent && u == Requests:
	default:
		return p.fail(t, "%q is a second unit in the same rate", p.raw(t))
	}
	return nil
}

// ownUnit reads a unit that is not in the lexicon: the words after the number.
//
// A word without a space before it is part of the number, such as 1e3 and 5G.
func (p *parser) ownUnit(b *building) error {
	first := p.peek(0)
	letter := p.text[first.start]
	if !unicode.IsLetter(letter) || isLatin(letter) && first.start == b.amount.end {
		return p.fail(first, "%q is not understood", p.raw(first))
	}
	words := []string{}
	for p.more() && len(words) < 4 && (p.is(0, other) || p.is(0, unit)) {
		words = append(words, p.tokens[p.at].text)
		p.at++
	}
	name := strings.Join(words, "-")
	if last := name[len(name)-1]; last < 0x80 && last != 's' {
		name += "s"
	}
	return p.unit(b, first, name)
}

// perWhat reads what follows "per": a time span, or a key.
func (p *parser) perWhat(b *building) error {
	for p.is(0, per) {
		p.at++
	}
	n, i := int64(1), 0
	if p.is(0, number) {
		n, i = p.peek(0).number, 1
		if p.peek(0).decimals > 0 {
			return p.fail(p.peek(0), "a time span must be an integer")
		}
		if p.is(1, hyphen) {
			i++
		}
	}
	if t := p.peek(i); p.is(i, period) {
		p.at += i + 1
		if n > int64(maxWindow/time.Millisecond) {
			return p.fail(t, "a time span of more than 1000 days is not known")
		}
		return p.window(b, t, time.Duration(n)*t.window)
	}
	if i > 0 {
		return p.fail(p.peek(i), "%q is not a time span", p.raw(p.peek(i)))
	}
	return p.key(b)
}

func (p *parser) window(b *building, t token, d time.Duration) error {
	switch {
	case b.Window != 0 && b.Window != d:
		return p.fail(t, "%q is a second time span in the same rate", p.raw(t))
	case t.window == 1:
		return p.fail(t, "a month has no fixed length; write days")
	case d < time.Second || d%time.Second != 0:
		return p.fail(t, "a time span is in whole seconds")
	case d > maxWindow:
		return p.fail(t, "a time span of more than 1000 days is not known")
	}
	b.Window = d
	return nil
}

// stops are words that end the name of a key in a sentence.
var stops = []string{"are", "is", "may", "can", "apply", "applies", "will", "were", "was", "have", "has", "shall", "must", "should", "in", "for", "on", "across", "by", "when", "if", "to", "from", "unless", "using", "at", "with", "which", "that", "including"}

// key reads a key, and others joined to it: "user and app".
func (p *parser) key(b *building) error {
	start := p.at
	for p.more() && p.keyPart() {
		p.at++
	}
	if p.at == start {
		return p.fail(p.peek(0), "the key after per is missing")
	}
	name := strings.TrimSpace(string(p.text[p.tokens[start].start:p.tokens[p.at-1].end]))
	if !slices.Contains(b.Per, name) {
		b.Per = append(b.Per, name)
	}
	if p.is(0, between) && p.peek(0).text != "\n" && p.is(1, other) && p.anotherKey() {
		p.at++
		return p.key(b)
	}
	return nil
}

func (p *parser) keyPart() bool {
	t := p.peek(0)
	switch t.class {
	case per:
		return t.text == "a" || t.text == "an" // "A" may be a name
	case between, open, shut, colon, number, minus, plus, burst:
		return false
	case other:
		return t.text != "." && (!p.loose || !slices.Contains(stops, t.text)) && !strings.ContainsAny(t.text, "|<>{}\"!?…")
	}
	return true
}

// anotherKey reports whether a comma or "and" continues a list of keys rather than beginning
// another rate or clause.
func (p *parser) anotherKey() bool {
	if p.loose || p.peek(0).text == "," || p.peek(0).text == ";" {
		return false
	}
	for i := 1; p.at+i < len(p.tokens); i++ {
		switch p.peek(i).class {
		case number, both:
			return false
		case between:
			return true
		}
	}
	return true
}

// burst reads "burst 20", and "20 burst" where the number is not the rate's.
func (p *parser) burst(b *building) error {
	t := p.peek(0)
	p.at++
	for p.is(0, noise) || p.is(0, colon) {
		p.at++
	}
	if !p.is(0, number) || p.peek(0).decimals > 0 {
		return p.fail(t, "a burst needs a number")
	}
	b.Burst = p.peek(0).number
	p.at++
	if p.is(0, unit) {
		p.at++
	}
	return nil
}

// aside reads a text in parentheses: a burst, a default, or a part of the rate.
func (p *parser) aside(b *building) error {
	p.at++
	for p.more() && !p.is(0, shut) {
		if p.is(0, between) {
			p.at++
			continue
		}
		if p.is(0, open) {
			return p.fail(p.peek(0), "parentheses within parentheses are not understood")
		}
		if err := p.step(b); err != nil {
			return err
		}
	}
	if !p.more() {
		return p.fail(p.peek(0), "a closing parenthesis is missing")
	}
	p.at++
	return nil
}
