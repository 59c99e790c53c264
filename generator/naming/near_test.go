package naming

import "testing"

func TestNearest(t *testing.T) {
	known := []string{"quota", "window", "unit", "per", "burst", "reset", "decide", "description", "origin", "client-ip"}
	for word, want := range map[string]string{
		"quota": "quota", "Quota": "quota", "quotas": "quota", "qouta": "quota", "quoat": "quota", "windw": "window", "window_": "window",
		"client_ip": "client-ip", "clientIP": "client-ip", "ClientIp": "client-ip", "discription": "description", "pre": "per", "pers": "per",
		"limit": "", "period": "", "": "", "s": "", "reset ": "reset", "bursts": "burst", "decided": "decide",
	} {
		if got := Nearest(word, known); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"ab", "ba", 1}, {"kitten", "sitting", 3}, {"ratelimit", "ratelimti", 1}, {"abc", "ca", 3}} {
		if got := Distance(c.a, c.b); got != c.want || Distance(c.b, c.a) != c.want {
			t.Errorf("%q, %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestPlural(t *testing.T) {
	for word, want := range map[string]string{
		"": "", "id": "ids", "groupID": "groupIDs", "ID": "IDs", "members": "members", "ids": "ids", "address": "addresses", "status": "statuses",
		"category": "categories", "key": "keys", "box": "boxes", "branch": "branches", "dish": "dishes", "path": "paths", "x": "xes", "ids[]": "ids[]",
		"v2": "v2", "größe": "größes", "ö": "ö",
	} {
		if got := Plural(word); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}
