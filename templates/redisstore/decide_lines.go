package redisstore

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// lines coalesces requests by hash tag: those that arrive while another request of the tag is being
// decided wait, and one script then decides them all, in arrival order. So a busy key costs Redis
// one script for many decisions. When many lines are busy and one server has all tags, requests of
// all tags form one line.
type lines struct {
	client  Client
	servers servers
	mu      sync.Mutex
	of      map[string]*line // by tag; "" is the line of all tags
}

// line is the queue behind the request of a tag that is being decided.
type line struct{ waiting []*question }

const (
	longest = 64 // requests in one script; Redis runs nothing else meanwhile
	few     = 4  // busy lines above which all form one; with fewer, separate scripts are quicker
)

// ask decides a request: at once if no other of its tag is being decided, otherwise in a batch with
// the waiting ones.
func (ls *lines) ask(ctx context.Context, until time.Time, q *question) error {
	tag := q.keys[0][:strings.IndexByte(q.keys[0], '}')+1]
	if slices.ContainsFunc(q.keys, func(key string) bool { return !strings.HasPrefix(key, tag) }) {
		_, err := ls.together(ctx, until, []*question{q})
		return err
	}
	ls.mu.Lock()
	if len(ls.of) >= few || ls.of[""] != nil {
		ls.servers.look(tag[:strings.IndexByte(tag, '{')])
		if ls.servers.one.Load() {
			tag = ""
		}
	}
	l := ls.of[tag]
	if l == nil {
		if ls.of == nil {
			ls.of = make(map[string]*line)
		}
		ls.of[tag] = &line{}
		ls.mu.Unlock()
		defer ls.next(tag)
		_, err := ls.together(ctx, until, []*question{q})
		return err
	}
	q.until = until
	l.waiting = append(l.waiting, q)
	ls.mu.Unlock()
	return ls.wait(ctx, l, q)
}

// timers are reused, as questions are.
var timers = sync.Pool{New: func() any { return time.NewTimer(time.Hour) }}

// wait blocks until a request is decided, its time is over or its caller leaves. If its script is
// already running then, it may still count.
func (ls *lines) wait(ctx context.Context, l *line, q *question) error {
	timer := timers.Get().(*time.Timer)
	defer timers.Put(timer)
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
func (ls *lines) next(tag string) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	l := ls.of[tag]
	if len(l.waiting) == 0 {
		delete(ls.of, tag)
		return
	}
	go ls.serve(tag, l)
}

// serve sends batches until no request is waiting.
func (ls *lines) serve(tag string, l *line) {
	for {
		ls.mu.Lock()
		n := min(len(l.waiting), longest)
		batch := l.waiting[:n:n]
		l.waiting = l.waiting[n:]
		if n == 0 {
			delete(ls.of, tag)
		}
		ls.mu.Unlock()
		if n == 0 {
			return
		}
		for len(batch) > 0 {
			until := slices.MaxFunc(batch, func(a, b *question) int { return a.until.Compare(b.until) }).until
			n, err := ls.together(context.Background(), until, batch)
			for _, q := range batch[:n] {
				q.done <- err
			}
			batch = batch[n:]
		}
	}
}

// together sends the longest prefix of batch that one script can decide, and returns its length.
func (ls *lines) together(ctx context.Context, until time.Time, batch []*question) (int, error) {
	s := sheets.Get().(*sheet)
	n := 0
	for n < len(batch) && s.add(batch[n]) {
		n++
	}
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	err := s.ask(ctx, ls.client, batch[:n])
	if err != nil {
		ls.servers.one.Store(false) // it may be a proxy that rejects different tags, or another server now
	}
	if err == nil { // after an error the client may still use the sheet
		s.free()
	}
	return n, err
}
