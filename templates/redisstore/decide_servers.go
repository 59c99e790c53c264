package redisstore

import (
	"context"
	"crypto/rand"
	"sync/atomic"
	"time"
)

// servers finds out whether one server counts for all tags; then one script can decide for requests
// with different tags. The client cannot tell: what it talks to may be a ring, or a proxy that
// chooses a server by the first key without a word.
type servers struct {
	client Client
	one    atomic.Bool
	looked atomic.Int64 // when, in seconds
}

const (
	lookEvery = 60 // seconds; servers can be added
	lookAt    = 32 // tags: two servers share them all once in 2^31 times
)

// serverScript names the server that it runs on, unless that is one of a cluster.
var serverScript = newScript(`
if redis.call('INFO', 'cluster'):find('cluster_enabled:0', 1, true) then
  return redis.call('INFO', 'server'):match('run_id:(%w+)') or ''
end
return ''
`)

// look looks again, in the background, when it is time to.
func (s *servers) look(prefix string) {
	now, last := time.Now().Unix(), s.looked.Load()
	if now-last < lookEvery || !s.looked.CompareAndSwap(last, now) {
		return
	}
	go func() { s.one.Store(s.same(prefix)) }()
}

// same reports whether keys with different tags are all counted by the same server, and can be by
// one script.
func (s *servers) same(prefix string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	first, keys := "", make([]string, lookAt)
	for i := range keys {
		keys[i] = prefix + "{" + rand.Text() + "}server"
		id, err := serverScript.run(ctx, s.client, keys[i:i+1], nil)
		if err != nil || id == "" || i > 0 && id != first {
			return false
		}
		first = id
	}
	id, err := serverScript.run(ctx, s.client, keys, nil)
	return err == nil && id == first
}
