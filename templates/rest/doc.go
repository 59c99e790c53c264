// Package rest is the common part of generated clients and servers: options, errors, tokens,
// authentication, observers, and the coding and routing of requests. The methods of an API are in
// its own generated package, which imports this one.
//
// # Clients
//
// Options of a client are [ClientOption] and [Option]:
//
//	client, err := api.NewClient("",
//		rest.WithToken(rest.StaticToken(token)), // or WithCredential, WithClientCredentials
//		rest.WithShare(0.5),                     // others spend the other half of every quota
//		rest.WithObserver(observer))             // metrics and logs of your own
//
// A call waits until its limits admit it, unless [WithFailFast] makes that an error. A 429 is
// repeated, at most three times, after the time that the API asks for: [WithMaxRetries] and
// [WithMaxRetryAfter]. [WithHeader] adds a header to one call, and [WithResponse] keeps the status
// and the header of its answer.
//
// # Servers
//
// Options of a server are [ServerOption] and [Option]:
//
//	server, err := api.NewServer(handlers,
//		rest.WithAuth(check),                  // names the caller by WithIdentity
//		rest.WithTrustedProxies(proxies),      // whose X-Forwarded-For is believed
//		rest.WithEnforcer(store.Enforcer()))   // counters that several processes share
//	http.ListenAndServe(":8080", server)
//
// A handler chooses its answer by returning an [*APIError]. Every other error is answered 500
// without its text, which goes to the log: [WithErrorLog].
//
// # Webhooks
//
// What an API sends, webhooks and callbacks, is received by the [Webhooks] that the generated
// package makes, and verified by the hook of [WithSignature]. A sender is a client whose calls name
// their URL; [WithSigner] signs.
//
// # Errors
//
// A call fails with an [*APIError] when the API's answer is not a success: it has the status, the
// API's own code and message, and the limits that a 429 names. It fails with a
// *ratelimit.LimitError when a limit cannot admit it before the context's deadline. Errors of
// connections are net/http's.
//
// # For generated code
//
// What is left is for generated code, which fills in tables and calls functions of this package. It
// may change with the generator: [ClientConfig], [ServerConfig], [Operation] and the types in it,
// [Schema], [Client], [Call], [Do] and its kind, [Server], [Exchange], [InParts], [Deref],
// [UnionOf], [LiteralUnionOf], [UnionAs], [UnmarshalOpen] and [MarshalOpen].
package rest
