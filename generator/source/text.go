package source

import (
	"bytes"
	"unicode/utf8"

	"github.com/limitgen/limitgen/generator/diag"
)

const ruleEncoding = "encoding"

// plainText drops a UTF-8 byte order mark. Text in another encoding is an error at its first place,
// since a reader that guesses changes names in silence.
func plainText(file string, data []byte) ([]byte, diag.List) {
	var diags diag.List
	start := diag.Position{File: file, Line: 1, Col: 1}
	for _, mark := range []struct{ name, bytes string }{
		{"UTF-32", "\xff\xfe\x00\x00"}, {"UTF-32", "\x00\x00\xfe\xff"}, {"UTF-16", "\xff\xfe"},
		{"UTF-16", "\xfe\xff"},
	} {
		if bytes.HasPrefix(data, []byte(mark.bytes)) {
			diags.Errorf(start, ruleEncoding, "the file is %s; save it as UTF-8", mark.name)
			return nil, diags
		}
	}
	text := bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if len(text) > 1 && (text[0] == 0 || text[1] == 0) {
		diags.Errorf(start, ruleEncoding, "the file is UTF-16 or UTF-32 without a byte order mark; save it as UTF-8")
		return nil, diags
	}
	if utf8.Valid(text) && !bytes.ContainsFunc(text, forbidden) {
		return text, nil
	}
	at := newCursor(file, text)
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			diags.Errorf(at.position(i), ruleEncoding, "byte 0x%02x is not UTF-8; save the file as UTF-8",
				text[i])
			return nil, diags
		case forbidden(r):
			diags.Errorf(at.position(i), ruleEncoding,
				"a file cannot contain the control character U+%04X; write it as an escape", r)
			return nil, diags
		}
		i += size
	}
	return text, nil
}

// forbidden reports the control characters that neither JSON nor YAML allows as they are.
func forbidden(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r'
}

// cursor turns offsets that only grow into lines and columns. Columns count characters.
type cursor struct {
	file      string
	text      []byte
	offset    int
	line, col int
}

func newCursor(file string, text []byte) *cursor {
	return &cursor{file: file, text: text, line: 1, col: 1}
}

func (c *cursor) position(offset int) diag.Position {
	for c.offset < min(offset, len(c.text)) {
		r, size := utf8.DecodeRune(c.text[c.offset:])
		c.offset += size
		switch {
		case r == '\n', r == '\r' && (c.offset == len(c.text) || c.text[c.offset] != '\n'):
			c.line++
			c.col = 1
		case r != '\r':
			c.col++
		}
	}
	return diag.Position{File: c.file, Line: c.line, Col: c.col}
}
