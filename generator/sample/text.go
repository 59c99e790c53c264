package sample

import (
	"encoding/json"
	"math"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// texts are values of formats.
var texts = map[string]string{
	"date-time": "2024-02-29T12:30:45Z", "date": "2024-02-29", "time": "12:30:45Z", "duration": "PT1H", "email": "ann@example.com",
	"idn-email": "ann@example.com", "uuid": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "uri": "https://example.com/a?b=c",
	"url": "https://example.com/a?b=c", "iri": "https://example.com/a", "uri-reference": "/a/b", "hostname": "api.example.com",
	"idn-hostname": "api.example.com", "ipv4": "192.0.2.1", "ipv6": "2001:db8::1", "byte": "aGVsbG8=", "base64": "aGVsbG8=",
	"json-pointer": "/a/b", "regex": "^a$", "uri-template": "/a/{b}",
}

// times are the layouts of formats.
var times = map[string]string{"date-time": time.RFC3339, "date": time.DateOnly}

func (f *form) text() (any, bool) {
	if f.minLength > largest {
		return nil, false
	}
	fits := func(text string) bool {
		if layout := times[f.format]; layout != "" {
			if _, err := time.Parse(layout, text); err != nil { // a pattern that describes no time
				return false
			}
		}
		n := uint64(utf8.RuneCountInString(text))
		if n < f.minLength || n > f.maxLength {
			return false
		}
		for _, p := range f.patterns {
			re, err := regexp.Compile(p)
			if err == nil && !re.MatchString(text) {
				return false
			}
		}
		return true
	}
	candidates := []string{texts[f.format]}
	if f.format == "" || texts[f.format] == "" {
		candidates = []string{"some text", "text", "t", "1"}
	}
	for _, e := range f.examples {
		if text, ok := e.(string); ok && texts[f.format] == "" {
			candidates = append(candidates, text)
		}
	}
	for _, p := range f.patterns {
		if re, err := syntax.Parse(p, syntax.Perl); err == nil {
			for _, size := range []int{0, 1, 8} {
				candidates = append(candidates, written(re.Simplify(), size))
			}
		} else if len(candidates) > 4 {
			return candidates[4], true // what cannot be checked is taken from the spec's example
		}
	}
	if texts[f.format] == "" {
		candidates = append(candidates, strings.Repeat("a", int(f.minLength)), strings.Repeat("a", int(min(f.maxLength, 5))))
	}
	for _, c := range candidates {
		if fits(c) && (c != "" || f.maxLength == 0) {
			return c, true
		}
		for _, p := range f.patterns {
			if re, err := syntax.Parse(p, syntax.Perl); err == nil && uint64(utf8.RuneCountInString(c)) < f.minLength {
				if longer := written(re.Simplify(), int(f.minLength)); fits(longer) {
					return longer, true
				}
			}
		}
	}
	return nil, false
}

// written is a text that an expression matches; what repeats does so more often.
func written(re *syntax.Regexp, more int) string {
	switch re.Op {
	case syntax.OpLiteral:
		return string(re.Rune)
	case syntax.OpCharClass:
		for _, want := range []rune{'a', 'A', '1'} {
			for i := 0; i+1 < len(re.Rune); i += 2 {
				if re.Rune[i] <= want && want <= re.Rune[i+1] {
					return string(want)
				}
			}
		}
		for i := 0; i+1 < len(re.Rune); i += 2 {
			if r := max(re.Rune[i], ' '+1); r <= re.Rune[i+1] {
				return string(r)
			}
		}
		if len(re.Rune) > 0 {
			return string(re.Rune[0])
		}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return "a"
	case syntax.OpCapture, syntax.OpConcat:
		var out strings.Builder
		for _, sub := range re.Sub {
			if out.Len() > largest {
				more = 0
			}
			out.WriteString(written(sub, more))
		}
		return out.String()
	case syntax.OpAlternate:
		return written(re.Sub[0], more)
	case syntax.OpStar, syntax.OpQuest:
		if more == 0 {
			return ""
		}
		fallthrough
	case syntax.OpPlus:
		n := max(more, 1)
		if re.Op == syntax.OpQuest {
			n = 1
		}
		text := written(re.Sub[0], 0)
		return strings.Repeat(text, min(n, largest/max(len(text), 1)+1))
	case syntax.OpRepeat:
		n := max(re.Min, min(more, max(re.Max, re.Min)))
		return strings.Repeat(written(re.Sub[0], 0), n)
	}
	return ""
}

func (f *form) number() (any, bool) {
	value := 1.0
	if f.kind() == "number" {
		value = 1.5
	}
	step := 1.0
	if f.multiple > 0 {
		step = f.multiple
		value = step
	} else if f.kind() == "number" && f.max-f.min < 2 {
		step = (f.max - f.min) / 4
	}
	if value < f.min || f.exclusive[0] && value == f.min {
		value = f.min
		if f.multiple > 0 {
			value = math.Ceil(f.min/step) * step
		} else if f.kind() == "integer" {
			value = math.Ceil(f.min)
		}
		if f.exclusive[0] && value == f.min {
			value += step
		}
	}
	if value > f.max || f.exclusive[1] && value == f.max {
		value = f.max
		if f.multiple > 0 {
			value = math.Floor(f.max/step) * step
		} else if f.kind() == "integer" {
			value = math.Floor(f.max)
		}
		if f.exclusive[1] && value == f.max {
			value -= step
		}
	}
	// Without the digits that binary fractions add.
	value, _ = strconv.ParseFloat(strconv.FormatFloat(value, 'g', 15, 64), 64)
	return value, value >= f.min && value <= f.max
}

// plain is a value as it comes from JSON.
func plain(value any) any {
	text, err := json.Marshal(value)
	var out any
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		return value
	}
	return out
}
