package redisstore

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"strings"
)

// A Client runs scripts on Redis, or on the cluster node that has the first key. All keys of a call
// have the same hash tag. GoRedis and Rueidis wrap an existing client.
type Client interface {
	// EvalSha runs a script that Redis knows; it fails with Redis's NOSCRIPT error if Redis does
	// not know it.
	EvalSha(ctx context.Context, sha string, keys, args []string) (string, error)
	// Eval runs a script and caches it in Redis.
	Eval(ctx context.Context, script string, keys, args []string) (string, error)
}

// The part of rueidis that is needed: a command builder, and Do.
type (
	rueidisBuilder[A any] interface{ Arbitrary(tokens ...string) A }

	rueidisCommand[A, C any] interface {
		Keys(keys ...string) A
		Args(args ...string) A
		Build() C
	}

	stringReply interface{ ToString() (string, error) }

	rueidisClient[B, C any, R stringReply] interface {
		B() B
		Do(ctx context.Context, command C) R
	}
)

// Rueidis wraps a client of github.com/redis/rueidis. It sends the commands of concurrent callers
// together, so a busy process gets more decisions per second.
func Rueidis[B rueidisBuilder[A], A rueidisCommand[A, C], C any, R stringReply](client rueidisClient[B, C, R]) Client {
	return rueidis[B, A, C, R]{client}
}

type rueidis[B rueidisBuilder[A], A rueidisCommand[A, C], C any, R stringReply] struct {
	client rueidisClient[B, C, R]
}

// EvalSha runs a script that Redis knows.
func (c rueidis[B, A, C, R]) EvalSha(ctx context.Context, sha string, keys, args []string) (string, error) {
	return c.run(ctx, "EVALSHA", sha, keys, args)
}

// Eval runs a script.
func (c rueidis[B, A, C, R]) Eval(ctx context.Context, script string, keys, args []string) (string, error) {
	return c.run(ctx, "EVAL", script, keys, args)
}

func (c rueidis[B, A, C, R]) run(ctx context.Context, command, script string, keys, args []string) (string, error) {
	cmd := c.client.B().Arbitrary(command, script, itoa(int64(len(keys)))).Keys(keys...).Args(args...)
	return c.client.Do(ctx, cmd.Build()).ToString()
}

// A script is identified by its hash in Redis.
type script struct{ text, sha string }

func newScript(text string) *script {
	sum := sha1.Sum([]byte(text))
	return &script{text, hex.EncodeToString(sum[:])}
}

// run runs the script by its hash, and by its text if Redis has forgotten it: after a restart, a
// failover or a flush.
func (s *script) run(ctx context.Context, client Client, keys, args []string) (string, error) {
	reply, err := client.EvalSha(ctx, s.sha, keys, args)
	if err != nil && strings.HasPrefix(err.Error(), "NOSCRIPT") {
		return client.Eval(ctx, s.text, keys, args)
	}
	return reply, err
}
