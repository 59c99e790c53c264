package limit

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

func node(t testing.TB, text string) *yaml.Node {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil || len(doc.Content) == 0 {
		t.Fatal(text, err)
	}
	return doc.Content[0]
}

func TestEquivalents(t *testing.T) {
	for text, want := range map[string]string{
		"{limit: 10, period: 60}":                             "{quota: 10, window: 60s, per: [...]}",
		"{limit: '10', interval: '60'}":                       "{quota: 10, window: 60s, per: [...]}",
		"{max: 100, window: 60000}":                           "{quota: 100, window: 60s, per: [...]}",
		"{max: 10, window: 60}":                               "{quota: 10, window: 60s, per: [...]}",
		"{max: 100, windowMs: 60000}":                         "{quota: 100, window: 1m, per: [...]}",
		"{max: 100, windowMs: 900000}":                        "{quota: 100, window: 900s, per: [...]}",
		"{max: 5, windowMs: 500}":                             "window: ...",
		"{limit: 100, window: 3600}":                          "{quota: 100, window: 3600s, per: [...]}",
		"{limit: 100, window: 86400}":                         "{quota: 100, window: 86400s, per: [...]}",
		"{requests: 3, period: 60, key: ip}":                  "{quota: 3, window: 60s, per: [client-ip]}",
		"{requests: 3, period: 60, key: [ip, route]}":         "per: [client-ip, operation]}",
		"{requests: 3, per: minute, by: user}":                "{quota: 3, window: 1m, per: [identity]}",
		"{requests: 3, per: minute, by: device}":              `by: "device" is a key to define`,
		"{requests: 3, per: [ip], window: 1m}":                "{quota: 3, window: 1m, per: [client-ip]}",
		"{enabled: true, events: 100, window: 1m}":            "Redocly's rate limit; define {quota: 100, window: 1m, per: [...]}",
		"{enabled: false, events: 100, window: 1m}":           "enabled: false is use: {}",
		"{second: 5, minute: 100, policy: local}":             "{quota: 5, window: 1s, per: [...]} and {quota: 100, window: 1m, per: [...]}",
		"{requests_per_unit: 10, unit: minute}":               "{quota: 10, window: 1m, per: [...]}",
		"{calls: 20, renewal-period: 90, counter-key: abc}":   "{quota: 20, window: 90s",
		"{rate: 10, burst: 20}":                               "{quota: 10, window: 1s, burst: 20, per: [...]}",
		"{average: 100, burst: 50, period: 1m}":               "{quota: 100, window: 1m, burst: 50, per: [...]}",
		"{rateLimit: 100, burstLimit: 200}":                   "{quota: 100, window: 1s, burst: 200, per: [...]}",
		"{count: 2, time_window: 60, key: remote_addr}":       "{quota: 2, window: 60s, per: [client-ip]}",
		"{points: 6, duration: 1}":                            "{quota: 6, window: 1s, per: [...]}",
		"{max: 3, timeWindow: 1 minute}":                      "{quota: 3, window: 1m, per: [...]}",
		"{limit: 10, ttl: 60000}":                             "{quota: 10, window: 60s, per: [...]}",
		"{rps: 10}":                                           "{quota: 10, window: 1s, per: [...]}",
		"{requests_per_minute: 60}":                           "{quota: 60, window: 1m, per: [...]}",
		"{limit: 10}":                                         "the window is left open",
		"{limit: 1_000, window: PT1M}":                        "{quota: 1000, window: 1m, per: [...]}",
		"{limit: 10, window: PT1H30M}":                        "{quota: 10, window: 5400s, per: [...]}",
		"{limit: 10, window: 1h30m}":                          "a window is whole seconds",
		"{limit: many, window: 1h}":                           `a quota must be an integer, not "many"`,
		"{rate: 10r/s, zone: one}":                            "{quota: 10, window: 1s, per: [...]}",
		"{limit: 100, window: 15, unit: minutes}":             "{quota: 100, window: 15m, per: [...]}",
		"{limit: 100, windowMinutes: 15}":                     "{quota: 100, window: 15m, per: [...]}",
		"120/min":                                             "{quota: 120, window: 1m, per: [...]}",
		"10 per minute":                                       "{quota: 10, window: 1m, per: [...]}",
		"100 requests per 15 minutes":                         "{quota: 100, window: 15m, per: [...]}",
		"5-M":                                                 "{quota: 5, window: 1m, per: [...]}",
		"1,000 req/h":                                         "{quota: 1000, window: 1h, per: [...]}",
		"5/week":                                              "{quota: 5, window: 604800s, per: [...]}",
		"120":                                                 "{quota: 120, window: ..., per: [...]}",
		"[login, each]":                                       "{use: {login: 1, each: 1}}",
		"[{limit: 10, window: 1m}, {limit: 100, window: 1h}]": "{quota: 10, window: 1m, per: [...]} and {quota: 100, window: 1h, per: [...]}",
		"[10/s, 100/min]":                                     "{quota: 10, window: 1s, per: [...]} and {quota: 100, window: 1m, per: [...]}",
		"{quota: 10, window: 1m, per: [client-ip]}":           "a limit is defined once and used by its name; define {quota: 10, window: 1m, per: [client-ip]}",
		"{use: {a: 1}}":                                       "", "login": "", "{a: 1}": "", "{}": "", "[]": "", "true": "", "my limit": "", "10 bananas": "",
	} {
		got := Equivalent(node(t, text))
		if (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s:\n%q, want %q", text, got, want)
		}
	}
}

// TestShownWindowsAreRead holds that what is shown as an equivalent is what this extension reads.
func TestShownWindowsAreRead(t *testing.T) {
	p := &parser{}
	for _, text := range []string{"60", "60000ms", "1 hour", "P1D", "week", "900 s", "00010s", "1000d", "PT90S"} {
		shown := windowOf(text, "")
		if shown == "" {
			t.Errorf("%s: no window", text)
			continue
		}
		if p.window(node(t, shown)); len(p.diags) > 0 {
			t.Errorf("%s: %s is refused: %v", text, shown, p.diags)
		}
	}
	for _, text := range []string{"500ms", "1001d", "0s", "-1s", "", "1x", "fortnight", "99999999999999999999s", "PT", "P", "1.5h"} {
		if shown := windowOf(text, ""); shown != "" {
			t.Errorf("%s: %s", text, shown)
		}
	}
}

func TestUnknownWordsAreToldWhatIsMeant(t *testing.T) {
	for text, want := range map[string]string{
		"{version: 1, limits: {a: {quota: 1, windw: 1s, per: []}}}":                             "window is meant",
		"{version: 1, limits: {a: {quota: 1, period: 1s, per: []}}}":                            "here that is window",
		"{version: 1, limits: {a: {Quota: 1, window: 1s, per: []}}}":                            "quota",
		"{version: 1, limit: {a: {quota: 1, window: 1s, per: []}}}":                             "limits is meant",
		"{version: 1, limits: {}, client_ip: {ipv6: 64}}":                                       "client-ip is meant",
		"{version: 1, limits: {}, defaults: {a: 1}}":                                            "default is meant",
		"{version: 1, limits: {}, default: [a, b]}":                                             "{a: 1, b: 1}",
		"{version: 1, limits: {}, default: a}":                                                  "{a: 1}",
		"{version: 1, limits: {a: {quota: 1, window: 1s, per: ip}}}":                            "write [client-ip]",
		"{version: 1, limits: {a: {quota: 1, window: 1s, per: app}}}":                           "write [app]",
		"{version: 1, limits: {a: {limit: 10, period: 60}}}":                                    "here it is {quota: 10, window: 60s",
		"{version: 1, limits: {a: 10/min}}":                                                     "here it is {quota: 10, window: 1m",
		"{limit: 10, period: 60}":                                                               "here it is {version: 1, limits: {NAME: {quota: 10, window: 60s, per: [...]}}, default: {NAME: 1}}",
		"[{limit: 10, period: 60}]":                                                             "{quota: 10, window: 60s",
		"100/s":                                                                                 "{quota: 100, window: 1s",
		"{version: 1, limits: {a: {quota: 1, window: 1s, per: []}}, default: {a: {values: x}}}": "value is meant",
	} {
		_, diags := ParseTable("f", node(t, text))
		if !diags.HasErrors() || !strings.Contains(diags[0].Message, want) || diags[0].Pos.Line != 1 {
			t.Errorf("%s:\n%v, want %q", text, diags, want)
		}
	}
}

func TestAlignedWindowsDivideADay(t *testing.T) {
	for window, ok := range map[string]bool{"1s": true, "45s": true, "480m": true, "6h": true, "1d": true, "24h": true, "36h": false, "2d": false, "30d": false, "7s": false, "5h": false} {
		for _, reset := range []string{"utc", "rolling"} {
			_, diags := ParseTable("f", node(t, "{version: 1, limits: {a: {quota: 1, reset: "+reset+
				", window: "+window+", per: []}}}"))
			if diags.HasErrors() == (ok || reset == "rolling") || len(diags) > 0 && diags[0].Pos.Col < 40 {
				t.Errorf("%s %s: %v", window, reset, diags)
			}
		}
	}
}

func FuzzEquivalent(f *testing.F) {
	for _, text := range []string{"{limit: 10, period: 60}", "[a, 1/s]", "{per: {a: b}, max: 1}", "{limit: [1], window: {}}", "{key: [*a], max: &a 1}"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var doc yaml.Node
		if yaml.Unmarshal([]byte(text), &doc) != nil || len(doc.Content) == 0 {
			return
		}
		ParseTable("f", doc.Content[0])
		ParseRule("f", doc.Content[0])
		EquivalentTable(doc.Content[0])
	})
}
