// Package ratelimit paces clients and enforces limits in servers: it decides when a request may be
// sent, and whether a received request is within its limits. It does not depend on HTTP.
//
// Generated clients and servers use it; most programs meet it in three places: a [Pacer] or a store
// that several clients share, a [LimitError] of a call, and the [LimitSnapshot] of a status page.
// Begin with [Limit] and [Charge], which say what is counted, then read [Pacer] for clients and
// [Gate] for servers.
//
// # Clients
//
// A [Pacer] makes calls wait until their charges fit:
//
//	pacer := ratelimit.NewPacer(ratelimit.PacerOptions{Share: 0.5}) // half of every quota
//	permit, err := pacer.Acquire(ctx, []ratelimit.Charge{{Limit: &limit, Key: "ann", Cost: 1}})
//	if err != nil {
//		return err
//	}
//	defer permit.Done() // when the response has come
//
// A request counts from its sending until one window after its answer, so that no delay on the way
// pushes more than the quota into any window at the server. Pass a Pacer to a generated client by
// the option rest.WithLimiter. Clients of one account, of one API or of several, can share a Pacer.
//
// # Servers
//
// A [Gate] decides at once, and charges nothing for what it refuses:
//
//	gate := ratelimit.NewGate(ratelimit.GateOptions{})
//	decision, err := gate.Admit(ctx, charges)
//	defer decision.Done()
//
// Pass it, or a store that several processes share, to a generated server by rest.WithEnforcer.
//
// # Errors
//
// [LimitError] says that a call did not fit before its deadline, and by which limit; errors.Is
// finds [ErrLimited] in it. [CostError] says that a request costs more than its limit ever admits,
// so that waiting does not help.
//
// # Plans and overrides
//
// [Apply] and [ReadOverrides] change quotas and bursts of a table of limits. The names of limits,
// their quotas and what they count come from the API's spec.
package ratelimit
