package redisstore

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// onFakeClock runs a test with a Redis in a bubble of synctest. What it does is then the same on a
// busy machine: no time passes while the test computes or Redis answers.
func onFakeClock(t *testing.T, test func(t *testing.T, redis *server), args ...string) {
	t.Helper()
	needRedis(t)
	synctest.Test(t, func(t *testing.T) { test(t, startRedis(t, args...)) })
}

// clockLua goes before a script: Redis's clock and age are those that the last words of ARGV tell.
const clockLua = `
local function clocked(call)
  return function(command, ...)
    local words = {...}
    if command == 'TIME' then return {ARGV[#ARGV - 2], ARGV[#ARGV - 1]} end
    -- Redis forgets keys by its own clock, which goes on while a busy machine holds the test up.
    if command == 'SET' and words[3] == 'PX' then words[4] = words[4] * 1000 end
    if command == 'PEXPIRE' then words[2] = words[2] * 1000 end
    local reply = call(command, unpack(words))
    if command == 'INFO' then reply = reply:gsub('uptime_in_seconds:%d+', 'uptime_in_seconds:' .. ARGV[#ARGV]) end
    return reply
  end
end
local redis = {call = clocked(redis.call), pcall = clocked(redis.pcall)}
`

// clockWords are the last words of ARGV, for a time in microseconds.
func clockWords(args []string, now int64, age time.Duration) []string {
	words := append([]string{}, args...)
	for _, n := range []int64{now / 1e6, now % 1e6, int64(age / time.Second)} {
		words = append(words, strconv.FormatInt(n, 10))
	}
	return words
}

// at is a client for which Redis's clock shows a time of the test's choosing.
type at struct {
	*plain
	now     int64 // microseconds
	general bool  // fail rollingScript, so that decideScript decides
}

func (a *at) EvalSha(ctx context.Context, sha string, keys, args []string) (string, error) {
	return "", redisError("NOSCRIPT")
}

func (a *at) Eval(ctx context.Context, text string, keys, args []string) (string, error) {
	if a.general && text == rollingScript.text {
		return "", nil
	}
	return a.plain.Eval(ctx, clockLua+text, keys, clockWords(args, a.now, time.Hour))
}

// bubble is a client for which Redis's clock shows the virtual time of a test.
type bubble struct {
	*plain
	server  *server
	trip    time.Duration // to Redis and back
	scripts sync.Map      // hashes by those of the scripts without clockLua
}

func (s *server) client() *bubble { return &bubble{plain: newPlain(s.addr), server: s} }

// distant is a client to which Redis answers after a while, in which other calls come.
func (s *server) distant() *bubble {
	b := s.client()
	b.trip = 200 * time.Microsecond
	return b
}

func (b *bubble) EvalSha(ctx context.Context, sha string, keys, args []string) (string, error) {
	clocked, ok := b.scripts.Load(sha)
	if !ok {
		return "", redisError("NOSCRIPT")
	}
	time.Sleep(b.trip)
	return b.plain.EvalSha(ctx, clocked.(string), keys, b.words(args))
}

func (b *bubble) Eval(ctx context.Context, text string, keys, args []string) (string, error) {
	time.Sleep(b.trip)
	hash := func(text string) string {
		sum := sha1.Sum([]byte(text))
		return hex.EncodeToString(sum[:])
	}
	b.scripts.Store(hash(text), hash(clockLua+text))
	return b.plain.Eval(ctx, clockLua+text, keys, b.words(args))
}

func (b *bubble) words(args []string) []string {
	b.server.mu.Lock()
	defer b.server.mu.Unlock()
	return clockWords(args, time.Now().Add(b.server.skew).UnixMicro(), time.Since(b.server.started))
}
