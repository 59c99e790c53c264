package rest

import (
	"errors"
	"fmt"
)

// transportSettings are those of a Transport alone.
type transportSettings struct {
	bases   []string
	known   bool
	maxBody int64
}

// WithBaseURL says where the API is, for a Transport: the first server of the spec unless set.
// Given again, the API is at each of them.
func WithBaseURL(url string) ClientOption {
	return clientOption(func(s *clientSettings) error {
		if url == "" {
			return errors.New("WithBaseURL: no URL")
		}
		s.transport.bases = append(s.transport.bases, url)
		return nil
	})
}

// WithKnownOnly has a Transport refuse, with ErrUnknown, requests to other hosts and those that are
// none of the API's operations. Without it they pass, and are not counted.
func WithKnownOnly() ClientOption {
	return clientOption(func(s *clientSettings) error { s.transport.known = true; return nil })
}

// WithMaxCountedBody bounds how much of a request's body a Transport reads to find out what it
// costs: 64 MiB unless set. A larger one is an error. Bodies that nothing is counted of are not
// read.
func WithMaxCountedBody(bytes int64) ClientOption {
	return clientOption(func(s *clientSettings) error {
		if bytes <= 0 {
			return fmt.Errorf("WithMaxCountedBody: %d is not positive", bytes)
		}
		s.transport.maxBody = bytes
		return nil
	})
}

// refuseForTransport refuses options that would be without effect: what a request holds is the
// business of the client above.
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
