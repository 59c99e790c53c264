package rest

import (
	"net/http"
	"strings"
	"testing"
)

// TestOptionsWithoutEffect: an option that would do nothing is an error, such as a check of
// signatures that would never be made.
func TestOptionsWithoutEffect(t *testing.T) {
	signature := WithSignature(func(*http.Request, []byte) error { return nil })
	name := WithWebhookName(func(*http.Request, []byte) string { return "" })
	signer := WithSigner(func(*http.Request, []byte) error { return nil })
	receives := func(f func(ServerConfig, []ServerOption) error, option ServerOption) func() error {
		return func() error { return f(ServerConfig{}, []ServerOption{option, WithoutAuth()}) }
	}
	server := func(c ServerConfig, o []ServerOption) error { _, err := NewServer(c, o); return err }
	hooks := func(c ServerConfig, o []ServerOption) error { _, err := NewWebhooks(c, o); return err }
	middleware := func(c ServerConfig, o []ServerOption) error { _, err := NewMiddleware(c, o); return err }
	calls := func(c ServerConfig, o []ServerOption) error { _, err := NewRPCServer(RPC{Server: c}, o); return err }
	config := ClientConfig{BaseURL: "http://a.test"}
	for _, c := range []struct {
		name    string
		make    func() error
		refused string // the option that the error names; "" where it has an effect
	}{
		{"server", receives(server, signature), ""},
		{"server", receives(server, name), "WithWebhookName"},
		{"webhooks", receives(hooks, signature), ""},
		{"webhooks", receives(hooks, name), ""},
		{"middleware", receives(middleware, signature), "WithSignature"},
		{"middleware", receives(middleware, name), "WithWebhookName"},
		{"calls", receives(calls, signature), "WithSignature"},
		{"calls", receives(calls, name), "WithWebhookName"},
		{"client", func() error { _, err := NewClient(config, []ClientOption{signer}); return err }, ""},
		{"transport", func() error { _, err := NewTransport(nil, config, []ClientOption{signer}); return err }, "WithSigner"},
	} {
		err := c.make()
		if (err != nil) != (c.refused != "") || err != nil && !strings.Contains(err.Error(), c.refused) {
			t.Errorf("%s: %v, want one that names %q", c.name, err, c.refused)
		}
	}
}
