package golang

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// TestQuoted holds that a text is read back as it was, and that its literal hides nothing.
func TestQuoted(t *testing.T) {
	for text, want := range map[string]string{
		"plain":             `"plain"`,
		`"json"`:            "`\"json\"`",
		`^\d+$`:             "`^\\d+$`",
		"back`\"quote":      "\"back`\\\"quote\"",
		"\"line\nbreak":     `"\"line\nbreak"`,
		"\"tab\t":           `"\"tab\t"`,
		"\"turned \u202e":   `"\"turned \u202e"`,
		"\"invalid \xff":    `"\"invalid \xff"`,
		"\"marked \ufeff":   `"\"marked \ufeff"`,
		"\"no break\u00a0.": `"\"no break\u00a0."`,
	} {
		got := fmt.Sprintf("%#v", quoted(text))
		if back, err := strconv.Unquote(got); err != nil || back != text || got != want {
			t.Errorf("%q became %s, which is %q; want %s", text, got, back, want)
		}
		if strings.ContainsFunc(got, func(r rune) bool { return !strconv.IsPrint(r) }) {
			t.Errorf("%q hides something in %q", text, got)
		}
	}
}
