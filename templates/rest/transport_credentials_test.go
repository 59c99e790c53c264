package rest

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// TestTransportCountsEachCredential sends a key that stays the same beside tokens that change: a
// server may accept either, and counts both.
func TestTransportCountsEachCredential(t *testing.T) {
	config := ClientConfig{
		API: "keyed", DefaultURL: "http://api.test", Limits: []ratelimit.Limit{{Name: "each", Quota: 3, Window: time.Hour}, {Name: "all", Quota: 100, Window: time.Hour}},
		Credentials: []Credential{{Scheme: "token", In: InHeader, Name: "Authorization", Prefix: "Bearer "}, {Scheme: "key", In: InHeader, Name: "X-Key"}},
		Operations: []Operation{{ID: "op", Method: "GET", Path: "/op", Security: [][]string{{"token"}, {"key"}, {"token", "key"}},
			Rates: []Rate{{Limit: 0, Cost: 1, Key: []Dimension{{Kind: DimCredential}}}, {Limit: 1, Cost: 1}}}},
	}
	transport, err := NewTransport(clientHandler(func(http.ResponseWriter, *http.Request) {}), config, []ClientOption{WithFailFast()})
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: transport}
	get := func(header ...string) bool {
		_, err := send(t, client, "GET", "http://api.test/op", "", header...)
		var limited *ratelimit.LimitError
		if err != nil && !errors.As(err, &limited) {
			t.Fatal(err)
		}
		return err == nil
	}
	for i, token := range []string{"a", "b", "c", "d"} {
		if got := get("Authorization", "Bearer "+token, "X-Key", "k"); got != (i < 3) {
			t.Errorf("with token %s: %v", token, got)
		}
	}
	for i := range 4 {
		if got := get("Authorization", "Bearer a"); got != (i < 2) { // one was sent with the key
			t.Errorf("%d with a token alone: %v", i, got)
		}
	}
	if get("X-Key", "k") || !get("X-Key", "other") || !get("Authorization", "Bearer d") {
		t.Error("other credentials")
	}
	if used := transport.Snapshot()[1].Used; used != 7 {
		t.Errorf("%d requests are counted once each", used)
	}
}
