package rlsstore

import "testing"

// TestMasked writes addresses as Envoy's masked_remote_address does.
func TestMasked(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "192.0.2.1": "192.0.2.1/32", "2001:db8:1:2::/64": "2001:db8:1:2::/64", "2001:db8::1": "2001:db8::1/128",
	} {
		if got := masked("masked_remote_address", in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
