package redisstore

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// lines let requests with one hash tag that come while another of the tag is asked wait for each other: one script then
// decides for them all, in the order in which they came. A busy key so costs Redis a script for many decisions. Requests of one
// tag only, because the nodes of a cluster, and the servers behind a proxy, are chosen by tag.
type lines struct {
	client Client
	mu     sync.Mutex
	of     map[string]*line
}

// line is who waits behind the request of a tag that is being asked.
type line struct{ waiting []*question }

const longest = 64 // requests in one script; Redis does nothing else meanwhile

// ask asks about a request: at once when no other of its tag is asked, else with those that wait too.
func (ls *lines) ask(ctx context.Context, q *question) error {
	tag := q.keys[0][:strings.IndexByte(q.keys[0], '}')+1]
	if slices.ContainsFunc(q.keys, func(key string) bool { return !strings.HasPrefix(key, tag) }) {
		return only(q).ask(ctx, ls.client)
	}
	ls.mu.Lock()
	l := ls.of[tag]
	if l == nil {
		if ls.of == nil {
			ls.of = make(map[string]*line)
		}
		ls.of[tag] = &line{}
		ls.mu.Unlock()
		defer ls.next(tag)
		return only(q).ask(ctx, ls.client)
	}
	q.until, _ = ctx.Deadline()
	q.done = make(chan error, 1)
	l.waiting = append(l.waiting, q)
	ls.mu.Unlock()
	select {
	case err := <-q.done:
		return err
	case <-ctx.Done():
		return ls.leave(l, q, ctx.Err())
	}
}

// leave takes out a request whose caller does not wait any longer. One that is being asked may still count.
func (ls *lines) leave(l *line, q *question, err error) error {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if at := slices.Index(l.waiting, q); at >= 0 {
		l.waiting = slices.Delete(l.waiting, at, at+1)
	}
	return err
}

// next goes on with those who wait, when somebody does.
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

// serve asks for those who wait until nobody does.
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
			batch = batch[ls.together(batch):]
		}
	}
}

// together asks for as many as one script can decide for, and returns for how many that was.
func (ls *lines) together(batch []*question) int {
	var s sheet
	var until time.Time
	for _, q := range batch {
		if !s.add(q) {
			break
		}
		if q.until.After(until) {
			until = q.until
		}
	}
	ctx, cancel := context.WithDeadline(context.Background(), until)
	defer cancel()
	err := s.ask(ctx, ls.client)
	for _, q := range s.questions {
		q.done <- err
	}
	return len(s.questions)
}

// only is a sheet for one request.
func only(q *question) *sheet {
	s := new(sheet)
	s.add(q)
	return s
}
