package front

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	ratelimit "github.com/envoyproxy/go-control-plane/envoy/extensions/common/ratelimit/v3"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// descriptors carries out the actions: one descriptor for each rate limit all of whose actions have
// something to say.
func (x *exchange) descriptors(limits []*route.RateLimit) ([]*ratelimit.RateLimitDescriptor, error) {
	var out []*ratelimit.RateLimitDescriptor
	for _, limit := range limits {
		d := &ratelimit.RateLimitDescriptor{}
		for _, a := range limit.GetActions() {
			entry, err := x.entry(a)
			if err != nil {
				return nil, err
			}
			if entry == nil {
				d = nil
				break
			}
			d.Entries = append(d.Entries, entry)
		}
		if d == nil {
			continue
		}
		if format := limit.GetHitsAddend().GetFormat(); format != "" {
			hits, ok := x.hits(format)
			if !ok {
				continue // as Envoy does; a test that counts would notice
			}
			d.HitsAddend = wrapperspb.UInt64(hits)
		}
		out = append(out, d)
	}
	return out, nil
}

// entry gives nil for an action that has nothing to say.
func (x *exchange) entry(a *route.RateLimit_Action) (*ratelimit.RateLimitDescriptor_Entry, error) {
	switch a := a.GetActionSpecifier().(type) {
	case *route.RateLimit_Action_Metadata:
		path := []string{a.Metadata.GetMetadataKey().GetKey()}
		for _, segment := range a.Metadata.GetMetadataKey().GetPath() {
			path = append(path, segment.GetKey())
		}
		if text, _ := x.lookup(path).(string); text != "" {
			return &ratelimit.RateLimitDescriptor_Entry{Key: a.Metadata.GetDescriptorKey(), Value: text}, nil
		}
		return nil, nil
	case *route.RateLimit_Action_RemoteAddress_:
		host, _, err := net.SplitHostPort(x.r.RemoteAddr)
		return &ratelimit.RateLimitDescriptor_Entry{Key: "remote_address", Value: host}, err
	case *route.RateLimit_Action_MaskedRemoteAddress_:
		peer, err := netip.ParseAddrPort(x.r.RemoteAddr)
		if err != nil {
			return nil, err
		}
		bits := int(a.MaskedRemoteAddress.GetV6PrefixMaskLen().GetValue())
		if peer.Addr().Is4() {
			bits = int(a.MaskedRemoteAddress.GetV4PrefixMaskLen().GetValue())
		}
		prefix, err := peer.Addr().Prefix(bits)
		return &ratelimit.RateLimitDescriptor_Entry{Key: "masked_remote_address", Value: prefix.String()}, err
	default:
		return nil, fmt.Errorf("the front does not know the action %T", a)
	}
}

// lookup follows a path into the dynamic metadata.
func (x *exchange) lookup(path []string) any {
	var at any = x.metadata
	for _, key := range path {
		fields, _ := at.(map[string]any)
		at = fields[key]
	}
	return at
}

// dynamic evaluates %DYNAMIC_METADATA(namespace:key:key)%; nil stands for what is not there.
func (x *exchange) dynamic(format string) any {
	path, ok := strings.CutPrefix(format, "%DYNAMIC_METADATA(")
	path, closed := strings.CutSuffix(path, ")%")
	if !ok || !closed {
		return nil
	}
	return x.lookup(strings.Split(path, ":"))
}

func (x *exchange) hits(format string) (uint64, bool) {
	n, ok := x.dynamic(format).(float64)
	if text, is := x.dynamic(format).(string); is {
		var err error
		n, err = strconv.ParseFloat(text, 64)
		ok = err == nil
	}
	return uint64(n), ok && n >= 0 && n <= 1_000_000_000
}
