package ratelimit

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestUsageYielded(t *testing.T) {
	p := NewPacer(PacerOptions{Adaptive: true})
	limit := &Limit{Name: "each", Quota: 100, Window: time.Minute, Unit: "requests"}
	if _, err := p.TryAcquire([]Charge{{Limit: limit, Cost: 1}}); err != nil {
		t.Fatal(err)
	}
	if u := p.Usage()[0]; u.Yielded != 0 || u.Quota != 100 {
		t.Errorf("before: %+v", u)
	}
	p.Exceeded(&Limit{Name: "each"}, "")
	if u := p.Usage()[0]; u.Yielded < 15 || u.Yielded > 20 || u.Quota != 100 {
		t.Errorf("after: %+v", u)
	}
}

func TestUsageValues(t *testing.T) {
	for _, want := range [][]string{nil, {""}, {"org", "app"}, {"3:", "ü"}, {"", "1:1:"}} {
		var key []byte
		for _, v := range want {
			key = AppendKey(key, v)
		}
		if got := (Usage{Key: string(key)}).Values(); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for _, key := range []string{"another", "9:x", "-1:", "3", ":"} {
		if got := (Usage{Key: key}).Values(); !slices.Equal(got, []string{key}) {
			t.Errorf("%q: got %q", key, got)
		}
	}
}

// Texts are fit to be shown, and no two of different values are alike.
func TestUsageTexts(t *testing.T) {
	text := func(value string) string {
		texts := Usage{Key: string(AppendKey(nil, value))}.Texts()
		if len(texts) != 1 {
			t.Fatalf("%.40q: %q", value, texts)
		}
		return texts[0]
	}
	for _, value := range []string{"", "org/1", "ü\n\"\\", strings.Repeat("x", longestText)} {
		if got := text(value); got != value {
			t.Errorf("got %q, want %q", got, value)
		}
	}
	seen := make(map[string]string)
	long := strings.Repeat("ü", 1<<19)
	values := []string{"\xff", "\xfe", "\uFFFD", long, long + "x", "x" + long, strings.Repeat("x", longestText+1)}
	for _, value := range slices.Clone(values) {
		values = append(values, text(value)) // what a caller that has seen it may send
	}
	for _, value := range values {
		got := text(value)
		if before, ok := seen[got]; ok && before != value || !utf8.ValidString(got) || len(got) > 3*longestText {
			t.Errorf("%.40q and %.40q are %q", value, before, got)
		}
		seen[got] = value
	}
}
