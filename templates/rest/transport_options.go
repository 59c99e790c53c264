package rest

import (
	"errors"
	"fmt"
)

// transportSettings holds the settings of a Transport only.
type transportSettings struct {
	bases   []string
	maxBody int64
}

// WithBaseURL sets the API's URL for a Transport. Without it, and with a server of the spec, the
// API is at all servers that the spec names: a variable without an enum is any text of a label of
// the host, or of a segment of the path. With another, it is there only. Given several times, the
// API is at each of them.
func WithBaseURL(url string) ClientOption {
	return clientOption(func(s *clientSettings) error {
		if url == "" {
			return errors.New("WithBaseURL: no URL")
		}
		s.transport.bases = append(s.transport.bases, url)
		return nil
	})
}

// WithKnownOnly makes a Transport refuse, with ErrUnknown, requests to other hosts and those
// outside the API's operations. A Middleware answers these as a Server does, by 404, or by 405
// where only the method is another. Without it they pass, and are not counted: a handler behind a
// Middleware should take no path for an operation's that the spec does not have, such as /a/ for
// /a. An RPCServer does not take this option: a server of RPCs refuses unknown methods by itself.
func WithKnownOnly() Option {
	return option(func(s *settings) { s.known = true })
}

// WithMaxCountedBody bounds how much of a request's body a Transport reads to determine its cost:
// 64 MiB unless set. A larger body is an error. Bodies without a cost are not read.
func WithMaxCountedBody(bytes int64) ClientOption {
	return clientOption(func(s *clientSettings) error {
		if bytes <= 0 {
			return fmt.Errorf("WithMaxCountedBody: %d is not positive", bytes)
		}
		s.transport.maxBody = bytes
		return nil
	})
}

// refuseForTransport refuses options without effect on a Transport: the content of a request is up
// to the client above it.
func (s *clientSettings) refuseForTransport() error {
	for _, o := range []struct {
		name  string
		given bool
	}{
		{"WithHTTPClient", s.http != nil},
		{"WithUserAgent", s.userAgent != ""},
		{"WithToken", s.token != nil},
		{"an option that fetches tokens", s.fetch != nil || len(s.oauth) > 0},
		{"WithCredential", len(s.tokens) > 0},
		{"WithSigner", s.sign != nil},
	} {
		if o.given {
			return fmt.Errorf("%s is for clients; with a Transport, the client above it sends that", o.name)
		}
	}
	if s.transport.maxBody == 0 {
		s.transport.maxBody = 64 << 20
	}
	return nil
}
