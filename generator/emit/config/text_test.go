package config

import (
	"testing"

	"github.com/limitgen/limitgen/generator/model"
)

func TestQuotaInWords(t *testing.T) {
	for want, l := range map[string]*model.Limit{
		"1 request per second":         {Quota: 1, Unit: "requests", Seconds: 1},
		"2 requests per minute":        {Quota: 2, Unit: "requests", Seconds: 60},
		"1 concurrent request":         {Quota: 1, Unit: "concurrent-requests"},
		"100 concurrent requests":      {Quota: 100, Unit: "concurrent-requests"},
		"1 content byte per 2 seconds": {Quota: 1, Unit: "content-bytes", Seconds: 2},
		"1 sms per hour":               {Quota: 1, Unit: "sms", Seconds: 3600},
		"1 addresses per second":       {Quota: 1, Unit: "addresses", Seconds: 1},
		"1 gas per second":             {Quota: 1, Unit: "gas", Seconds: 1},
		"1 messages sent per second":   {Quota: 1, Unit: "messages-sent", Seconds: 1},
	} {
		if got := Quota(l); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
