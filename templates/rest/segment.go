package rest

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// rawPath returns the path as sent. url.URL.EscapedPath re-encodes a path with characters that
// should have been encoded, and so decodes encoded slashes and colons elsewhere in it.
func rawPath(u *url.URL) string {
	if u.RawPath == "" && plainPath(u.Path) {
		return u.Path
	}
	if u.RawPath != "" {
		if path, err := url.PathUnescape(u.RawPath); err == nil && path == u.Path { // otherwise a middleware changed it
			return u.RawPath
		}
	}
	return u.EscapedPath()
}

// plainPath reports whether a path needs no decoding: url.URL.EscapedPath does not change it.
func plainPath[T string | []byte](path T) bool {
	for i := range len(path) {
		if pathBytes[path[i]] == escaping {
			return false
		}
	}
	return true
}

// pathBytes says of each byte what it is in a path.
var pathBytes = func() (set [256]pathByte) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~$&+,:;=@") {
		set[c] = inSegment
	}
	set['/'] = separator
	return set
}()

type pathByte uint8

const (
	escaping  pathByte = iota // encoded, or to be encoded
	inSegment                 // stands for itself
	separator
)

// capturable reports whether a segment can be a parameter. An empty one cannot, nor "." and ".."
// however they are encoded: behind a handler they would name another resource.
func capturable(segment string) bool {
	dots := 0
	for i := 0; i < len(segment); {
		c, size := segmentByte(segment, i)
		if c != '.' {
			return true
		}
		i += size
		if dots++; dots > 2 {
			return true
		}
	}
	return false
}

// matchMixed matches a segment that has literal text and parameters, and appends the parameters'
// raw values. A parameter is not empty and takes as little as it can. Taking the first occurrence
// of the next text leaves the most room for the rest, so nothing is tried twice, however long the
// segment is.
func matchMixed(texts []string, segment string, values []string) ([]string, bool) {
	at, ok := matchText(texts[0], segment, 0)
	if !ok {
		return values, false
	}
	last := len(texts) - 1
	for _, text := range texts[1:last] {
		begin := at
		for ok = false; !ok; {
			if at >= len(segment) {
				return values, false
			}
			_, size := segmentByte(segment, at)
			at += size
			if end, found := matchText(text, segment, at); found {
				values, at, ok = append(values, segment[begin:at]), end, true
			}
		}
	}
	end, ok := matchEnd(texts[last], segment)
	if !ok || end <= at {
		return values, false
	}
	return append(values, segment[at:end]), true
}

// matchEnd matches literal text with the end of a percent-encoded segment, and returns the offset
// where it begins.
func matchEnd(text, segment string) (int, bool) {
	at := len(segment)
	for text != "" {
		want, n := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-n]
		if at == 0 {
			return 0, false
		}
		size := 1
		if at >= 3 {
			if _, n := segmentByte(segment[:at], at-3); n == 3 {
				size = 3
			}
		}
		if c, _ := segmentByte(segment[:at], at-size); c != want {
			return 0, false
		}
		at -= size
	}
	return at, true
}

// matchText matches literal text with the percent-encoded segment at an offset.
func matchText(text, segment string, at int) (int, bool) {
	for _, want := range text {
		if at >= len(segment) {
			return 0, false
		}
		c, size := segmentByte(segment, at)
		if c != want {
			return 0, false
		}
		at += size
	}
	return at, true
}

// encodedReserved is added to an encoded reserved character: by RFC 3986, %3A is data and differs
// from a colon, which may begin a verb.
const encodedReserved = 0x100

// segmentByte returns the decoded byte at an offset, and the length of its spelling. A percent sign
// without two digits is literal.
func segmentByte(segment string, at int) (rune, int) {
	c := segment[at]
	if c == '%' && at+2 < len(segment) {
		high, low := hexDigit(segment[at+1]), hexDigit(segment[at+2])
		if high < 16 && low < 16 {
			decoded := rune(high<<4 | low)
			if reserved(byte(decoded)) {
				decoded += encodedReserved
			}
			return decoded, 3
		}
	}
	return rune(c), 1
}

// reserved reports whether a character may have a special meaning in a URL, which encoding removes.
func reserved(c byte) bool { return strings.IndexByte(":/?#[]@!$&'()*+,;=", c) >= 0 }

// literalText returns the literal text of a template for comparison with requests: a character for
// each of its bytes.
func literalText(segment string) string {
	text := make([]byte, 0, len(segment))
	for i := 0; i < len(segment); {
		c, size := segmentByte(segment, i)
		text = utf8.AppendRune(text, c)
		i += size
	}
	return string(text)
}

// hexDigit returns a digit's value, or 255.
func hexDigit(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}
