package rest

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"
)

// network connects clients with one server in memory, as a kernel would: what was written arrives
// after a delay, whether or not the reader looks and even when the writer has left, and all of it
// takes virtual time in a synctest bubble.
type network struct {
	mu      sync.Mutex
	random  *rand.Rand
	oneWay  time.Duration // and as much again at random
	stopped time.Time     // until then the server does nothing: neither accepts nor reads nor writes
	accepts chan net.Conn
	dialled int
	closed  chan struct{}
}

func newNetwork(seed uint64, oneWay time.Duration) *network {
	return &network{random: rand.New(rand.NewPCG(seed, 3)), oneWay: oneWay, accepts: make(chan net.Conn, 1000), closed: make(chan struct{})}
}

// chance reports true with a probability, reproducibly for a seed and an order of events.
func (n *network) chance(p float64) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.random.Float64() < p
}

func (n *network) between(low, high time.Duration) time.Duration {
	n.mu.Lock()
	defer n.mu.Unlock()
	return low + time.Duration(n.random.Int64N(int64(high-low)+1))
}

// stop stalls the server for d, as a process that is stopped or a machine that swaps does.
func (n *network) stop(d time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.stopped = time.Now().Add(d)
}

// resume waits until the server does something again.
func (n *network) resume() {
	n.mu.Lock()
	until := n.stopped
	n.mu.Unlock()
	time.Sleep(time.Until(until))
}

func (n *network) dial(context.Context, string, string) (net.Conn, error) {
	up, down := newHalf(n), newHalf(n)
	n.mu.Lock()
	n.dialled++
	n.mu.Unlock()
	n.accepts <- &link{network: n, in: up, out: down, server: true}
	return &link{network: n, in: down, out: up}, nil
}

func (n *network) Accept() (net.Conn, error) {
	select {
	case c := <-n.accepts:
		n.resume()
		return c, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

func (n *network) Close() error   { close(n.closed); return nil }
func (n *network) Addr() net.Addr { return &net.TCPAddr{} }

// serve runs a server on the network and returns a client of it.
func (n *network) serve(t *testing.T, handler http.Handler, transport *http.Transport) *http.Client {
	server := &http.Server{Handler: handler, Protocols: transport.Protocols}
	transport.DialContext = n.dial
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(n)
	}()
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = server.Close()
		<-done
		time.Sleep(time.Minute) // for what is on its way to arrive: with the bubble's end its time ends
	})
	return &http.Client{Transport: transport}
}

// half is one direction of a connection.
type half struct {
	network *network
	mu      sync.Mutex
	chunks  []chunk
	over    bool // the writer has closed it
	at      time.Time
	changed chan struct{} // closed at each change
}

type chunk struct {
	at   time.Time
	text []byte
}

func newHalf(n *network) *half { return &half{network: n, changed: make(chan struct{})} }

func (h *half) change(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f()
	close(h.changed)
	h.changed = make(chan struct{})
}

// due returns when what is written now arrives. Nothing overtakes what was written before.
func (h *half) due() time.Time {
	at := time.Now().Add(h.network.between(h.network.oneWay, 2*h.network.oneWay))
	if at.Before(h.at) {
		at = h.at
	}
	h.at = at
	return at
}

// link is an end of a connection.
type link struct {
	network     *network
	in, out     *half
	server      bool
	mu          sync.Mutex
	read, write time.Time // deadlines
	closed      bool
}

func (l *link) Read(p []byte) (int, error) {
	for {
		if l.server {
			l.network.resume()
		}
		h := l.in
		h.mu.Lock() // first, so that a change of the deadline is seen here or by its signal
		l.mu.Lock()
		deadline, closed := l.read, l.closed
		l.mu.Unlock()
		changed, wait := h.changed, time.Duration(-1)
		switch {
		case closed:
			h.mu.Unlock()
			return 0, net.ErrClosed
		case !deadline.IsZero() && !deadline.After(time.Now()):
			h.mu.Unlock()
			return 0, os.ErrDeadlineExceeded
		case len(h.chunks) > 0 && !h.chunks[0].at.After(time.Now()):
			n := copy(p, h.chunks[0].text)
			if h.chunks[0].text = h.chunks[0].text[n:]; len(h.chunks[0].text) == 0 {
				h.chunks = h.chunks[1:]
			}
			h.mu.Unlock()
			return n, nil
		case len(h.chunks) > 0:
			wait = time.Until(h.chunks[0].at)
		case h.over && !h.at.After(time.Now()):
			h.mu.Unlock()
			return 0, io.EOF
		case h.over:
			wait = time.Until(h.at)
		}
		h.mu.Unlock()
		if !deadline.IsZero() && (wait < 0 || time.Until(deadline) < wait) {
			wait = time.Until(deadline)
		}
		if wait < 0 {
			<-changed
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-changed:
		case <-timer.C:
		}
		timer.Stop()
	}
}

func (l *link) Write(p []byte) (int, error) {
	if l.server {
		l.network.resume()
	}
	l.mu.Lock()
	deadline, closed := l.write, l.closed
	l.mu.Unlock()
	switch {
	case closed:
		return 0, net.ErrClosed
	case !deadline.IsZero() && !deadline.After(time.Now()):
		return 0, os.ErrDeadlineExceeded
	}
	var err error
	l.out.change(func() {
		if l.out.over {
			err = errors.New("write: broken pipe")
			return
		}
		l.out.chunks = append(l.out.chunks, chunk{l.out.due(), append([]byte(nil), p...)})
	})
	return len(p), err
}

// Close ends both directions; what is on its way arrives.
func (l *link) Close() error {
	l.mu.Lock()
	was := l.closed
	l.closed = true
	l.mu.Unlock()
	if !was {
		l.out.change(func() { l.out.over, l.out.at = true, l.out.due() })
		l.in.change(func() {})
	}
	return nil
}

func (l *link) LocalAddr() net.Addr  { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }
func (l *link) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

func (l *link) SetDeadline(t time.Time) error {
	_ = l.SetWriteDeadline(t)
	return l.SetReadDeadline(t)
}

func (l *link) SetReadDeadline(t time.Time) error {
	l.mu.Lock()
	l.read = t
	l.mu.Unlock()
	l.in.change(func() {})
	return nil
}

func (l *link) SetWriteDeadline(t time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.write = t
	return nil
}
