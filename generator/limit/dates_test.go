package limit

import (
	"testing"
	"time"
)

func TestOnADayTheFiguresAnnouncedUpToItHold(t *testing.T) {
	table, diags := ParseTable("f", node(t, `{version: 1, limits: {a: {quota: 100, burst: 200, window: 1s, per: [], from: {
		2026-10-02: {burst: 7}, "2026-09-02": {quota: 20}, "2026-09-02T08:00:00+08:00": {quota: 3}, "2026-12-31T23:00:00-02:00": {quota: 9, burst: 9}}}}}`))
	if len(diags) != 1 || diags[0].Rule != RuleSchema {
		t.Fatal(diags) // one time twice, by two zones
	}
	l := table.Limits[0]
	for day, want := range map[string][2]int64{
		"2020-01-01": {100, 200}, "2026-09-01T23:59:59Z": {100, 200}, "2026-09-02": {20, 200}, "2026-10-01": {20, 200}, "2026-10-02": {20, 7},
		"2027-01-01": {20, 7}, "2027-01-01T00:59:59Z": {20, 7}, "2027-01-01T01:00:00Z": {9, 9}, "2100-01-01": {9, 9},
	} {
		at, ok := ParseDay(day)
		if !ok {
			t.Fatal(day)
		}
		if a := l.On(at); [2]int64{a.Quota, a.Burst} != want {
			t.Errorf("on %s: %d, %d, want %v", day, a.Quota, a.Burst, want)
		}
	}
	if a := l.On(time.Time{}); a.Quota != 100 {
		t.Errorf("before all days: %d", a.Quota)
	}
	var days []string
	for s := l.Next(time.Time{}); s != nil; s = l.Next(s.At) {
		days = append(days, s.Text)
	}
	if len(days) != 3 || days[0] != "2026-09-02" || days[2] != "2026-12-31T23:00:00-02:00" {
		t.Error(days)
	}
}
