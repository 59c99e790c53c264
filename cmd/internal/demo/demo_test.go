package main

import (
	"strings"
	"testing"
	"time"
)

func TestDemo(t *testing.T) {
	var out, errs strings.Builder
	if code := run([]string{"-batches", "2", "-size", "40", "-pause", "1ms"}, &out, &errs); code != 0 {
		t.Fatalf("exit code %d\n%s%s", code, &out, &errs)
	}
	for _, want := range []string{"80 registrations in 2 batches, within 100 a second:", "token bucket     80 /   80 ", "limitgen         80 /   80        0 "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
	if strings.Contains(out.String(), "\x1b") {
		t.Errorf("a pipe gets commands for a terminal:\n%s", &out)
	}
}

func TestBucket(t *testing.T) {
	now := time.Now()
	b := bucket{size: 2, tokens: 2, perSecond: 10, last: now}
	for i, want := range []time.Duration{0, 0, 100 * time.Millisecond, 200 * time.Millisecond} {
		if got := b.take(now); got.Round(time.Millisecond) != want {
			t.Errorf("take %d: %v, want %v", i, got, want)
		}
	}
}
