//go:build ignore

// Package rlsstore counts rate limits in Envoy's rate limit service, by ShouldRateLimit of gRPC, so
// that programs share them with each other and with Envoy: the replicas of a server by
// Store.Enforcer, the clients of a vendor's API by Store.Limiter. The service is
// envoyproxy/ratelimit of 2025 or later, which knows hits_addend of each descriptor, with the
// configuration that --emit ratelimit writes.
//
// # Descriptors
//
//	limit=NAME [operation=ID] [KEY=/value/value] [masked_remote_address=IP/BITS]
//
// are what that configuration names and what the filters of --emit envoy send, so all count in the
// same counters. Values are percent-encoded. A credential is hashed, and otherwise than by the
// filters: limits per credential are counted apart from theirs.
//
// # What the service cannot do
//
//	fixed windows     it counts in seconds, minutes, hours or days of its own clock. Around the edge of two windows, servers admit
//	                  up to twice the quota, and so do several clients together. One client never does: it waits within a
//	                  rolling window of its own before it asks. (README of envoyproxy/ratelimit: the unit of a limit.)
//	refused debits    it adds first and compares then (fixed_cache_impl.go: INCRBY), so what is refused is spent in
//	                  all limits of the request. A cost that is known not to fit is not asked until the window ends; of
//	                  windows of a second that is never known, since the service tells time in whole seconds. Its
//	                  STOP_CACHE_KEY_INCREMENT_WHEN_OVERLIMIT=true spares the other limits.
//	the quota         is the configuration's; overrides in the program only lower what a client sends, and the plan
//	                  of a caller changes nothing at a server.
//	giving back       what a limit that is decided before authentication has counted stays counted when a later
//	                  limit refuses the request.
//	shadow_mode       lets pass what the service refuses, and not what is known here not to fit.
//	other windows,    are errors of limitgen generate, as for --emit ratelimit; --allow-approximate allows what comes near
//	bursts            them. Concurrent requests cannot be counted at all.
//
// A client that the service refuses gives back what it held here, and lets its calls of that
// counter wait until the window has ended and a random part of an eighth of it, at most a second,
// has passed. They then ask in turn; one that was refused is behind those that waited. When a large
// cost does not fit into what is left, smaller ones wait with it; but other processes do not, so
// where they never cease, a large cost may wait for ever.
//
// # When the service fails
//
// An error, a status of UNKNOWN, or a descriptor without a limit, which means that the service does
// not read the configuration, count as no answer. Three calls wait for Timeout, then nobody does: a
// breaker lets one call at a time try again, after rests of random length that grow to 2 seconds.
// What was asked in vain may have been debited.
//
// Meanwhile, by Options.Fallback:
//
//	Local   each process has quota/Replicas, counted from the moment of the failure on: what the service has admitted
//	        in the same window comes on top, save that one client stays within the quota. Without Replicas it is Closed.
//	        A client's call that waits for its process's part goes on waiting for that when the service is back.
//	Closed  a server answers 503, calls fail with ErrUnavailable
//	Open    a server admits everything; a client goes on within the quota, as if it were alone
package rlsstore
