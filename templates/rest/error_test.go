package rest

import (
	"strings"
	"testing"
)

// What a server says of an error can be printed: on one line, and not too much of it.
func TestAPIErrorText(t *testing.T) {
	e := &APIError{StatusCode: 429, Code: "a\nb", Message: "太多 \x1b[2J\u2028\u0085!", Limits: []string{"each", "x\ny"}}
	if got, want := e.Error(), "429 Too Many Requests: a b: 太多  [2J  ! (limits: each, x y)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	e.Message = strings.Repeat("太", 20_000)
	if got := e.Error(); len(got) > longestLine+100 || !strings.Contains(got, "太…") {
		t.Errorf("%d bytes: %q", len(got), got)
	}
}
