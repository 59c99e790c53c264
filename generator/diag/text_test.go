package diag_test

import (
	"testing"

	"github.com/limitgen/limitgen/generator/diag"
)

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"plain":           "plain",
		"a\nb\r\n\tc":     "a b   c",
		"a\u2028b\u00a0c": "a b c",
		"消息\u3000é":       "消息 é",
		"a\u202eb\x00c":   "a?b?c",
		"\x1b[31m\x7f":    "?[31m?",
		"a\xffb\u200bc":   "a?b?c",
		"👍🏽 ❤\ufe0f":      "👍🏽 ❤\ufe0f",
	} {
		if got := diag.Printable(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := diag.Visible("a\u202eb", -1); got != "ab" {
		t.Errorf("dropped: %q", got)
	}
	if got := diag.Line(" a\u202eb\n\n c "); got != "a b c" {
		t.Errorf("one line: %q", got)
	}
}
