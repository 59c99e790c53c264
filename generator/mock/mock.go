// Package mock serves a spec with its limits enforced, without generated code. It routes, checks,
// counts and refuses by the run-time of generated servers, of which it makes the tables from the
// model, so that it decides as they do.
package mock

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/limitgen/limitgen/generator/analyze"
	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/templates/ratelimit"
	"github.com/limitgen/limitgen/templates/rest"
)

// Options say how a mock answers.
type Options struct {
	Plan    string            // of callers without one in Plans
	Plans   map[string]string // by caller
	Fail    float64           // the part of the admitted requests that is answered 503
	Latency time.Duration     // from the decision to the answer
	Clock   ratelimit.Clock   // nil is the system's
	Log     func(line string) // gets a line for each request; nil for none
}

// Server is an http.Handler that serves a spec.
type Server struct {
	*rest.Server
	// Bare are the IDs of the operations whose answer has no body, because neither an example nor a
	// value of its schema was found.
	Bare []string

	config   rest.ServerConfig
	options  Options
	callers  []rest.Credential // the API keys
	admitted atomic.Int64
	journal  journal
}

// loopback are the peers whose X-Forwarded-For says which client it is: every client of a mock is
// on the same machine.
var loopback = []netip.Prefix{
	netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"),
}

// New returns a server of a spec that was read without errors.
func New(a *analyze.Analysis, o Options) (*Server, error) {
	s := &Server{config: tables(a.API), options: o}
	for _, c := range s.config.Credentials {
		if c.Prefix == "" {
			s.callers = append(s.callers, c)
		}
	}
	options := []rest.ServerOption{
		rest.WithAuth(s.identify), rest.WithTrustedProxies(loopback),
		rest.WithMiddleware(s.record), rest.WithObserver(s.observer()), rest.WithErrorLog(s.failed),
	}
	if o.Clock != nil {
		options = append(options, rest.WithClock(o.Clock))
	}
	if err := s.checkPlans(); err != nil {
		return nil, err
	}
	if o.Plan != "" {
		options = append(options, rest.WithPlan(o.Plan))
	}
	var err error
	if s.Server, err = rest.NewServer(s.config, options); err != nil {
		return nil, err
	}
	for i, use := range a.Uses() {
		op := a.API.Operations[i]
		answer, ok := answerOf(op, a, use)
		if !ok {
			answer.kind, s.Bare = model.Empty, append(s.Bare, op.ID)
		}
		s.Handle(i, s.endpoint(op, &answer))
		s.otherMedia(i, op, a, use)
	}
	return s, nil
}

// otherMedia handles the media types that have a method of their own in generated code.
func (s *Server) otherMedia(i int, op *model.Operation, a *analyze.Analysis, use *analyze.Use) {
	for _, m := range op.Media {
		if m.Handler == "" {
			continue
		}
		as := op.As(m)
		answer, ok := answerOf(as, a, use)
		if !ok {
			answer.kind = model.Empty
		}
		if m.Body > 0 {
			s.HandleBody(i, m.Body, s.endpoint(as, &answer))
		} else {
			s.HandleAnswer(i, m.Answer.Media, s.endpoint(as, &answer))
		}
	}
}

// checkPlans reports a plan that the spec has not.
func (s *Server) checkPlans() error {
	has := "has no plans"
	if plans := slices.Sorted(maps.Keys(s.config.Plans)); len(plans) > 0 {
		has = "has " + strings.Join(plans, ", ")
	}
	if s.options.Plan != "" && s.config.Plans[s.options.Plan] == nil {
		return fmt.Errorf("plan %q is not one of the spec's, which %s", s.options.Plan, has)
	}
	for _, caller := range slices.Sorted(maps.Keys(s.options.Plans)) {
		if plan := s.options.Plans[caller]; s.config.Plans[plan] == nil {
			return fmt.Errorf("plan %q of caller %q is not one of the spec's, which %s", plan, caller, has)
		}
	}
	return nil
}

// endpoint reads and checks a request as a generated server does, and answers it.
func (s *Server) endpoint(op *model.Operation, a *answer) func(x *rest.Exchange) error {
	return func(x *rest.Exchange) error {
		for _, p := range op.Params {
			if p.Scope {
				x.RawParam(p.Name)
			}
		}
		for _, list := range [][]*model.Param{op.Args, op.Fields} {
			for _, p := range list {
				parameter(x, p)
			}
		}
		if op.Body != nil {
			decodeBody(x, op.Body)
		}
		return x.Run(func(ctx context.Context) error {
			if err := s.wait(ctx); err != nil {
				return err
			}
			if s.fails() {
				return &rest.APIError{StatusCode: http.StatusServiceUnavailable, Message: "refused on purpose"}
			}
			return a.write(x, rest.ResponseHeader(ctx))
		})
	}
}

func parameter(x *rest.Exchange, p *model.Param) {
	if p.Type.Kind == model.Slice {
		var list []any
		x.Param(places[p.In], p.Name, &list)
		return
	}
	var value any
	x.Param(places[p.In], p.Name, &value)
}

func decodeBody(x *rest.Exchange, b *model.Body) {
	switch b.Kind {
	case model.Text:
		var text string
		x.DecodeText(&text)
		return
	case model.Binary:
		var data io.Reader
		x.DecodeReader(&data)
		return
	}
	var value any
	x.DecodeBody(&value)
	for _, f := range b.Files {
		var files []rest.File
		x.DecodeFile(f.Name, &files)
	}
}

// wait delays an answer, while the request is in flight.
func (s *Server) wait(ctx context.Context) error {
	if s.options.Latency <= 0 {
		return nil
	}
	timer := time.NewTimer(s.options.Latency)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// failed logs an error that callers must not see, unless it is that the caller has gone.
func (s *Server) failed(ctx context.Context, err error) {
	if s.options.Log != nil && ctx.Err() == nil {
		s.options.Log(diag.Printable("error: " + err.Error()))
	}
}

// fails reports whether an admitted request is one of those that are to fail, which are spread
// evenly.
func (s *Server) fails() bool {
	n := float64(s.admitted.Add(1))
	return math.Floor(n*s.options.Fail) > math.Floor((n-1)*s.options.Fail)
}
