package redisstore

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// coalescer batches requests by hash tag: those that arrive while another request of the tag is
// being decided wait, and one script then decides them all, in arrival order. So a busy key costs
// Redis one script for many decisions. When many queues are busy and one server has all tags,
// requests of all tags share one queue.
type coalescer struct {
	client  Client
	servers servers
	timers  sync.Pool // reused, as decision requests are
	mu      sync.Mutex
	queues  map[string]*batchQueue // by tag; "" is the queue of all tags
}

// batchQueue is the queue behind the request of a tag that is being decided.
type batchQueue struct{ waiting []*decisionRequest }

const (
	maxBatch  = 64 // requests in one script; Redis runs nothing else meanwhile
	maxQueues = 4  // busy queues from which on all tags share one; with fewer, separate scripts are faster
)

// ask decides a request: at once if no other of its tag is being decided, otherwise in a batch with
// the waiting ones.
func (ls *coalescer) ask(ctx context.Context, until time.Time, q *decisionRequest) error {
	tag := q.keys[0][:strings.IndexByte(q.keys[0], '}')+1]
	if slices.ContainsFunc(q.keys, func(key string) bool { return !strings.HasPrefix(key, tag) }) {
		_, err := ls.decideBatch(ctx, until, []*decisionRequest{q})
		return err
	}
	ls.mu.Lock()
	if len(ls.queues) >= maxQueues || ls.queues[""] != nil {
		ls.servers.check(tag[:strings.IndexByte(tag, '{')])
		if ls.servers.single.Load() {
			tag = ""
		}
	}
	l := ls.queues[tag]
	if l == nil {
		if ls.queues == nil {
			ls.queues = make(map[string]*batchQueue)
		}
		ls.queues[tag] = &batchQueue{}
		ls.mu.Unlock()
		defer ls.next(tag)
		_, err := ls.decideBatch(ctx, until, []*decisionRequest{q})
		return err
	}
	q.until = until
	l.waiting = append(l.waiting, q)
	ls.mu.Unlock()
	return ls.wait(ctx, l, q)
}

// wait blocks until a request is decided, its time is over or its caller leaves. If its script is
// already running then, it may still count.
func (ls *coalescer) wait(ctx context.Context, l *batchQueue, q *decisionRequest) error {
	timer, ok := ls.timers.Get().(*time.Timer)
	if !ok {
		timer = time.NewTimer(time.Hour)
	}
	defer ls.timers.Put(timer)
	defer timer.Stop()
	timer.Reset(time.Until(q.until))
	err := context.DeadlineExceeded
	select {
	case err := <-q.done:
		return err
	case <-timer.C:
	case <-ctx.Done():
		err = ctx.Err()
	}
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if at := slices.Index(l.waiting, q); at >= 0 {
		l.waiting = slices.Delete(l.waiting, at, at+1)
	}
	return err
}

// next starts serving the waiting requests, if any.
func (ls *coalescer) next(tag string) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	l := ls.queues[tag]
	if len(l.waiting) == 0 {
		delete(ls.queues, tag)
		return
	}
	go ls.serve(tag, l)
}

// serve sends batches until no request is waiting.
func (ls *coalescer) serve(tag string, l *batchQueue) {
	for {
		ls.mu.Lock()
		n := min(len(l.waiting), maxBatch)
		batch := l.waiting[:n:n]
		l.waiting = l.waiting[n:]
		if n == 0 {
			delete(ls.queues, tag)
		}
		ls.mu.Unlock()
		if n == 0 {
			return
		}
		for len(batch) > 0 {
			until := slices.MaxFunc(batch, func(a, b *decisionRequest) int { return a.until.Compare(b.until) }).until
			n, err := ls.decideBatch(context.Background(), until, batch)
			for _, q := range batch[:n] {
				q.done <- err
			}
			batch = batch[n:]
		}
	}
}

// decideBatch sends the longest prefix of batch that one script can decide, and returns its length.
func (ls *coalescer) decideBatch(ctx context.Context, until time.Time, batch []*decisionRequest) (int, error) {
	s := batchRequests.Get().(*batchRequest)
	n := 0
	for n < len(batch) && s.add(batch[n]) {
		n++
	}
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	err := s.ask(ctx, ls.client, batch[:n])
	if err != nil {
		ls.servers.single.Store(false) // it may be a proxy that rejects different tags, or another server now
	}
	if err == nil { // after an error the client may still use it
		s.free()
	}
	return n, err
}
