// Package redisstore counts rate limits in Redis (5 or later; a single server, Sentinel or a
// Cluster), so that several processes share them: the replicas of a server through Store.Enforcer,
// the clients of a vendor's API through Store.Limiter. It does not depend on a Redis client module;
// GoRedis and Rueidis wrap an existing client.
//
// # What holds, and what remains
//
// The clients of all processes together never use more than the quota in any window, even while
// Redis is slow, gone, restarted or emptied, and while processes are killed or cut off from it. The
// exceptions:
//
//   - A request that arrives later than Options.Transit after it was given up, its connection broke
//     or its process died.
//   - Redis loses its memory (FLUSHALL, a restart without Options.Durable) and no process that used
//     it before reaches it within two seconds of the first one that does. In a Cluster, also
//     FLUSHALL followed by a new process, and a failover that forgets what was not replicated.
//   - Two servers take writes at once after a failover, each for the processes that reach it. Redis
//     prevents that with min-replicas-to-write 1 and a min-replicas-max-lag below Options.Lease.
//   - Redis evicts counters. Give it maxmemory-policy noeviction: a full Redis then counts as one
//     that does not answer.
//   - Redis's clock is set forward while no process that holds units is there to notice.
//
// The replicas of a server together never admit more than the quota in any window (up to quota and
// burst, for a limit with burst) while Redis answers and keeps its counters. The exceptions:
//
//   - When Redis loses its counters, a window can see twice the quota once. Options.Strict prevents
//     it: the limit then admits nothing for a window. In a Cluster, Strict notices only what the
//     node of its marker loses.
//   - While Redis does not answer, Fallback Local admits at most the quota again, on top of what
//     Redis has admitted in the same window. A replica that alone is cut off adds its part,
//     quota/replicas, to what the others admit.
//   - Redis's clock is set forward: counters let go of what was spent as much earlier.
//
// # A server's counters
//
// One script, so one round trip, decides all limits of a request: it checks all charges, then
// commits all or none, on Redis's clock. Refused requests spend nothing. After a change of a
// limit's quota, or a step of the clock, a decision can take a second round trip. A caller whose
// plan changes keeps its counter: each decision uses the quota of the current plan, and no window
// sees more than the larger of both. The exception is a plan that gives a burst to a limit without
// one otherwise: it uses another counter.
//
// Limits that a server decides before authentication are a separate decision. When a later limit
// refuses the request, the charges of the earlier ones are returned a moment later, by one more
// script in the background, as far as no window can then hold more than the quota; if Redis does
// not answer just then, they stay spent.
//
// Requests with one TAG (see below) that arrive while another of them is being decided wait for its
// answer. One script then decides them as a batch, in arrival order, and reads and writes each
// counter once: a busy key gets several times as many decisions per second as with one script for
// each. So a decision takes at most two round trips. Under load, when one server counts for all
// tags, requests with different tags are batched as well. The store detects such a server by asking
// the servers of 32 tags, in the background, for their run_id, and again every minute. With a
// Cluster, a ring or a proxy before several servers, and where scripts may not use INFO, tags are
// kept apart, and requests with different tags are only sent together: by GoRedis under load, by
// rueidis always.
//
// # A client's share
//
// Every unit of a quota is leased to one process at a time, which uses it as a limiter in one
// process would: it is busy from the sending of a request until a window after the response.
// Processes return units that they do not need, and each may have as much of the quota as it can
// use unless others need it too. A process whose demand exceeds its fair share spaces its requests
// evenly and syncs with Redis up to six times per window (less often with more than three such
// processes), whatever the number of calls. At each sync it offers the units that come free soon,
// and Redis leaves a fiftieth of the quota of those to occasional callers, one unit after the
// other; these sync when they need one. The first process may use the whole quota as a burst; one
// that starts right after it can wait up to one window. Calls that cost more than their process's
// share are served in turn. A limit with Burst is a window here, that of Limit.AsWindow: never more
// than the API's bucket admits, but without bursts above the quota.
// Where the burst is below the quota, other figures make another window, and new counters: a window
// across such a change can see both. Close returns the units that a process holds.
//
// A sync whose answer is lost is sent again until it is answered, and takes effect once, so broken
// connections to Redis cost time but no units. A request to the vendor whose connection breaks
// counts for Transit and a window.
//
// While processes have different quotas for one limit, as during a roll-out, the smallest applies
// to all of them, and they share it fairly. The same goes for a quota that the vendor announces to
// one of them, and for a Retry-After. A changed window uses another counter: while both run, old
// and new processes have a quota each.
//
// Usage, and the usage metric, report what this process has sent that counts now, against the quota
// of all processes. Sum them over all processes for the total use, for example in an alert at a
// fraction of the quota.
//
// # Keys
//
//	PREFIX{TAG}KWINDOW/LIMIT[/REST]    e.g. shop{4:acme3:app}r60/messages
//
// PREFIX is Options.Prefix and the API's name, so that several APIs can share a store. TAG holds
// the values that the partition keys of all limits have in common, so that all counters of one
// request are in one slot of a Cluster, and the tags spread over its nodes; without common values
// it is "-", and one node counts the whole API. K is r for rolling windows, u for aligned ones, b
// for buckets, c for concurrent requests and f for the units of clients. WINDOW is in seconds, with
// nanoseconds behind a point where a client keeps to a window in place of a bucket. Parts that are
// long, or contain characters other than letters, digits and a few signs, are replaced by 128 bits
// of their hash, so names are short and no value can forge another's. Besides these there are
// limitgen{-}replicas and limitgen{-}state, the marker that says since when Redis has its memory;
// Options.Prefix, if set, replaces limitgen.
//
// All but the marker expire: r after a window and a unit of it; u with its window; b when it is
// full; c 30 seconds after the process was last seen; f after Lease, Outage, Transit and a window.
// A counter of 6000 a minute with costs of hundreds takes at most 240 bytes by MEMORY USAGE, for
// names of up to 60 bytes; one of a few requests about 100.
//
// # When Redis fails
//
//	slow, or gone             three calls wait for Timeout, whatever the timeouts of the client
//	                          are; then a breaker lets one call at a time try again, after rests
//	                          of random length that grow to 2 seconds. A client that holds units
//	                          asks at least every 0.4 seconds
//	full, loading, read-only  like gone: an error counts as no answer
//	scripts flushed           one more round trip, once
//	lost its memory           by FLUSHALL, a restart or a failover. A server's counters start
//	                          anew. A client's processes keep what they hold and tell Redis. What
//	                          none of them holds is given out after Lease, Transit and a window,
//	                          when it is surely over: a limit by the day is closed for up to a day
//	                          (see below). What they give back is given out at once. A Redis that
//	                          no process knew, new or emptied, gives nothing out for up to two
//	                          seconds, so that one that did know it can say so
//	clock set forward         a server's counters let go of what was spent as much earlier; a
//	                          client's do not, when one of the processes with units notices a step
//	                          of more than half a second
//	clock set back            nothing is let go of earlier; what was spent counts for at most a
//	                          window more
//
// Meanwhile, by Options.Fallback:
//
//	Local   a server's processes admit quota/replicas each, counted from the moment of the failure
//	        on. The number of replicas is Options.Replicas or what was counted lately; a process
//	        that knows neither fails as with Closed. A client's processes go on with what they
//	        hold for Lease, then for Outage with what is kept for them, an eighth of the quota or
//	        less, then with nothing; together they never use more than the quota.
//	Closed  a server answers 503, calls fail with ErrUnavailable
//	Open    everything is admitted, nothing counted
//
// # When a client's long window is lost
//
// Processes that were killed or are cut off may have used any part of a quota that Redis has
// forgotten, and the others cannot report the units that they had returned. So a client's limit of
// 1000 a day grants nothing new for a day after FLUSHALL, a failover or a restart. OnError gets a
// *LossError with the limits and the times at which they open; until then a refusal names the
// closed limit, and its Wait is the time until it opens. To survive restarts, use appendonly yes
// and appendfsync always, and set Options.Durable; appendonly yes alone does not suffice, because a
// copy on disk may lack the last second. A program can also count its long windows elsewhere: give
// the operations that have them a client of their own, with a store on a durable Redis.
//
// An operator that knows how much was used can open all limits at once: stop all processes, delete
// the keys that begin with PREFIX{, and start them; or restart all of them with another
// Options.Prefix. Earlier use then no longer counts: the vendor sees up to twice the quota in that
// window, and refuses the excess. Deleting keys, or the marker alone, while processes run does not
// help: they report the loss again.
//
// # When a process is killed
//
// A client's process that ends without Close leaves its units to the others after Lease, Transit
// and a window: until Lease is over it may be alive and only cut off from Redis, and until Transit
// is over its requests may still arrive. Its reserve, at most a quarter of the quota for all
// processes that died, follows after Outage, or after as long as the process had run. So when all
// processes are killed and restarted at once, they wait that long; with the defaults and a window
// of a second, 21 seconds. To shorten this, set Transit to what your network needs, and
// Options.Instance to a name that the next process keeps. Its start proves the end of the former,
// whose units are free after Transit and a window.
package redisstore
