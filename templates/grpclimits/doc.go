//go:build ignore

// Package grpclimits applies an API's rate limits to gRPC: interceptors for clients, which wait until
// a call is admitted, and for servers, which refuse what is above a limit.
//
//	limits, err := grpclimits.NewClient(api.RPC())
//	conn, err := grpc.NewClient(target, grpc.WithUnaryInterceptor(limits.Unary()), grpc.WithStreamInterceptor(limits.Stream()))
//
//	limits, err := grpclimits.NewServer(api.RPC())
//	server := grpc.NewServer(grpc.ChainUnaryInterceptor(authenticate, limits.Unary()), grpc.ChainStreamInterceptor(limits.Stream()))
//
// An operation is a method if x-grpc-method in the spec says which, "package.Service/Method", or if
// its path is that. Calls of other methods pass untouched.
//
// # What is counted
//
// A call counts when it begins, a stream as one call. What a cost or a key reads of the path, the
// query or the body of a request is read of the message of a unary call, by its JSON names, or by
// those of the .proto file if a pointer has an underscore; a field at its zero value is absent.
// The messages of streams are not read: such a cost is that of a request without the field, and
// such a key is the empty one. Headers are the call's metadata; limits per credential read what
// the metadata say, which PerRPCCredentials add behind the client's interceptors. Limits per
// identity go by rest.WithIdentity in the context, or by the hook of rest.WithAuth. All limits are
// decided where the interceptor stands in the chain. Retries that a service config asks for happen
// behind the interceptors, where a client does not count them.
//
// # What a refusal is
//
// Servers refuse with ResourceExhausted, a RetryInfo, and what the HTTP headers RateLimit,
// RateLimit-Policy and Retry-After say in the metadata; an answer that is admitted has the first
// two as well. Clients obey these of any server: after a refusal other calls wait too. A call whose
// wait would end after its deadline fails at once with ResourceExhausted, and errors.As finds the
// *ratelimit.LimitError. Calls are retried only with rest.WithMaxRetries, and streams never.
package grpclimits
