package redisstore

import (
	"context"
	"crypto/rand"
	"sync/atomic"
	"time"
)

// servers finds out whether one server counts for all tags; one script can then decide requests
// with different tags. The client cannot tell: it may talk to a ring, or to a proxy that silently
// chooses a server by the first key.
type servers struct {
	client    Client
	single    atomic.Bool
	checkedAt atomic.Int64 // time of the last check, in seconds
}

const (
	checkEvery = 60 // seconds; servers can be added
	probeTags  = 32 // tags: with two servers, one of them has all tags once in 2^31 times
)

// serverScript returns the name of the server that it runs on, unless that belongs to a cluster.
var serverScript = newScript(`
if redis.call('INFO', 'cluster'):find('cluster_enabled:0', 1, true) then
  return redis.call('INFO', 'server'):match('run_id:(%w+)') or ''
end
return ''
`)

// check checks again, in the background, when the last check is old.
func (s *servers) check(prefix string) {
	now, last := time.Now().Unix(), s.checkedAt.Load()
	if now-last < checkEvery || !s.checkedAt.CompareAndSwap(last, now) {
		return
	}
	go func() { s.single.Store(s.isSingle(prefix)) }()
}

// isSingle reports whether one server counts all keys, whatever their tags, and one script can use
// them together.
func (s *servers) isSingle(prefix string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	first, keys := "", make([]string, probeTags)
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
