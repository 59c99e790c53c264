package front

import (
	"math"
	"strings"
	"sync"
	"time"

	ratelimit "github.com/envoyproxy/go-control-plane/envoy/extensions/common/ratelimit/v3"
	local "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/local_ratelimit/v3"
	typev3 "github.com/envoyproxy/go-control-plane/envoy/type/v3"
)

// buckets are the token buckets of a local rate limit filter, as they are documented: filled all the time, one for each
// combination of values where a descriptor leaves values out.
type buckets struct {
	config *local.LocalRateLimit
	mu     sync.Mutex
	known  map[string]*bucket
}

type bucket struct {
	tokens float64
	at     time.Time
}

// take debits the descriptors one after the other, and stops at the first that has too few tokens, as Envoy does. It says how
// long that one needs.
func (b *buckets) take(descriptors []*ratelimit.RateLimitDescriptor) (ok bool, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, d := range descriptors {
		for i, c := range b.config.GetDescriptors() {
			if !covers(c, d) {
				continue
			}
			hits := 1.0
			if d.GetHitsAddend() != nil {
				hits = float64(d.GetHitsAddend().GetValue())
			}
			if wait := b.bucket(i, d, c.GetTokenBucket(), hits); wait > 0 {
				return false, wait
			}
			break
		}
	}
	return true, 0
}

func (b *buckets) bucket(i int, d *ratelimit.RateLimitDescriptor, c *typev3.TokenBucket, hits float64) time.Duration {
	id := strings.Repeat(" ", i)
	for _, e := range d.GetEntries() {
		id += "\x00" + e.GetValue()
	}
	most, now := float64(c.GetMaxTokens()), time.Now()
	one := b.known[id]
	if one == nil {
		one = &bucket{most, now}
		b.known[id] = one
	}
	rate := float64(c.GetTokensPerFill().GetValue()) / c.GetFillInterval().AsDuration().Seconds()
	one.tokens, one.at = math.Min(most, one.tokens+rate*now.Sub(one.at).Seconds()), now
	if one.tokens < hits {
		return time.Duration((hits - one.tokens) / rate * float64(time.Second))
	}
	one.tokens -= hits
	return 0
}

// covers reports whether a configured descriptor is a request's: the same keys, and the values that it names.
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
