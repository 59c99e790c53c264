//go:build ignore

package rlsstore

import (
	"fmt"
	"strconv"
	"strings"

	common "github.com/envoyproxy/go-control-plane/envoy/extensions/common/ratelimit/v3"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// descriptor names the counter of a charge as Envoy's filters do, so that both count in one:
//
//	limit=NAME [operation=ID] [KEY=/value/value] [masked_remote_address=IP/BITS]
func descriptor(names *ratelimit.Descriptors, limit *ratelimit.Limit, key string, cost int64) (*common.RateLimitDescriptor, error) {
	l, ok := names.Limits[limit.Name]
	if !ok {
		return nil, fmt.Errorf("rlsstore: the descriptors of API %q do not name limit %q", limit.API, limit.Name)
	}
	values, ok := split(key)
	shape := shapeOf(&l, len(values))
	if !ok || shape == "" && len(values) > 0 {
		return nil, fmt.Errorf("rlsstore: no partition key of limit %q looks like that", limit.Name)
	}
	var operation, address, all string
	for i, v := range values {
		switch shape[i] {
		case 'o':
			if operation = names.Operations[v]; operation == "" {
				return nil, fmt.Errorf("rlsstore: a partition key of limit %q holds an unknown operation", limit.Name)
			}
		case 'a':
			address = masked(names.Address, v)
		default:
			all += "/" + escape(v)
		}
	}
	d := &common.RateLimitDescriptor{HitsAddend: wrapperspb.UInt64(uint64(max(cost, 0)))}
	for _, e := range [...]struct{ key, value string }{{"limit", limit.Name}, {"operation", operation}, {l.Key, all}, {names.Address, address}} {
		if e.value != "" {
			d.Entries = append(d.Entries, &common.RateLimitDescriptor_Entry{Key: e.key, Value: e.value})
		}
	}
	return d, nil
}

// masked is an address as Envoy writes it under that name: with the number of its significant bits.
func masked(name, address string) string {
	switch {
	case name != "masked_remote_address" || address == "" || strings.Contains(address, "/"):
		return address
	case strings.Contains(address, ":"):
		return address + "/128"
	}
	return address + "/32"
}

// shapeOf is the descriptor's shape for that number of values.
func shapeOf(d *ratelimit.Descriptor, values int) string {
	for _, s := range d.Shapes {
		if len(s) == values {
			return s
		}
	}
	return ""
}

// split returns the values of a partition key, each of which follows its length.
func split(key string) (values []string, ok bool) {
	for key != "" {
		length, rest, found := strings.Cut(key, ":")
		n, err := strconv.Atoi(length)
		if !found || err != nil || n < 0 || n > len(rest) {
			return nil, false
		}
		values, key = append(values, rest[:n]), rest[n:]
	}
	return values, true
}

// escape turns any value into ASCII without "_", which the service uses to join values.
func escape(value string) string {
	var b strings.Builder
	for i := range len(value) {
		switch c := value[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '~', c == '-':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
