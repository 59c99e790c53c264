package front

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	local "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/local_ratelimit/v3"
	luafilter "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/lua/v3"
	global "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/ratelimit/v3"
	router "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/router/v3"
	service "github.com/envoyproxy/go-control-plane/envoy/service/ratelimit/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

func (f *Front) filter(name string, message any, limit int64) (filter, error) {
	switch m := message.(type) {
	case *luafilter.Lua:
		s, err := newScript(m.GetDefaultSourceCode().GetInlineString(), limit)
		return func(x *exchange) (*answer, error) {
			a, err := s.run(x)
			if errors.Is(err, errTooLarge) {
				return &answer{status: http.StatusRequestEntityTooLarge}, nil
			}
			if err != nil {
				f.report(err) // Envoy logs it and goes on
			}
			return a, nil
		}, err
	case *global.RateLimit:
		limits := &global.RateLimitPerRoute{}
		if err := f.host.GetTypedPerFilterConfig()[name].UnmarshalTo(limits); err != nil {
			return nil, err
		}
		conn, err := grpc.NewClient(f.clusters[m.GetRateLimitService().GetGrpcService().GetEnvoyGrpc().GetClusterName()],
			grpc.WithTransportCredentials(insecure.NewCredentials()))
		client := service.NewRateLimitServiceClient(conn)
		return func(x *exchange) (*answer, error) { return f.ask(x, m, limits, client) }, err
	case *local.LocalRateLimit:
		limits := &local.LocalRateLimit{}
		if err := f.host.GetTypedPerFilterConfig()[name].UnmarshalTo(limits); err != nil {
			return nil, err
		}
		b := &buckets{config: limits, known: map[string]*bucket{}}
		return func(x *exchange) (*answer, error) {
			descriptors, err := x.descriptors(limits.GetRateLimits())
			if err != nil {
				return nil, err
			}
			if b.take(descriptors) {
				return nil, nil
			}
			headers := map[string]string{} // those about the bucket come when local replies have been mapped
			for _, h := range limits.GetResponseHeadersToAdd() {
				headers[h.GetHeader().GetKey()] = fmt.Sprint(x.dynamic(h.GetHeader().GetValue()))
			}
			return &answer{status: http.StatusTooManyRequests, header: headers}, nil
		}, nil
	case *router.Router:
		return func(*exchange) (*answer, error) { return nil, nil }, nil
	}
	return nil, fmt.Errorf("the front does not know the filter %s", name)
}

// ask asks the rate limit service.
func (f *Front) ask(x *exchange, m *global.RateLimit, limits *global.RateLimitPerRoute, client service.RateLimitServiceClient) (*answer, error) {
	descriptors, err := x.descriptors(limits.GetRateLimits())
	if err != nil || len(descriptors) == 0 {
		return nil, err
	}
	// The configured time is for a service on a machine that has time. Tests must pass on a busy
	// one.
	const busy = 40
	ctx, cancel := context.WithTimeout(x.r.Context(), busy*m.GetTimeout().AsDuration())
	defer cancel()
	resp, err := client.ShouldRateLimit(ctx, &service.RateLimitRequest{Domain: m.GetDomain(), Descriptors: descriptors})
	if err != nil {
		if m.GetFailureModeDeny() {
			return &answer{status: int(m.GetStatusOnError().GetCode())}, nil
		}
		return nil, nil
	}
	headers := map[string]string{}
	least := ^uint32(0)
	for _, s := range resp.GetStatuses() {
		if s.GetCurrentLimit() == nil || s.GetLimitRemaining() >= least && s.GetCode() != service.RateLimitResponse_OVER_LIMIT {
			continue
		}
		least = s.GetLimitRemaining()
		headers["x-ratelimit-limit"] = fmt.Sprint(s.GetCurrentLimit().GetRequestsPerUnit())
		headers["x-ratelimit-remaining"] = fmt.Sprint(s.GetLimitRemaining())
		headers["x-ratelimit-reset"] = fmt.Sprint(s.GetDurationUntilReset().GetSeconds())
	}
	if m.GetEnableXRatelimitHeaders() == global.RateLimit_OFF {
		headers = map[string]string{}
	}
	if resp.GetOverallCode() == service.RateLimitResponse_OVER_LIMIT {
		headers["x-envoy-ratelimited"] = "true"
		return &answer{status: http.StatusTooManyRequests, header: headers}, nil
	}
	x.added = headers
	return nil, nil
}
