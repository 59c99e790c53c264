package rest

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonKind is the type of a JSON value for the scanner.
type jsonKind uint8

const (
	jsonInvalid jsonKind = iota // the text is not one JSON value
	jsonMissing                 // valid JSON, but the pointer matches nothing
	jsonNull
	jsonBool
	jsonNumber
	jsonString
	jsonArray
	jsonObject
)

// jsonDepth bounds nesting, so that a hostile body cannot exhaust the stack.
const jsonDepth = 512

// jsonValue is one value inside a JSON text.
type jsonValue struct {
	kind  jsonKind
	count int    // items of an array, members of an object
	raw   []byte // a part of the scanned text
}

// scanPointer finds the value at a JSON pointer. It reads the whole text, because a value counts
// only in valid JSON, and the last of duplicate names wins, as in encoding/json. Unlike
// encoding/json it compares names exactly. It does not allocate.
func scanPointer(data []byte, pointer string) jsonValue {
	value, end := scanValue(data, skipSpace(data, 0), jsonDepth)
	if end < 0 || skipSpace(data, end) != len(data) {
		return jsonValue{}
	}
	for pointer != "" {
		if pointer[0] != '/' {
			return jsonValue{kind: jsonMissing}
		}
		rest := 1
		for rest < len(pointer) && pointer[rest] != '/' {
			rest++
		}
		value = scanChild(value, pointer[1:rest])
		if value.kind == jsonMissing {
			return value
		}
		pointer = pointer[rest:]
	}
	return value
}

// scanChild finds one member or item of a value that is known to be valid.
func scanChild(parent jsonValue, token string) jsonValue {
	found := jsonValue{kind: jsonMissing}
	index := -1
	if parent.kind == jsonArray {
		if index = arrayIndex(token); index < 0 || index >= parent.count {
			return found
		}
	}
	for w := walk(parent); w.next(); {
		if index < 0 && sameName(w.name, token) || w.index == index {
			found = w.value
		}
	}
	return found
}

// tokenName decodes a pointer's token, and nameToken encodes one.
var (
	tokenName = strings.NewReplacer("~1", "/", "~0", "~")
	nameToken = strings.NewReplacer("~", "~0", "/", "~1")
)

// arrayIndex reads a pointer's array index; it returns -1 for anything else.
func arrayIndex(token string) int {
	if token == "" || len(token) > 9 || len(token) > 1 && token[0] == '0' {
		return -1
	}
	n := 0
	for i := range len(token) {
		if token[i] < '0' || token[i] > '9' {
			return -1
		}
		n = n*10 + int(token[i]-'0')
	}
	return n
}

// walker iterates over the members or items of a valid value.
type walker struct {
	data  []byte
	at    int
	kind  jsonKind
	index int       // of an array's item; -2 for an object
	name  []byte    // of a member, between its quotes, with its escapes
	value jsonValue // the value of the member or item
}

// walk starts before the first member or item. For a value without any, next returns false at once.
func walk(v jsonValue) walker {
	w := walker{data: v.raw, at: 1, kind: v.kind, index: -1}
	if v.kind != jsonArray && v.kind != jsonObject {
		w.at = len(v.raw)
	}
	if v.kind == jsonObject {
		w.index = -2
	}
	return w
}

func (w *walker) next() bool {
	i := skipSpace(w.data, w.at)
	if i < len(w.data) && w.data[i] == ',' {
		i = skipSpace(w.data, i+1)
	}
	if i >= len(w.data)-1 { // the closing bracket
		return false
	}
	if w.kind == jsonObject {
		end := scanString(w.data, i)
		w.name = w.data[i+1 : end-1]
		i = skipSpace(w.data, skipSpace(w.data, end)+1)
	} else {
		w.index++
	}
	w.value, w.at = scanValue(w.data, i, jsonDepth)
	return w.at > 0
}

// sameName compares a member's name, with its escapes, with a pointer's token, with its own.
func sameName(name []byte, token string) bool {
	t := 0
	for i := 0; i < len(name); {
		var char [utf8.UTFMax]byte
		var size int
		if name[i] != '\\' {
			char[0], size = name[i], 1
			i++
		} else {
			var r rune
			r, i = scanEscape(name, i)
			size = utf8.EncodeRune(char[:], r)
		}
		for _, c := range char[:size] {
			if t >= len(token) {
				return false
			}
			want := token[t]
			t++
			if want == '~' && t < len(token) && (token[t] == '0' || token[t] == '1') {
				if want = '~'; token[t] == '1' {
					want = '/'
				}
				t++
			}
			if c != want {
				return false
			}
		}
	}
	return t == len(token)
}

// scanEscape reads the escape at i of a valid string. A surrogate without its partner is U+FFFD, as
// for encoding/json.
func scanEscape(s []byte, i int) (rune, int) {
	switch c := s[i+1]; c {
	case 'b':
		return '\b', i + 2
	case 'f':
		return '\f', i + 2
	case 'n':
		return '\n', i + 2
	case 'r':
		return '\r', i + 2
	case 't':
		return '\t', i + 2
	case 'u':
		r := scanHex(s, i+2)
		i += 6
		if !utf16.IsSurrogate(r) {
			return r, i
		}
		if i+5 < len(s) && s[i] == '\\' && s[i+1] == 'u' {
			if pair := utf16.DecodeRune(r, scanHex(s, i+2)); pair != utf8.RuneError {
				return pair, i + 6
			}
		}
		return utf8.RuneError, i
	default:
		return rune(c), i + 2
	}
}

// scanHex reads four hexadecimal digits; it returns -1 for anything else.
func scanHex(s []byte, i int) rune {
	if i+4 > len(s) {
		return -1
	}
	var r rune
	for _, c := range s[i : i+4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}

// decodeString returns the text of a valid JSON string with its quotes.
func decodeString(raw []byte) string {
	return decodeName(raw[1 : len(raw)-1])
}

// decodeName returns the text of a valid JSON string without its quotes.
func decodeName(s []byte) string {
	for i, c := range s {
		if c != '\\' {
			continue
		}
		out := append(make([]byte, 0, len(s)), s[:i]...)
		for i < len(s) {
			if s[i] != '\\' {
				out = append(out, s[i])
				i++
				continue
			}
			var r rune
			r, i = scanEscape(s, i)
			out = utf8.AppendRune(out, r)
		}
		return string(out)
	}
	return string(s)
}
