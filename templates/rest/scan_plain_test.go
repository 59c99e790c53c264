package rest

import (
	"strings"
	"testing"
)

func TestPlainEnd(t *testing.T) {
	for c := range 256 {
		for at := range 20 {
			for size := at + 1; size < 24; size++ {
				text := strings.Repeat("~", at) + string([]byte{byte(c)}) + strings.Repeat("~", size-at-1)
				for _, html := range []bool{false, true} {
					want := size
					if c < ' ' || c == '"' || c == '\\' || c >= 0x80 || html && strings.ContainsRune("<>&", rune(c)) {
						want = at
					}
					if got := plainEnd(text, 0, html); got != want {
						t.Fatalf("%q, %v: %d, want %d", text, html, got, want)
					}
					if got := plainEnd([]byte(text), min(at, 3), html); got != want {
						t.Fatalf("%q from %d, %v: %d, want %d", text, min(at, 3), html, got, want)
					}
				}
			}
		}
	}
}
