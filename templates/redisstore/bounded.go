package redisstore

import (
	"context"
	"errors"
	"sync/atomic"
)

// bounded makes any Client return when its context ends, whatever its own timeouts are. go-redis,
// for one, ignores contexts unless its ContextTimeoutEnabled is set, and then waits for seconds
// while Redis hangs.
//
// A call that is given up runs on in its goroutine until the client's own timeouts end it, and its
// script may still run. At most mostAbandoned such calls exist; beyond that a call fails at once,
// without asking Redis.
type bounded struct {
	client    Client
	abandoned atomic.Int64
}

// maxAbandoned bounds the goroutines of a client that does not return. The breaker lets few calls
// through to a Redis that hangs, so a client with timeouts of seconds stays far below it.
const maxAbandoned = 256

var errAbandoned = errors.New("redisstore: too many calls to Redis were given up and have not returned")

type evaluation struct {
	reply string
	err   error
}

// EvalSha runs a script that Redis knows.
func (b *bounded) EvalSha(ctx context.Context, sha string, keys, args []string) (string, error) {
	return b.call(ctx, func() (string, error) { return b.client.EvalSha(ctx, sha, keys, args) })
}

// Eval runs a script.
func (b *bounded) Eval(ctx context.Context, script string, keys, args []string) (string, error) {
	return b.call(ctx, func() (string, error) { return b.client.Eval(ctx, script, keys, args) })
}

func (b *bounded) call(ctx context.Context, ask func() (string, error)) (string, error) {
	if b.abandoned.Load() >= maxAbandoned {
		return "", errAbandoned
	}
	done := make(chan evaluation, 1)
	go func() {
		reply, err := ask()
		done <- evaluation{reply, err}
	}()
	select {
	case e := <-done:
		return e.reply, e.err
	case <-ctx.Done():
	}
	select {
	case e := <-done: // both were ready
		return e.reply, e.err
	default:
	}
	b.abandoned.Add(1)
	go func() {
		<-done
		b.abandoned.Add(-1)
	}()
	return "", ctx.Err()
}
