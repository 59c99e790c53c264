//go:build ignore

package otelobserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/limitgen/limitgen/templates/rest"
)

// answered reports a client's request.
func (r *Reporter) answered(ctx context.Context, e rest.CallEvent) {
	r.instruments.clientRequest.Record(ctx, e.Duration.Seconds(), r.request(&e).record...)
}

// done reports a server's request. A client's call may have made several requests, each of which
// was reported.
func (r *Reporter) done(ctx context.Context, e rest.CallEvent) {
	if e.Role == "server" {
		r.instruments.serverRequest.Record(ctx, e.Duration.Seconds(), r.request(&e).record...)
	}
}

// requestID is the key of a request's attributes. Its values come from the spec or are few.
type requestID struct {
	role, method, scheme, host, path string
	status                           int
	failure                          string
}

// request returns the attributes of a request, which are made once for each combination.
func (r *Reporter) request(e *rest.CallEvent) *attributes {
	id := requestID{e.Role, method(e.Method), e.Scheme, e.Host, e.Path, e.Status, failure(e)}
	return known(&r.requests, id, func() *attributes { return newAttributes(r.conventional(id)...) })
}

// conventional returns the attributes that the semantic conventions require.
func (r *Reporter) conventional(id requestID) []attribute.KeyValue {
	out := []attribute.KeyValue{attribute.String("http.request.method", id.method), attribute.String("url.scheme", id.scheme)}
	if id.role == "client" {
		host, port := address(id.scheme, id.host)
		out = append(out, attribute.String("server.address", host), attribute.Int("server.port", port))
		if r.options.URLTemplate {
			out = append(out, attribute.String("url.template", id.path))
		}
	} else if id.path != "" {
		out = append(out, attribute.String("http.route", id.path))
	}
	if id.status > 0 {
		out = append(out, attribute.Int("http.response.status_code", id.status))
	}
	if id.failure != "" {
		out = append(out, attribute.String("error.type", id.failure))
	}
	return out
}

// method returns one of the methods that the conventions list, because callers may send any.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodConnect, http.MethodOptions, http.MethodTrace, "QUERY":
		return m
	}
	return "_OTHER"
}

// failure is the error.type: the status, or the kind of error of a request without one.
func failure(e *rest.CallEvent) string {
	switch {
	case e.Status >= 500, e.Status >= 400 && e.Role == "client":
		return strconv.Itoa(e.Status)
	case e.Status > 0:
		return ""
	case e.Err == nil:
		return "_OTHER" // a handler gave up without an answer
	}
	return kind(e.Err)
}

// kind names the outcome of a request without an answer.
func kind(err error) string {
	var timeout net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	}
	return fmt.Sprintf("%T", err)
}

func address(scheme, hostport string) (host string, port int) {
	hostport = strings.ToValidUTF8(hostport, "�") // as the client's own URL may not be
	host, text, err := net.SplitHostPort(hostport)
	if err == nil {
		if port, err = strconv.Atoi(text); err == nil {
			return host, port
		}
	}
	host = strings.Trim(hostport, "[]") // of IPv6
	if scheme == "https" {
		return host, 443
	}
	return host, 80
}
