//go:build ignore

// Package connectlimits applies an API's rate limits to Connect: interceptors for clients, which
// wait until a call is admitted, and for servers, which refuse what is above a limit.
//
//	limits, err := connectlimits.NewClient(api.RPC())
//	client := pingv1connect.NewPingServiceClient(http.DefaultClient, url,
//		connect.WithInterceptors(limits))
//
//	limits, err := connectlimits.NewServer(api.RPC())
//	mux.Handle(pingv1connect.NewPingServiceHandler(ping,
//		connect.WithInterceptors(authenticate, limits)))
//
// An operation is a procedure if x-grpc-method in the spec or its path names one,
// "package.Service/Method". Calls of other procedures pass untouched.
//
// # What is counted
//
// A call counts when it begins, a stream as one call, when its first message is sent. Costs and
// keys that read the path, the query or the body of a request read the message of a unary call, by
// its JSON names, or by those of the .proto file if a pointer has an underscore; a field at its
// zero value is absent. The messages of streams are not read: the cost is that of a request without
// the field, and the key is empty. Nor are they counted: they have no answers of their own, so a
// client could not know when the server has counted each. Limits per identity use
// rest.WithIdentity in the context, or the hook of rest.WithAuth. All limits are decided at the
// interceptor's place in the chain.
//
// # What it costs
//
// A call of a procedure without limits passes at once. Where three limits with a key from a header
// apply and none delays, a client's interceptor adds 9 allocations and about a tenth of the time to
// a unary call in memory, a server's 16 and as much. A client's stream has 23 more: a goroutine
// holds its place until the stream ends. A cost, key or variant that reads the message adds its
// conversion to JSON.
//
// # What a refusal is
//
// Servers refuse with CodeResourceExhausted, a RetryInfo, and the headers RateLimit,
// RateLimit-Policy and Retry-After in the error's metadata; answers to admitted calls have the
// first two as well. Clients obey these of any server: after a refusal other calls wait too. A call
// whose wait would end after its deadline fails at once with CodeResourceExhausted, and errors.As
// finds the *ratelimit.LimitError. Calls are retried only with rest.WithMaxRetries, and streams
// never.
package connectlimits
