//go:build ignore

// Package rlsstore counts rate limits in Envoy's rate limit service, through gRPC's
// ShouldRateLimit, so that programs share them with each other and with Envoy: the replicas of a
// server through Store.Enforcer, the clients of a vendor's API through Store.Limiter. The service
// is envoyproxy/ratelimit of 2025 or later, which supports hits_addend for each descriptor, with
// the configuration that --emit ratelimit writes.
//
// # Descriptors
//
//	limit=NAME [operation=ID] [KEY=/value/value] [masked_remote_address=IP/BITS]
//
// are the descriptors of that configuration and of the filters of --emit envoy, so all use the same
// counters. Values are percent-encoded. Credentials are hashed, but not as the filters do: limits
// per credential are counted separately from theirs.
//
// # What the service cannot do
//
//	fixed windows     the service counts in seconds, minutes, hours or days of its own clock.
//	                  Around the edge of two windows, servers admit up to twice the quota, and so
//	                  do several clients together. One client never does: it waits within a
//	                  rolling window of its own before it asks. (README of envoyproxy/ratelimit:
//	                  the unit of a limit.)
//	refused debits    the service adds first and compares then (fixed_cache_impl.go: INCRBY), so a
//	                  refused request is debited in all its limits. The store does not ask about a
//	                  cost that is known not to fit until the window ends; for windows of a second
//	                  that is never known, because the service counts time in whole seconds. Its
//	                  STOP_CACHE_KEY_INCREMENT_WHEN_OVERLIMIT=true spares the other limits.
//	the quota         is the configuration's; overrides in the program only lower what a client
//	                  sends, and a caller's plan has no effect at a server.
//	giving back       the charges of a limit that is decided before authentication stay counted
//	                  when a later limit refuses the request.
//	shadow_mode       admits what the service refuses, but not what is known here not to fit.
//	other windows,    are errors of limitgen generate, as for --emit ratelimit;
//	bursts            --allow-approximate allows the closest approximation. Concurrent requests
//	                  cannot be counted at all.
//
// A client that the service refuses returns the units that it held here, and lets its calls of that
// counter wait until the window has ended and a random part of an eighth of it, at most a second,
// has passed. They then ask in turn; a refused call goes behind the waiting ones. When a large cost
// does not fit into the remaining quota, smaller ones of this process wait with it. Other processes
// do not wait, so under their constant load a large cost may wait for ever.
//
// # When the service fails
//
// An error, a status of UNKNOWN, or a descriptor without a limit, which means that the service has
// not loaded the configuration, count as no answer. Three calls wait for Timeout; after that a
// breaker lets one call at a time try again, after rests of random length that grow to 2 seconds.
// Calls without an answer may have been debited.
//
// Meanwhile, by Options.Fallback:
//
//	Local   each process has quota/Replicas, counted from the moment of the failure on: what the
//	        service has admitted in the same window comes on top, save that one client stays
//	        within the quota. Without Replicas it is Closed. A client's call that waits for its
//	        process's part goes on waiting for that when the service is back.
//	Closed  a server answers 503, calls fail with ErrUnavailable
//	Open    a server admits everything; a client goes on within the quota, as if it were alone
package rlsstore
