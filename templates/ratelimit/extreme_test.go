package ratelimit

import (
	"math"
	"strings"
	"testing"
	"time"
)

// take asks for one charge at once.
func take(p *Pacer, l *Limit, cost int64) error {
	_, err := p.TryAcquire([]Charge{{Limit: l, Key: "k", Cost: cost}})
	return err
}

func TestPacerStaysWithinTheQuotaWhateverIsAnnounced(t *testing.T) {
	l := &Limit{Name: "a", Quota: 100, Window: time.Minute}
	for _, left := range []int64{math.MinInt64, -1, 0, 1, math.MaxInt64} {
		p := NewPacer(PacerOptions{})
		if err := take(p, l, 100); err != nil {
			t.Fatal(err)
		}
		p.Lower(&Limit{Name: "a"}, "k", 1)
		p.Remaining(&Limit{Name: "a"}, "k", left)
		if used := p.Usage()[0].Used; used != 100 {
			t.Errorf("%d left: %d used of 100 that were admitted", left, used)
		}
		if take(p, l, 1) == nil {
			t.Errorf("%d left: more than the quota was admitted", left)
		}
	}
}

func TestPacerTakesExtremeFigures(t *testing.T) {
	l := &Limit{Name: "a", Quota: 100, Window: time.Minute}
	p := NewPacer(PacerOptions{Share: math.NaN()})
	if err := take(p, l, 1); err != nil {
		t.Errorf("a share that is no number: %v", err)
	}
	_, err := p.TryAcquire([]Charge{{Limit: l, Key: "k", Cost: math.MaxInt64}, {Limit: l, Key: "k", Cost: 5}})
	if err == nil || !strings.Contains(err.Error(), "above the quota") {
		t.Errorf("a sum of costs that overflows: %v", err)
	}
	p.Block(&Limit{Name: "a"}, "k", time.Now().AddDate(1000, 0, 0))
	if take(p, l, 1) == nil {
		t.Error("a block of a thousand years blocks nothing")
	}
}
