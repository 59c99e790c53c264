package rest

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// An APIError is an answer that is not a success. A client returns it for what came back;
// a handler of a server returns it for what shall be answered.
type APIError struct {
	StatusCode int
	Code       string        // the API's own code, where its spec says where that stands
	Message    string        // for people
	Limits     []string      // names of the limits that were exceeded
	RetryAfter time.Duration // 0 when nothing was said
	Header     http.Header
	Body       []byte // as on the wire; a server that is given one sends it unchanged

	bodies []ErrorBody // that the spec names for the operation
}

// Error says the status and whatever the API said about it, on one line.
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

// line is a text from outside as a log can show it: nothing in it begins a line, or commands a
// terminal.
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
	Name        string // the form's own name for it, where a client leaves it empty
	ContentType string
	Size        int64 // -1 when it is unknown
	Content     io.Reader
}

// A Stream is a body that is not read into memory. The receiver closes its Body.
type Stream struct {
	ContentType string
	Length      int64 // -1 when it is unknown
	Header      http.Header
	Body        io.ReadCloser
}
