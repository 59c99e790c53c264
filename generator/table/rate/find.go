package rate

import (
	"strings"
	"time"
)

// Found is a rate in a sentence, with its position in characters.
type Found struct {
	Rate
	Start, End int
}

// Find reads the rates in a sentence. It skips other words; the caller must handle numbers that
// belong to no rate.
func Find(text string) []Found {
	var out []Found
	tokens := lex(text)
	for at := 0; at < len(tokens); {
		p := &parser{tokens: tokens, text: []rune(text), at: at, loose: true}
		if !p.begins() {
			at++
			continue
		}
		b, err := p.rate()
		if err != nil || b.Unlimited {
			at++
			continue
		}
		out = append(out, Found{b.Rate, b.start, b.end})
		at = p.at
	}
	return out
}

// begins reports whether a rate may begin here: at a number that is followed by what makes a rate,
// or at "per second".
func (p *parser) begins() bool {
	switch {
	case p.is(0, number), p.is(0, both), p.is(0, atOnce):
		return true
	case p.is(0, per):
		return p.is(1, period) || p.is(1, number) && p.is(2, period)
	}
	return false
}

// Header reads what a column's header says about bare numbers below it: "Requests per minute",
// "QPS", "Limit (次/秒)". ok is false if it has neither a unit nor a window.
func Header(text string) (f Form, ok bool) {
	p := &parser{tokens: lex(text), text: []rune(text), loose: true}
	b := &building{}
	for p.more() {
		if p.is(0, open) || p.is(0, shut) || p.is(0, between) || p.is(0, other) {
			p.at++
			continue
		}
		at := p.at
		if p.is(0, number) || p.step(b) != nil {
			p.at = at + 1
		}
	}
	f = Form{Window: b.Window, Unit: b.Unit, Per: b.Per}
	return f, f.Window != 0 || f.Unit == Concurrent
}

// Amount reports whether a text has a counted number, such as "100 次".
func Amount(text string) bool {
	tokens := lex(text)
	for i, t := range tokens {
		if t.class == number && i+1 < len(tokens) && (tokens[i+1].class == unit || tokens[i+1].class == per) {
			return true
		}
	}
	return false
}

// Negative reports whether a text has a number below 0 where a rate or a burst has one, such as
// "-5 per second".
func Negative(text string) bool {
	p := &parser{tokens: lex(text)}
	for ; p.more(); p.at++ {
		if p.is(0, minus) && (p.is(1, unit) || p.is(1, per) || p.is(1, both) || p.is(1, atOnce)) || p.is(0, burst) && p.is(1, minus) {
			return true
		}
	}
	return false
}

// Ambiguous returns what is wrong with a number in a text where a rate has one, if its point may
// separate thousands; otherwise "".
func Ambiguous(text string) string {
	p := &parser{tokens: lex(text), text: []rune(text)}
	for ; p.more(); p.at++ {
		if t := p.peek(0); t.ambiguous && (p.is(1, unit) || p.is(1, per) || p.is(1, both) || p.is(1, atOnce)) {
			return ambiguous(p.raw(t))
		}
	}
	return ""
}

// ParseSpan reads a time span alone: "1 minute", "per day", "60s".
func ParseSpan(text string) (time.Duration, bool) {
	p := &parser{tokens: lex("per " + text), text: []rune("per " + text)}
	b := &building{}
	for p.more() {
		if p.step(b) != nil {
			return 0, false
		}
	}
	return b.Window, b.Window != 0 && b.amount.end == 0 && len(b.Per) == 0
}

// Keys reads the keys in a cell: "User ID and IP". "Any request" and similar phrases have none.
func Keys(text string) []string {
	var out []string
	tokens := lex(text)
	runes := []rune(text)
	start := -1
	end := func(i int) {
		if start < 0 {
			return
		}
		name := strings.Trim(string(runes[tokens[start].start:tokens[i-1].end]), " ()")
		if !none[strings.ToLower(name)] && name != "" {
			out = append(out, name)
		}
		start = -1
	}
	for i, t := range tokens {
		switch {
		case t.class == between || t.class == plus || t.text == "/":
			end(i)
		case start < 0 && t.class != per && t.class != open && t.class != shut:
			start = i
		}
	}
	end(len(tokens))
	return out
}

// none are phrases for one counter of all requests.
var none = map[string]bool{"any request": true, "all": true, "all requests": true, "any": true, "none": true, "-": true, "—": true, "global": true, "n/a": true}

// UnitOf reads the name of a unit.
func UnitOf(text string) string {
	t := lex(text)
	if len(t) == 1 && t[0].class == unit {
		return t[0].unit
	}
	return strings.ToLower(strings.Join(strings.Fields(text), "-"))
}
