package rest

import (
	"math/bits"
	"unicode/utf8"
)

// plainEnd returns the offset of the first byte from i that is not plain in a JSON string: a quote,
// a backslash, a control character, a byte outside ASCII, and with html also <, > and &. It reads
// eight bytes at a time.
func plainEnd[T string | []byte](s T, i int, html bool) int {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(s); i += 8 {
		x := uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
			uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
		quote, slash := x^('"'*ones), x^('\\'*ones)
		odd := x | (x-' '*ones)&^x | (quote-ones)&^quote | (slash-ones)&^slash
		if html {
			less, more, and := x^('<'*ones), x^('>'*ones), x^('&'*ones)
			odd |= (less-ones)&^less | (more-ones)&^more | (and-ones)&^and
		}
		if odd &= high; odd != 0 { // borrows reach only bytes behind the first
			return i + bits.TrailingZeros64(odd)/8
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf || html && (c == '<' || c == '>' || c == '&') {
			break
		}
	}
	return i
}
