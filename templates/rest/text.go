package rest

import (
	"bytes"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// isText reports whether the strings of a sound JSON text, or a part of it, are Unicode: the
// scanner refuses bytes that are not UTF-8, but takes surrogates without their partners, which
// encoding/json reads as U+FFFD.
func isText(s []byte) bool {
	for i := bytes.IndexByte(s, '\\'); i >= 0; {
		if s[i+1] == 'u' && utf16.IsSurrogate(scanHex(s, i+2)) {
			r, end := scanEscape(s, i)
			if r == utf8.RuneError {
				return false
			}
			i = end
		} else {
			i += 2
		}
		next := bytes.IndexByte(s[min(i, len(s)):], '\\')
		if next < 0 {
			break
		}
		i += next
	}
	return true
}

// notText returns a fault for the first string or name of a sound value that is not Unicode; nil if
// there is none.
func notText(v jsonValue) *fault {
	switch {
	case isText(v.raw):
		return nil
	case v.kind == jsonString:
		return wrong("text that is not UTF-8")
	}
	for w := walk(v); w.next(); {
		if w.name != nil && !isText(w.name) {
			return wrong("a name that is not UTF-8")
		}
		if f := notText(w.value); f != nil {
			if v.kind == jsonArray {
				return f.under(strconv.Itoa(w.index))
			}
			return f.under(decodeName(w.name))
		}
	}
	return nil
}

// notUTF8 returns a fault for the first string that keeps a text from being JSON by bytes that are
// not UTF-8; nil if anything else does.
func notUTF8(data []byte) *fault {
	if utf8.Valid(data) {
		return nil
	}
	const alone = `\ud800` // which a string can hold, and notText finds
	return notText(scanPointer(bytes.ToValidUTF8(data, []byte(alone)), ""))
}

// notTexts is notText for the values of a form's field.
func notTexts(name string, values []string) *fault {
	odd := func(s string) bool { return !utf8.ValidString(s) }
	if odd(name) || slices.ContainsFunc(values, odd) {
		return wrong("text that is not UTF-8").under(name)
	}
	return nil
}

// text writes a JSON string.
func (w *writer) text(text string) {
	var sound bool
	w.out, sound = appendString(w.out, text, w.html)
	w.lossy = w.lossy || !sound
}

// appendText appends a text as a JSON string.
func appendText(out []byte, text string, html bool) []byte {
	out, _ = appendString(out, text, html)
	return out
}

// appendString is appendText, and reports whether the text is UTF-8: other bytes become U+FFFD.
func appendString(out []byte, text string, html bool) (_ []byte, sound bool) {
	sound = true
	const digits = "0123456789abcdef"
	out = append(out, '"')
	begin := 0
	for i := plainEnd(text, 0, html); i < len(text); i = plainEnd(text, i, html) {
		if c := text[i]; c < utf8.RuneSelf {
			out = append(out, text[begin:i]...)
			switch c {
			case '"', '\\':
				out = append(out, '\\', c)
			case '\b':
				out = append(out, '\\', 'b')
			case '\f':
				out = append(out, '\\', 'f')
			case '\n':
				out = append(out, '\\', 'n')
			case '\r':
				out = append(out, '\\', 'r')
			case '\t':
				out = append(out, '\\', 't')
			default:
				out = append(out, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
			}
			i++
			begin = i
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			out = append(append(out, text[begin:i]...), `\ufffd`...)
			begin, sound = i+size, false
		case r == '\u2028' || r == '\u2029':
			out = append(append(out, text[begin:i]...), '\\', 'u', '2', '0', '2', digits[r&15])
			begin = i + size
		}
		i += size
	}
	return append(append(out, text[begin:]...), '"'), sound
}
