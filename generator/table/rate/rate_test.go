package rate_test

import (
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator/table/rate"
)

func show(rates []rate.Rate) string {
	var out []string
	for _, r := range rates {
		text := r.String()
		if r.Label != "" {
			text = r.Label + ": " + text
		}
		out = append(out, text)
	}
	return strings.Join(out, "; ")
}

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"100 次/秒/App Key": "100 requests per second per App Key",
		"6000 条/分钟":       "6000 messages per minute",
		"5 次/分钟/单用户 ID，100 次/秒/App Key": "5 requests per minute per 单用户 ID; 100 requests per second per App Key",
		"100/second":                                     "100 requests per second",
		"10 requests per minute per user":                "10 requests per minute per user",
		"Tier 3: 50+ per minute":                         "Tier 3: 50+ requests per minute",
		"１００次／秒":                                         "100 requests per second",
		"每秒最多 100 次":                                     "100 requests per second",
		"每用户每 10 秒 5 次":                                  "5 requests per 10 seconds per 用户",
		"100 QPS":                                        "100 requests per second",
		"QPS: 20":                                        "20 requests per second",
		"1,000 requests per 10 minutes":                  "1000 requests per 10 minutes",
		"10k calls/day":                                  "10000 requests per day",
		"1 万次/天":                                         "10000 requests per day",
		"Up to 20 requests per second (burst 40)":        "20 requests per second (burst 40)",
		"0.5 requests per second":                        "1 requests per 2 seconds",
		"0.0167 requests per second":                     "1 requests per minute",
		"0.0167 requests/s, burst 20":                    "0.0167 requests per second (burst 20)",
		"2.50 per second (burst 5)":                      "2.5 requests per second (burst 5)",
		"2.0 per second (burst 5)":                       "2 requests per second (burst 5)",
		"0.5 per minute (burst 5)":                       "1 requests per 2 minutes (burst 5)",
		"0.0000167 per second (burst 5)":                 "1 requests per 59583 seconds (burst 5)",
		"100 concurrent requests":                        "100 concurrent requests",
		"50 exports per day per account":                 "50 exports per day per account",
		"Unlimited":                                      "unlimited",
		"不限":                                             "unlimited",
		"60 requests/minute/IP and 1000 per day":         "60 requests per minute per IP; 1000 requests per day",
		"60 requests per minute per user and app":        "60 requests per minute per user per app",
		"100 req/s, 5000 req/h":                          "100 requests per second; 5000 requests per hour",
		"10 requests in any 5-second window":             "10 requests per 5 seconds",
		"100 requests per minute (default)":              "100 requests per minute",
		"100/min per user, burst 200; 5/s":               "100 requests per minute per user (burst 200); 5 requests per second",
		"one request per second":                         "1 requests per second",
		"5 million requests per day":                     "5000000 requests per day",
		"0.5 million per day":                            "500000 requests per day",
		"two thousand messages an hour":                  "2000 messages per hour",
		"3百万次/天":                                         "3000000 requests per day",
		"2 亿次/天":                                         "200000000 requests per day",
		"1.000.000 per day":                              "1000000 requests per day",
		"2 dozen per day":                                "24 requests per day",
		"0.125 per second":                               "1 requests per 8 seconds",
		"100 requests per minute. 5000 requests per day": "100 requests per minute; 5000 requests per day",
	} {
		rates, err := rate.Parse(text, rate.Form{})
		if got := show(rates); err != nil || got != want {
			t.Errorf("%q is %q (%v), want %q", text, got, err, want)
		}
	}
}

func TestWhatIsNotUnderstoodIsAnError(t *testing.T) {
	for _, text := range []string{
		"", "-", "n/a", "100", "requests per second", "100 次", "100 次/月", "100 次/秒 or more", "100-200 per second", "0 次/秒",
		"100 次/秒/", "100 200/s", "5 per 100 ms", "99999999999999999999/s", "100/s (see below)", "contact us", "100/s per", "100 次/秒(",
		"100 次秒", "5 per 2000 days",
		"2.000 requests per hour", "12.500 per day", "1.500 million per day", "1e3 per second", "5G per day", "10² per second", "10% per day",
		"5,000 billion per day", "99999999999 billion per day",
		"-5 per second", "–5 per second", "−5 次/秒", "limit: -5/s", "100/s, burst -5", "5 per -1 second", "10-20 per second", "10 -20 per second",
	} {
		if rates, err := rate.Parse(text, rate.Form{}); err == nil {
			t.Errorf("%q is read as %s", text, show(rates))
		}
	}
}

func TestFind(t *testing.T) {
	for text, want := range map[string]string{
		"除有特殊说明外,API 调用频率限制默认为 100 次/秒,具体以下表为准。":                      "100 requests per second",
		"以上两个接口一共最高调用频率(默认值) 100 次/秒/App Key。":                        "100 requests per second per App Key",
		"以上三个接口共限制,接口最高调用频率(默认值)100 次/秒/App Key。":                     "100 requests per second per App Key",
		"These two share a limit of 20 requests per minute per user.": "20 requests per minute per user",
		"更新时间:2022-08-04":                                        "",
		"In version 3 of the API, each of 5 tables has a limit.": "",
	} {
		var rates []rate.Rate
		for _, f := range rate.Find(text) {
			rates = append(rates, f.Rate)
		}
		if got := show(rates); got != want {
			t.Errorf("%q has %q, want %q", text, got, want)
		}
	}
}

func TestNegative(t *testing.T) {
	for text, want := range map[string]bool{
		"at most -5 requests": true, "限制为-5次/秒": true, "−5/s": true, "100/s, burst -5": true, "-5 QPS": true,
		"10-20 per second": false, "10 requests -20 requests": false, "10次-20次/秒": false, "2022-08-04 per": false, "Tier-5 requests": false,
		"Tier 1 - 5 per second": false, "UTC -8": false,
	} {
		if got := rate.Negative(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestAmbiguous(t *testing.T) {
	for text, want := range map[string]bool{
		"at most 1.500 requests": true, "限制为 1.500 次/秒": true, "0.500 per second": false, "version 1.250 of": false, "1.5 per second": false,
	} {
		if got := rate.Ambiguous(text); (got != "") != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}

// TestRatesReadBack writes rates and reads them again.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"100 次/秒/App Key", "5 次/分钟/单用户 ID，100 次/秒/App Key", "Tier 3: 50+ per minute", "0.0167 requests per second (burst 20)", "10k calls/day per a", "每用户每 10 秒 5 次"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		rate.Find(s)
		rate.Header(s)
		rates, err := rate.Parse(s, rate.Form{})
		if err != nil {
			return
		}
		for _, r := range rates {
			if !r.Unlimited && (r.Quota < 1 || r.Window < 0) {
				t.Errorf("%q is %+v", s, r)
			}
		}
	})
}
