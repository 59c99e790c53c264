package config

import (
	"math"
	"testing"

	"github.com/limitgen/limitgen/generator/model"
)

// TestPassing has what requests cost and do not count taken into what can pass.
func TestPassing(t *testing.T) {
	l, other := &model.Limit{Name: "l"}, &model.Limit{Name: "other"}
	b := Bound{Most: 10}
	for _, c := range []struct {
		times []int64
		want  int64
	}{{nil, 10}, {[]int64{0}, 10}, {[]int64{3, 0, 2}, 30}, {[]int64{3, Endless, 2}, 0}, {[]int64{math.MaxInt64 / 2}, math.MaxInt64}} {
		gaps := []Gap{{Limit: other, Times: 7}, {}}
		for _, n := range c.times {
			gaps = append(gaps, Gap{Limit: l, Times: n})
		}
		if got := b.Passing(Uncounted(gaps)[l]); got != c.want {
			t.Errorf("%v: %d, want %d", c.times, got, c.want)
		}
	}
}
