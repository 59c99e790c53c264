// Package redisstore counts rate limits in Redis (5 or later; a single server, Sentinel or a Cluster), so that several
// processes share them: the replicas of a server by Store.Enforcer, the clients of a vendor's API by Store.Limiter.
// It needs no module of Redis's; GoRedis and Rueidis take the client that you have.
//
// # A server's counters
//
// A decision about all limits of a request is one script, so one round trip: it checks all charges, then commits all or
// none, on Redis's clock. In no rolling window is more than the quota admitted, and what is refused spends nothing. After a
// change of a limit's quota, or a step of the clock, a decision can take a second round trip.
//
// Requests with one TAG (see below) that come while Redis is asked about another of them wait for its answer, and are then decided
// together, in the order in which they came, by one script that reads and writes each counter once: a busy key gets
// several times as many decisions a second as by asking for each. So a decision takes at most two round trips' time.
// When many ask at once and one server counts for all tags, requests with different tags are decided together as well. The store
// finds that out by asking the servers of 32 tags, in the background, for their run_id, and again every minute; with a Cluster, a
// ring or a proxy before several servers, and where scripts may not use INFO, tags are kept apart, and requests with different tags
// are only sent together: by GoRedis when many ask at once, by rueidis always.
//
// # A client's share
//
// Every unit of a quota belongs to one process at a time, which uses it as a limiter in one process would: it is busy from the
// sending of a request until a window after the response. So the vendor sees no more than the quota in any window, whatever
// the network or Redis do. Processes give back what they do not need, and each may have as much of the quota as it can use
// unless others need it too. Who could use more than his part spreads it over the window and asks Redis six times in one, or fewer when
// there are more than three of them, whatever the number of calls; each time he offers what comes free soon, and Redis leaves a fiftieth
// of the quota of that to those who seldom call, one unit after the other. They ask when they need one. The first to call is alone
// and may send a burst, so who comes just after it waits for up to a window. A call that costs more than its process's part is
// given it in turn. Close returns what a process holds.
//
// # Keys
//
//	PREFIX{TAG}KWINDOW/LIMIT[/REST]    e.g. shop{4:acme3:app}r60/messages
//
// PREFIX is the API's name unless Options.Prefix says otherwise. TAG is the values that the partition keys of all limits
// have in common, so that all counters of one request are in one slot of a Cluster, and the tags spread over its nodes; "-"
// when there are none: then one node counts the whole API. K is r for rolling windows, u for aligned ones, b for buckets,
// c for concurrent requests and f for the units of clients. WINDOW is in seconds. What is long, or not plain letters, digits
// and a few signs, is replaced by 128 bits of its hash, so names are short and no value can forge another's. Besides
// these there is PREFIX{-}replicas.
//
// Everything expires: r after a window and 1/240; u with its window; b when it is full; c 30 seconds after the process
// was last heard of; f after Lease, Outage, Transit and a window. A counter of 6000 a minute with costs of hundreds takes
// at most 200 bytes by MEMORY USAGE, whatever its name's length up to 60; one of a few requests about 100.
//
// # When Redis fails
//
//	slow, or gone             three calls wait for Timeout, then nobody does: a breaker lets one call at a time try again,
//	                          after rests of random length that grow to 2 seconds
//	full, loading, read-only  as gone: an error is no answer
//	scripts flushed           one more round trip, once
//	restarted empty           a server's counters start anew, so a window can see twice the quota once. A client's processes
//	                          keep what they hold and tell Redis; nothing else is given out for half a Lease, 4 seconds or
//	                          a window, whichever is longest. A process that started after Redis did, and speaks of a
//	                          counter before all others, can be given what they hold; so can anybody after FLUSHALL,
//	                          one whom INFO is refused, and one who first spoke to Redis within 2 seconds of its end, for its
//	                          uptime is in whole seconds. What a process holds that cannot reach the new Redis for longer than
//	                          that is given to others too.
//	failed over               as the clock's step between the two machines, and what was not replicated is forgotten
//	clock set forward         a server's counters let go of what was spent as much earlier; a client's do not, when one of the
//	                          processes with units notices a step of more than half a second
//	clock set back            nothing is let go of earlier; what was spent counts for at most a window more
//
// Meanwhile, by Options.Fallback:
//
//	Local   a server's processes admit quota/replicas each, so no more than the quota together, counted from the moment of
//	        the failure on: what Redis has admitted in the same window comes on top. The number of replicas is Options.Replicas or
//	        what was counted lately; a process that knows neither fails as with Closed. A client's processes go on with
//	        what they hold for Lease, then for Outage with what is kept for them, an eighth of the quota or less, then with
//	        nothing; together they never use more than the quota.
//	Closed  a server answers 503, calls fail with ErrUnavailable
//	Open    everything is admitted, nothing counted
//
// A client's process that dies without Close leaves its units to the others after Lease, Transit and a window; a small
// part, at most a quarter of the quota for all that died, after Outage.
package redisstore
