package rest

import (
	"fmt"
	"net/url"
)

// NewSender returns a client whose calls each name the URL that they are sent to, for webhooks and
// callbacks. It follows no redirects.
func NewSender(config ClientConfig, options []ClientOption) (*Client, error) {
	config.BaseURL = "http://localhost" // every call has its own
	return NewClient(config, options)
}

// To sends the call to a URL, which may have a query, instead of the API's. It is an error at the
// call if it is not an absolute http or https URL.
func (r *Call) To(address string) {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		r.fail(fmt.Errorf("URL: %w", err))
	case u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		r.fail(fmt.Errorf("URL %q is not an absolute http or https URL", address))
	default:
		u.Fragment = ""
		r.to = u
	}
}
