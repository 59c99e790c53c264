package redisstore

import (
	"context"
	"slices"
	"sync"
	"time"
)

// The part of go-redis that is needed. Describing it by its methods keeps this package free of
// dependencies, and it works with every version of go-redis since 8.
type (
	textReply interface{ Text() (string, error) }

	evaluator[R textReply] interface {
		EvalSha(ctx context.Context, sha string, keys []string, args ...any) R
	}

	goRedisPipe[R textReply, C any] interface {
		evaluator[R]
		Exec(ctx context.Context) ([]C, error)
	}

	goRedisClient[R textReply, P any] interface {
		evaluator[R]
		Eval(ctx context.Context, script string, keys []string, args ...any) R
		Pipeline() P
	}
)

// GoRedis wraps a client of github.com/redis/go-redis: a *redis.Client, *redis.ClusterClient,
// *redis.Ring or redis.UniversalClient. Commands of many concurrent callers are sent in batches, so
// that a busy process spends less on the network. Give the client MaxRetries: -1: a command that is
// sent twice may be counted twice.
func GoRedis[R textReply, P goRedisPipe[R, C], C any](client goRedisClient[R, P]) Client {
	return &goRedis[R, P, C]{client: client}
}

type goRedis[R textReply, P goRedisPipe[R, C], C any] struct {
	client goRedisClient[R, P]

	mu      sync.Mutex
	batches int               // batches under way
	queue   []*pendingCommand // commands for the next batch
}

const (
	maxBatches = 3  // batches at a time; fewer callers need no batches
	batchSize  = 64 // commands in one batch
)

// pendingCommand is a command that waits for its batch.
type pendingCommand struct {
	sha   string
	keys  []string
	args  []any
	until time.Time
	reply string
	err   error
	done  chan struct{}
}

// EvalSha runs a script that Redis knows: at once while few batches are under way, otherwise in a
// batch with other commands.
func (g *goRedis[R, P, C]) EvalSha(ctx context.Context, sha string, keys, args []string) (string, error) {
	g.mu.Lock()
	if g.batches < maxBatches {
		g.batches++
		g.mu.Unlock()
		defer g.batchDone()
		return g.client.EvalSha(ctx, sha, keys, anys(args)...).Text()
	}
	a := &pendingCommand{sha: sha, keys: keys, args: anys(args), done: make(chan struct{})}
	if until, ok := ctx.Deadline(); ok {
		a.until = until
	} else {
		a.until = time.Now().Add(5 * time.Second)
	}
	g.queue = append(g.queue, a)
	g.mu.Unlock()
	select {
	case <-a.done:
		return a.reply, a.err
	case <-ctx.Done():
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if at := slices.Index(g.queue, a); at >= 0 {
		g.queue = slices.Delete(g.queue, at, at+1) // otherwise its batch was sent, and it may count
	}
	return "", ctx.Err()
}

// batchDone ends one batch and begins the next.
func (g *goRedis[R, P, C]) batchDone() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.queue) == 0 {
		g.batches--
		return
	}
	n := min(len(g.queue), batchSize)
	batch := slices.Clone(g.queue[:n])
	g.queue = slices.Delete(g.queue, 0, n)
	go func() {
		defer g.batchDone()
		g.send(batch)
	}()
}

// send sends a batch.
func (g *goRedis[R, P, C]) send(batch []*pendingCommand) {
	var until time.Time
	for _, a := range batch {
		if a.until.After(until) {
			until = a.until
		}
	}
	ctx, cancel := context.WithDeadline(context.Background(), until)
	defer cancel()
	pipe := g.client.Pipeline()
	replies := make([]R, len(batch))
	for i, a := range batch {
		replies[i] = pipe.EvalSha(ctx, a.sha, a.keys, a.args...)
	}
	_, _ = pipe.Exec(ctx) // each reply has its own error
	for i, a := range batch {
		a.reply, a.err = replies[i].Text()
		close(a.done)
	}
}

// Eval runs a script.
func (g *goRedis[R, P, C]) Eval(ctx context.Context, script string, keys, args []string) (string, error) {
	return g.client.Eval(ctx, script, keys, anys(args)...).Text()
}

func anys(args []string) []any {
	out := make([]any, len(args))
	for i, a := range args {
		out[i] = a
	}
	return out
}
