package front

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	ratelimit "github.com/envoyproxy/go-control-plane/envoy/extensions/common/ratelimit/v3"
	local "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/local_ratelimit/v3"
	typev3 "github.com/envoyproxy/go-control-plane/envoy/type/v3"
)

// buckets are the token buckets of a local rate limit filter, as they are documented: filled all
// the time, one for each combination of values where a descriptor leaves values out.
type buckets struct {
	config *local.LocalRateLimit
	mu     sync.Mutex
	known  map[string]*bucket
}

type bucket struct {
	tokens float64
	at     time.Time
	rate   float64 // a second
}

// take debits the buckets of the descriptors, the slowest first, until one has too few tokens, as
// Envoy does.
func (b *buckets) take(descriptors []*ratelimit.RateLimitDescriptor) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	type match struct {
		*bucket
		hits float64
	}
	var matches []match
	for _, d := range descriptors {
		for i, c := range b.config.GetDescriptors() {
			if !covers(c, d) {
				continue
			}
			hits := 1.0
			if d.GetHitsAddend() != nil {
				hits = float64(d.GetHitsAddend().GetValue())
			}
			matches = append(matches, match{b.bucket(i, d, c.GetTokenBucket()), hits})
			break
		}
	}
	slices.SortStableFunc(matches, func(a, b match) int { return cmp.Compare(a.rate, b.rate) })
	for _, m := range matches {
		if m.tokens < m.hits {
			return false
		}
		m.tokens -= m.hits
	}
	return true
}

// bucket returns the one of a descriptor's values, filled up to now.
func (b *buckets) bucket(i int, d *ratelimit.RateLimitDescriptor, c *typev3.TokenBucket) *bucket {
	id := fmt.Sprint(i)
	for _, e := range d.GetEntries() {
		id += "\x00" + e.GetValue()
	}
	most, now := float64(c.GetMaxTokens()), time.Now()
	one := b.known[id]
	if one == nil {
		one = &bucket{most, now, float64(c.GetTokensPerFill().GetValue()) / c.GetFillInterval().AsDuration().Seconds()}
		b.known[id] = one
	}
	one.tokens, one.at = math.Min(most, one.tokens+one.rate*now.Sub(one.at).Seconds()), now
	return one
}

// covers reports whether a configured descriptor is a request's: the same keys, and the values that
// it names.
func covers(c *ratelimit.LocalRateLimitDescriptor, d *ratelimit.RateLimitDescriptor) bool {
	if len(c.GetEntries()) != len(d.GetEntries()) {
		return false
	}
	for i, e := range c.GetEntries() {
		got := d.GetEntries()[i]
		if e.GetKey() != got.GetKey() || e.GetValue() != "" && e.GetValue() != got.GetValue() {
			return false
		}
	}
	return true
}
