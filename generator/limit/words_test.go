package limit

import "testing"

func TestQuotaInWords(t *testing.T) {
	for _, c := range []struct {
		n       int64
		unit    string
		seconds int64
		long    string
		short   string
	}{
		{1, "requests", 1, "1 request per second", "1/s"},
		{2, "requests", 60, "2 requests per minute", "2/min"},
		{6000, "messages", 90, "6000 messages per 90 seconds", "6000 messages/90s"},
		{1, "concurrent-requests", 0, "1 concurrent request", "1 at once"},
		{100, "concurrent-requests", 0, "100 concurrent requests", "100 at once"},
		{1, "content-bytes", 2, "1 content byte per 2 seconds", "1 content byte/2s"},
		{1, "sms", 3600, "1 sms per hour", "1 sms/h"},
		{1, "addresses", 86400, "1 addresses per day", "1 addresses/d"},
		{1, "gas", 172800, "1 gas per 2 days", "1 gas/2d"},
		{1, "messages-sent", 1, "1 messages sent per second", "1 messages sent/s"},
	} {
		if got := Quota(c.n, c.unit, c.seconds); got != c.long {
			t.Errorf("%q, want %q", got, c.long)
		}
		if got := ShortQuota(c.n, c.unit, c.seconds); got != c.short {
			t.Errorf("%q, want %q", got, c.short)
		}
	}
}

func TestSpendingInWords(t *testing.T) {
	for want, s := range map[string]Spending{
		"3":                                      {Cost: 3},
		"2 for each of $request.x":               {Of: "$request.x", Times: 2},
		"1 for each of $x, at most 600":          {Of: "$x", Times: 1, Max: 600},
		"5 times $x, 1 when absent, at most 100": {Of: "$x", Value: true, Times: 5, Default: 1, Max: 100},
	} {
		if got := s.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
