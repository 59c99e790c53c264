package rest

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// An APIError is an answer that is not a success. A client returns the one that it received; a
// handler of a server returns the one to send.
type APIError struct {
	StatusCode int
	Code       string        // the API's own code, if its spec says where to find it
	Message    string        // for people
	Limits     []string      // names of the limits that were exceeded
	RetryAfter time.Duration // 0 if the answer has none
	Header     http.Header
	Body       []byte // as on the wire; a server that is given one sends it unchanged

	bodies []ErrorBody // that the spec names for the operation
}

// Error returns the status and the API's message on one line.
func (e *APIError) Error() string {
	text := strconv.Itoa(e.StatusCode)
	if name := http.StatusText(e.StatusCode); name != "" {
		text += " " + name
	}
	if e.Code != "" {
		text += ": " + line(e.Code)
	}
	if e.Message != "" {
		text += ": " + line(e.Message)
	}
	if len(e.Limits) > 0 {
		text += " (limits: " + line(strings.Join(e.Limits, ", ")) + ")"
	}
	return text
}

const longestLine = 1000 // bytes

// line makes foreign text safe for a log: one line, without terminal control characters.
func line(text string) string {
	if len(text) > longestLine {
		text = strings.ToValidUTF8(text[:longestLine], "") + "…"
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, text)
}

// A File is one file of a multipart form.
type File struct {
	Name        string // the field's name, if a client leaves it empty
	ContentType string
	Size        int64 // -1 if it is unknown
	Content     io.Reader
}

// A Stream is a body that is not read into memory. The receiver closes its Body.
type Stream struct {
	ContentType string
	Length      int64 // -1 if it is unknown
	Header      http.Header
	Body        io.ReadCloser
}
