package main

import (
	"fmt"
	"time"

	"github.com/limitgen/limitgen/generator/limit"
)

const dayUsage = "`DAY` whose quotas apply, if some are announced by from (default: today)"

// validDay checks the value of --on.
func validDay(text string) error {
	if _, ok := limit.ParseDay(text); !ok && text != "" {
		return fmt.Errorf("--on takes a day such as 2026-09-02, not %q", text)
	}
	return nil
}

// dayOf returns the time of --on, or now without one.
func dayOf(text string) time.Time {
	if day, ok := limit.ParseDay(text); ok {
		return day
	}
	return time.Now()
}
