//go:build ignore

// Package connectlimits applies an API's rate limits to Connect: interceptors for clients, which wait
// until a call is admitted, and for servers, which refuse what is above a limit.
//
//	limits, err := connectlimits.NewClient(api.RPC())
//	client := pingv1connect.NewPingServiceClient(http.DefaultClient, url, connect.WithInterceptors(limits))
//
//	limits, err := connectlimits.NewServer(api.RPC())
//	mux.Handle(pingv1connect.NewPingServiceHandler(ping, connect.WithInterceptors(authenticate, limits)))
//
// An operation is a procedure if x-grpc-method in the spec says which, "package.Service/Method", or
// if its path is that. Calls of other procedures pass untouched.
//
// # What is counted
//
// A call counts when it begins, a stream as one call, when its first message is sent. What a cost
// or a key reads of the path, the query or the body of a request is read of the message of a unary
// call, by its JSON names, or by those of the .proto file if a pointer has an underscore; a field
// at its zero value is absent. The messages of streams are not read: such a cost is that of a
// request without the field, and such a key is the empty one. Limits per identity go by
// rest.WithIdentity in the context, or by the hook of rest.WithAuth. All limits are decided where
// the interceptor stands in the chain.
//
// # What a refusal is
//
// Servers refuse with CodeResourceExhausted, a RetryInfo, and the headers RateLimit,
// RateLimit-Policy and Retry-After in the error's metadata; an answer that is admitted has the first
// two as well. Clients obey these of any server: after a refusal other calls wait too. A call whose
// wait would end after its deadline fails at once with CodeResourceExhausted, and errors.As finds
// the *ratelimit.LimitError. Calls are retried only with rest.WithMaxRetries, and streams never.
package connectlimits
