package rest

import "unicode/utf8"

// The functions of this file follow JSON's grammar over bytes. Each starts at an offset and returns
// the offset after the text that it read, or -1 if it is not JSON.

func skipSpace(s []byte, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\n' || s[i] == '\t' || s[i] == '\r') {
		i++
	}
	return i
}

func scanValue(s []byte, i, depth int) (jsonValue, int) {
	if i < 0 || i >= len(s) || depth == 0 {
		return jsonValue{}, -1
	}
	kind, end, count := jsonNumber, -1, 0
	switch s[i] {
	case '{':
		kind = jsonObject
		count, end = scanList(s, i+1, '}', depth)
	case '[':
		kind = jsonArray
		count, end = scanList(s, i+1, ']', depth)
	case '"':
		kind = jsonString
		end = scanString(s, i)
	case 't':
		kind = jsonBool
		end = scanWord(s, i, "true")
	case 'f':
		kind = jsonBool
		end = scanWord(s, i, "false")
	case 'n':
		kind = jsonNull
		end = scanWord(s, i, "null")
	default:
		end = scanNumber(s, i)
	}
	if end < 0 {
		return jsonValue{}, -1
	}
	return jsonValue{kind: kind, count: count, raw: s[i:end:end]}, end
}

// scanList reads the members of an object or the items of an array, behind the opening bracket.
func scanList(s []byte, i int, closing byte, depth int) (count, end int) {
	i = skipSpace(s, i)
	if i < len(s) && s[i] == closing {
		return 0, i + 1
	}
	for {
		if closing == '}' {
			if i = scanString(s, i); i < 0 {
				return 0, -1
			}
			if i = skipSpace(s, i); i >= len(s) || s[i] != ':' {
				return 0, -1
			}
			i = skipSpace(s, i+1)
		}
		if _, i = scanValue(s, i, depth-1); i < 0 {
			return 0, -1
		}
		count++
		if i = skipSpace(s, i); i >= len(s) {
			return 0, -1
		}
		if s[i] == closing {
			return count, i + 1
		}
		if s[i] != ',' {
			return 0, -1
		}
		i = skipSpace(s, i+1)
	}
}

// scanString reads a string. Bytes that are not UTF-8 are refused: two readers could repair them
// differently.
func scanString(s []byte, i int) int {
	if i >= len(s) || s[i] != '"' {
		return -1
	}
	for i++; ; {
		if i = plainEnd(s, i, false); i >= len(s) {
			return -1
		}
		switch c := s[i]; {
		case c == '"':
			return i + 1
		case c < ' ':
			return -1
		case c == '\\':
			if i++; i >= len(s) {
				return -1
			}
			switch s[i] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
				i++
			case 'u':
				if scanHex(s, i+1) < 0 {
					return -1
				}
				i += 5
			default:
				return -1
			}
		default:
			r, size := utf8.DecodeRune(s[i:])
			if r == utf8.RuneError && size == 1 {
				return -1
			}
			i += size
		}
	}
}

func scanNumber(s []byte, i int) int {
	if i < len(s) && s[i] == '-' {
		i++
	}
	switch {
	case i >= len(s):
		return -1
	case s[i] == '0':
		i++
	default:
		if i = scanDigits(s, i); i < 0 {
			return -1
		}
	}
	if i < len(s) && s[i] == '.' {
		if i = scanDigits(s, i+1); i < 0 {
			return -1
		}
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		if i++; i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		return scanDigits(s, i)
	}
	return i
}

func scanDigits(s []byte, i int) int {
	begin := i
	for i < len(s) && '0' <= s[i] && s[i] <= '9' {
		i++
	}
	if i == begin {
		return -1
	}
	return i
}

func scanWord(s []byte, i int, word string) int {
	if len(s)-i < len(word) || string(s[i:i+len(word)]) != word {
		return -1
	}
	return i + len(word)
}
