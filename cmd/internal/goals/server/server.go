// Package server is what clients are measured against: a vendor's real HTTP server behind a slow
// network, which counts in one of the ways that vendors use.
package server

import (
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"
)

// A Network delays each way by 5 ms and up to Jitter.
type Network struct{ Jitter time.Duration }

const least = 5 * time.Millisecond

func (n Network) way() { time.Sleep(least + rand.N(n.Jitter)) }

// RoundTrip returns the mean of what the network alone takes.
func (n Network) RoundTrip() time.Duration { return 2*least + n.Jitter }

// A Server answers until it is closed.
type Server struct {
	*httptest.Server
	network Network

	mu       sync.Mutex
	rule     func(time.Time) bool
	counting bool
	counts   Counts
}

// Counts is what a Server has seen: all requests and those it refused since it was there, those it
// let through since Begin.
type Counts struct{ Total, Refused, Passed int64 }

// New starts a Server of a quota.
func New(k Kind, n Network, quota int) *Server {
	s := &Server{network: n, rule: k.rule(quota)}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	return s
}

func (s *Server) serve(w http.ResponseWriter, _ *http.Request) {
	s.network.way()
	ok := s.admit()
	s.network.way()
	w.Header().Set("Content-Type", "application/json")
	if !ok {
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	_, _ = io.WriteString(w, "{}")
}

func (s *Server) admit() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts.Total++
	if !s.rule(time.Now()) {
		s.counts.Refused++
		return false
	}
	if s.counting {
		s.counts.Passed++
	}
	return true
}

// Begin starts to count what passes: the first burst of a client costs no time, so it does not
// count.
func (s *Server) Begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counting = true
}

// Counts returns what was counted up to now.
func (s *Server) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts
}

// Used returns how many percent of what a caller can get in elapsed time has passed: an answer
// comes a round trip after its request was sent, so that is the quota in each Window and round
// trip.
func Used(passed int64, quota int, elapsed, roundTrip time.Duration) float64 {
	return 100 * float64(passed) / (float64(quota) * elapsed.Seconds() / (Window + roundTrip).Seconds())
}
