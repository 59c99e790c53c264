package compat

import (
	"fmt"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator/manifest"
)

func TestTerms(t *testing.T) {
	base := manifest.LimitTerms{Quota: 100, Window: 1, Unit: "requests", Per: "app"}
	with := func(change func(l *manifest.LimitTerms)) manifest.LimitTerms {
		l := base
		change(&l)
		return l
	}
	old := manifest.Terms{
		Limits: map[string]manifest.LimitTerms{
			"same": base, "up": base, "down": base, "wider": base, "more-in-longer": base, "unit": base, "burst": base, "gone": base,
		},
		Plans: map[string]map[string]manifest.LimitTerms{
			"pro":  {"same": with(func(l *manifest.LimitTerms) { l.Quota = 300 }), "up": base},
			"gone": {"same": with(func(l *manifest.LimitTerms) { l.Quota = 300 })},
		},
		Uses: map[string]string{"a": "up: 1", "b": "up: 1", "c": "", "d": "up: 1", "e": "up: 1", "f": "up: 1", "was-there": "up: 1"},
	}
	is := manifest.Terms{
		Limits: map[string]manifest.LimitTerms{
			"same": base,
			"up":   with(func(l *manifest.LimitTerms) { l.Quota = 200 }),
			"down": with(func(l *manifest.LimitTerms) { l.Quota = 50 }),
			// The same quota in a longer window is less; what passes second by second passes in any
			// minute.
			"wider":          with(func(l *manifest.LimitTerms) { l.Window = 60 }),
			"more-in-longer": with(func(l *manifest.LimitTerms) { l.Quota, l.Window = 6000, 60 }),
			"unit":           with(func(l *manifest.LimitTerms) { l.Unit, l.Window = "concurrent-requests", 0 }),
			"burst":          with(func(l *manifest.LimitTerms) { l.Burst = 150 }),
			"new":            with(func(l *manifest.LimitTerms) { l.Per, l.UTC = "", true }),
		},
		Plans: map[string]map[string]manifest.LimitTerms{
			"pro":      {"same": with(func(l *manifest.LimitTerms) { l.Quota = 250 }), "up": base},
			"business": {"same": with(func(l *manifest.LimitTerms) { l.Quota = 400 })},
		},
		Uses: map[string]string{"a": "down: 1", "b": "down: 1", "c": "up: 2", "d": "down: 1", "e": "down: 1", "f": "", "is-new": "up: 1"},
	}
	want := fmt.Sprintf(`limit burst was 100 requests per second for each app, is 100 requests per second for each app, 150 at once: %[1]s
limit down was 100 requests per second for each app, is 50 requests per second for each app: %[2]s
limit gone is gone, was 100 requests per second for each app
limit more-in-longer was 100 requests per second for each app, is 6000 requests per minute for each app: %[1]s
limit new is new: 100 requests per second, by UTC
limit unit was 100 requests per second for each app, is 100 concurrent requests for each app: %[3]s
limit up was 100 requests per second for each app, is 200 requests per second for each app: %[1]s
limit wider was 100 requests per second for each app, is 100 requests per minute for each app: %[2]s
limit same of plan business was 100 requests per second for each app, is 400 requests per second for each app: %[1]s
limit same of plan gone was 300 requests per second for each app, is 100 requests per second for each app: %[2]s
limit same of plan pro was 300 requests per second for each app, is 250 requests per second for each app: %[2]s
operations a, b, d and 1 more was up: 1, is down: 1: %[3]s
operation c was unlimited, is up: 2: %[2]s
operation f was up: 1, is unlimited: %[1]s`, looser.means(), tighter.means(), other.means())
	var lines []string
	for _, c := range Terms(old, is) {
		lines = append(lines, c.String())
	}
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if c := Terms(is, is); len(c) != 0 {
		t.Error("terms differ from themselves:", c)
	}
	if c := Terms(manifest.Terms{}, is); len(c) != 0 {
		t.Error("a manifest that recorded none says something changed:", c)
	}
}
