package rest

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// arrival is a request as the server saw it.
type arrival struct {
	at    time.Time
	costs map[string]int64 // by limit
}

// journal is what the server saw.
type journal struct {
	mu       sync.Mutex
	arrivals []arrival
}

func (j *journal) add(a arrival) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.arrivals = append(j.arrivals, a)
}

// worst returns the most that the server saw of a limit in any half-open interval of its window.
func (j *journal) worst(l *ratelimit.Limit) int64 {
	slices.SortStableFunc(j.arrivals, func(a, b arrival) int { return a.at.Compare(b.at) })
	var most, sum int64
	first := 0
	for _, a := range j.arrivals {
		sum += a.costs[l.Name]
		for ; a.at.Sub(j.arrivals[first].at) >= l.Window; first++ {
			sum -= j.arrivals[first].costs[l.Name]
		}
		most = max(most, sum)
	}
	return most
}

func acquire(t *testing.T, p *ratelimit.Pacer, charges ...ratelimit.Charge) ratelimit.Permit {
	t.Helper()
	permit, err := p.Acquire(context.Background(), charges)
	if err != nil {
		t.Error(err)
		return ratelimit.NoPermit{}
	}
	return permit
}
