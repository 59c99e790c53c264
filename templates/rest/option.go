package rest

import (
	"maps"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// A ClientOption changes how a client works. The constructor fails if an option is invalid. Options
// may be given in any order.
type ClientOption interface {
	applyToClient(*clientSettings) error
}

// A ServerOption changes how a server works. The constructor fails if an option is invalid. Options
// may be given in any order.
type ServerOption interface {
	applyToServer(*serverSettings) error
}

// An Option is for clients and servers alike.
type Option interface {
	ClientOption
	ServerOption
}

// settings has the values of the options for both sides.
type settings struct {
	clock     ratelimit.Clock
	plan      string
	overrides map[string]ratelimit.Amount
	unlimited bool
	known     bool              // what is outside the API is refused
	variables map[string]string // of servers
	observer  Observer
}

type option func(*settings)

func (o option) applyToClient(s *clientSettings) error { o(&s.settings); return nil }
func (o option) applyToServer(s *serverSettings) error { o(&s.settings); return nil }

// WithPlan selects one of the API's plans, which have other quotas. A server uses it for callers
// whose Identity names no plan. An unknown plan is an error of the constructor.
func WithPlan(name string) Option {
	return option(func(s *settings) { s.plan = name })
}

// WithOverrides sets quotas by limit name, such as those negotiated for an account. They apply
// after the plan. An unknown limit is an error of the constructor. The generated ReadOverrides
// reads them from a file.
func WithOverrides(amounts map[string]ratelimit.Amount) Option {
	return option(func(s *settings) {
		if s.overrides == nil {
			s.overrides = make(map[string]ratelimit.Amount)
		}
		maps.Copy(s.overrides, amounts)
	})
}

// WithoutLimits turns limiting off. A client then sends every call at once and leaves limiting to
// the API. A server counts nothing, for instance behind a gateway that does; it still refuses a
// request whose cost is above what a limit can ever admit.
func WithoutLimits() Option {
	return option(func(s *settings) { s.unlimited = true })
}

// WithObserver calls functions on admissions, refusals, retries and answers. A repeated option adds
// another observer. A server does not report requests that a middleware of WithMiddleware answers.
func WithObserver(observer Observer) Option {
	return option(func(s *settings) { s.observer = s.observer.join(observer) })
}

// WithClock replaces the system's clock, for tests.
func WithClock(clock ratelimit.Clock) Option {
	return option(func(s *settings) { s.clock = clock })
}
