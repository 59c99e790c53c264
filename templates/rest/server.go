package rest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"hash/maphash"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// ServerConfig is a generated package's description of its API.
type ServerConfig struct {
	API          string // the package's name, for metrics
	Operations   []Operation
	Limits       []ratelimit.Limit
	Schemas      []Schema
	Plans        map[string]map[string]ratelimit.Amount
	Credentials  []Credential
	ErrorCode    string // JSON pointers into the API's error bodies; empty for problem+json
	ErrorMessage string
	Title        string
	DefaultPath  string // of the spec's first server: "" or "/v1"; "/{a}" if a has no default
	Servers      []ServerURL
	IPv6         int // bits of an IPv6 address that identify a client

	ErrorForm     string  // JSON of an error body with its required members
	ErrorMedia    string  // its media type
	ErrorExceeded []Match // matches "too many requests" in it
	TrailingSlash bool
	AssumeJSON    bool
}

// A Server decodes, checks, limits and answers requests. It is an http.Handler.
type Server struct {
	config ServerConfig
	serverSettings
	router    router
	plain     bool   // the path that router is below needs no encoding
	own       router // of operations with a server of their own, below its path
	routes    []route
	places    []int           // the route of each operation
	handler   http.Handler    // the middleware around serve; nil without
	gate      *ratelimit.Gate // the enforcer, if it is one
	digests   digests
	keySets   keySets
	exchanges sync.Pool // of *Exchange
	meters    *ratelimit.Meters
	base      *planTable               // the limits with the server's own plan
	plans     map[string]*planTable    // callers' plans
	planned   atomic.Bool              // whether a caller has had another plan
	served    []served                 // of each operation
	layouts   layouts                  // for reading bodies
	bodies    []atomic.Pointer[layout] // those of each operation

	published []ratelimit.Limit // the table of the spec
	changing  sync.Mutex        // serialises changes of quotas
}

// route is a method and path template with its operation, or the variants of it in order.
type route struct {
	variants []variant
	byBody   bool // whether choosing a variant reads the body
	counted  bool // whether a variant, a cost or a key reads the body
	single   bool // the only variant matches every request
	noBody   bool // no variant has a body
}

type variant struct {
	op     int
	handle func(x *Exchange) error
	bodies map[int]func(x *Exchange) error // of other media types of the request
	offers []offer                         // other media types of the answer
}

func NewServer(config ServerConfig, options []ServerOption) (*Server, error) {
	s, err := newSettings(config, options)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(s.refuseWebhookName(), s.refuseOpenPath()); err != nil {
		return nil, err
	}
	if err := s.checkAuth(); err != nil {
		return nil, err
	}
	if err := s.prepare(); err != nil {
		return nil, err
	}
	if len(s.middleware) > 0 {
		s.handler = s.wrapped(s.serve)
	}
	return s, nil
}

// wrapped puts the server's middleware around a function.
func (s *Server) wrapped(f http.HandlerFunc) http.Handler {
	handler := http.Handler(f)
	for i := len(s.middleware) - 1; i >= 0; i-- {
		handler = s.middleware[i](handler)
	}
	return handler
}

// newSettings returns a server with its API and options only.
func newSettings(config ServerConfig, options []ServerOption) (*Server, error) {
	s := &Server{config: config, digests: newDigests(), keySets: keySets{seed: maphash.MakeSeed()}}
	s.maxBody, s.maxUpload, s.basePath = 1<<20, 32<<20, config.DefaultPath
	for _, option := range options {
		if option == nil {
			continue
		}
		if err := option.applyToServer(&s.serverSettings); err != nil {
			return nil, err
		}
	}
	return s, s.setVariables()
}

// refuseOpenPath refuses a base path whose variables have no values: no request would match.
func (s *serverSettings) refuseOpenPath() error {
	if !s.otherPath && strings.Contains(s.basePath, "{") {
		return fmt.Errorf("the path of the spec's server, %s, has variables without a default; name it by WithBasePath", s.basePath)
	}
	return nil
}

// prepare builds the limits and the router.
func (s *Server) prepare() error {
	if _, err := rand.Read(s.digests.salt); err != nil {
		return err
	}
	if err := s.makeTables(); err != nil {
		return err
	}
	if s.enforcer != nil && s.unlimited {
		return errors.New("WithoutLimits contradicts WithEnforcer")
	}
	if s.enforcer == nil && !s.unlimited {
		s.enforcer = ratelimit.NewGate(ratelimit.GateOptions{Clock: s.clock})
	}
	s.gate, _ = s.enforcer.(*ratelimit.Gate)
	if s.clock == nil {
		s.clock = ratelimit.SystemClock()
	}
	s.meters = ratelimit.NewMeters(s.config.API, "server", s.config.Limits, s.clock)
	s.places, s.served = make([]int, len(s.config.Operations)), make([]served, len(s.config.Operations))
	s.layouts.schemas, s.bodies = s.config.Schemas, make([]atomic.Pointer[layout], len(s.config.Operations))
	for i := range s.config.Operations {
		op := &s.config.Operations[i]
		at := s.addRoute(op)
		if at == len(s.routes) {
			s.routes = append(s.routes, route{})
		}
		s.places[i] = at
		s.served[i] = s.servedOf(i)
		list := s.routes[at].variants
		first := place(op, len(list), func(i int) *Operation { return &s.config.Operations[list[i].op] })
		s.routes[at].variants = slices.Insert(list, first, variant{op: i})
		if op.When != TestAlways && op.WhenExpr.In == InBody {
			s.routes[at].byBody = true
		}
		s.routes[at].counted = s.routes[at].counted || op.readsBody()
	}
	for i := range s.routes {
		r := &s.routes[i]
		op := &s.config.Operations[r.variants[0].op]
		r.single = len(r.variants) == 1 && op.When == TestAlways && op.Told.Param == 0 && !strings.Contains(op.Path, "?")
		r.noBody = !slices.ContainsFunc(r.variants, func(v variant) bool { return s.config.Operations[v.op].Body.Kind != BodyNone })
	}
	s.router.seal()
	s.own.seal()
	s.plain = plainPath(s.basePath)
	return nil
}

// Handle sets the handler of an operation. Operations without a handler answer 501.
func (s *Server) Handle(op int, f func(x *Exchange) error) {
	s.variant(op).handle = f
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.handler != nil {
		s.handler.ServeHTTP(w, r)
		return
	}
	s.serve(w, r)
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) { s.answer(w, r, (*Exchange).routed) }

// answer answers a request by a function.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, by func(x *Exchange) error) {
	x := s.exchange(w, r)
	x.answered(by)
	if len(s.around) == 0 {
		x.free()
	}
}

// answered answers a request by a function.
func (x *Exchange) answered(by func(x *Exchange) error) {
	s := x.server
	if s.observer.Done != nil {
		x.counted, x.begin = true, s.clock.Now()
		defer x.tellDone()
	}
	defer x.finish()
	if err := by(x); err != nil {
		x.fail(err)
	}
}

// routed serves the operation that the request's path names.
func (x *Exchange) routed() error {
	at, path, below := x.locate()
	if at < 0 {
		x.unrouted(path, rawPath(x.r.URL), below)
		return nil
	}
	return x.serve(&x.server.routes[at])
}

// locate finds the route of the request. Without a route it returns the path relative to the
// server's, if it is below that.
func (x *Exchange) locate() (at int, path string, below bool) {
	s, u := x.server, x.r.URL
	x.view.header = x.r.Header
	if u.RawQuery != x.view.rawQuery { // often both are "", and a pointer costs more to write; see Exchange
		x.view.rawQuery = u.RawQuery
	}
	if u.RawPath == "" && s.plain && strings.HasPrefix(u.Path, s.basePath) {
		if at, values := s.router.findPlain(x.r.Method, u.Path[len(s.basePath):], x.values[:0]); at >= 0 {
			x.decoded = true
			x.setPath(values)
			return at, "", true
		}
	}
	plain := u.RawPath == "" && plainPath(u.Path)
	whole := u.Path
	if !plain {
		whole = rawPath(u)
	}
	path, below = cutPath(s.basePath, whole)
	at, values := -1, x.values[:0]
	if below {
		at, values = s.router.lookup(x.r.Method, path, plain, values)
	}
	if at < 0 {
		at, values = s.own.lookup(x.r.Method, whole, plain, x.values[:0])
	}
	if at < 0 && below && s.config.TrailingSlash && len(path) > 1 && path[len(path)-1] == '/' {
		path = path[:len(path)-1]
		at, values = s.router.lookup(x.r.Method, path, plain, x.values[:0])
	}
	x.setPath(values)
	return at, path, below
}

// setPath sets the values of the path, which usually are in the exchange itself.
func (x *Exchange) setPath(values []string) {
	switch {
	case len(values) > len(x.values):
		x.view.path = values
	case cap(x.view.path) == len(x.values):
		x.view.path = x.view.path[:len(values)]
	default:
		x.view.path = x.values[:len(values)]
	}
}

// serve takes the steps from a route to its handler, in the order that makes refusals free, except
// in limits that count refused requests too.
func (x *Exchange) serve(route *route) error {
	chosen := x.look(route)
	s := x.server
	if x.of.early {
		if err := x.admitEarly(); err != nil {
			return err
		}
	}
	if s.signature != nil {
		if err := x.verify(); err != nil {
			return err
		}
	}
	if s.auth != nil || x.of.limited {
		if err := x.authenticate(); err != nil {
			return err
		}
	}
	if !route.noBody {
		if err := x.readBody(route, chosen); err != nil {
			return err
		}
	}
	if route.byBody || chosen == nil || chosen.handle == nil {
		if err := x.sound(); err != nil {
			return err
		}
	}
	if route.byBody {
		chosen = x.choose(route)
	}
	if chosen == nil {
		return badRequest("the request is none of this operation's variants")
	}
	if !route.single || x.of.choice {
		x.settle(chosen)
	}
	if chosen.handle == nil {
		return &APIError{StatusCode: http.StatusNotImplemented}
	}
	if chosen.bodies != nil || chosen.offers != nil {
		return x.negotiated(chosen)
	}
	return x.call(chosen.handle)
}

// look returns the request's variant if it can be chosen without the body, and nil otherwise.
func (x *Exchange) look(route *route) *variant {
	first := &route.variants[0]
	var chosen *variant
	if !route.byBody {
		if chosen = x.choose(route); chosen != nil {
			first = chosen
		}
	}
	x.serves(first.op)
	return chosen
}

// choose finds the first variant that the request matches.
func (x *Exchange) choose(route *route) *variant {
	if route.single {
		return &route.variants[0]
	}
	for i := range route.variants {
		op := &x.server.config.Operations[route.variants[i].op]
		if route.byBody && x.raw != nil && !x.takesMedia(op, x.r.Header.Get("Content-Type")) {
			continue
		}
		if x.view.matches(op) {
			return &route.variants[i]
		}
	}
	return nil
}

// unrouted answers requests without an operation: 404, 405, and OPTIONS, which is never counted.
func (x *Exchange) unrouted(path, whole string, below bool) {
	x.view.op = nil
	allow := x.server.own.allow(whole)
	if below {
		allow = append(allow, x.server.router.allow(path)...)
		slices.Sort(allow)
		allow = slices.Compact(allow)
	}
	switch {
	case len(allow) == 0:
		x.fail(&APIError{StatusCode: http.StatusNotFound})
		return
	case x.r.Method == http.MethodOptions:
		x.w.Header().Set("Allow", strings.Join(allow, ", "))
		x.start(http.StatusNoContent)
	default:
		x.w.Header().Set("Allow", strings.Join(allow, ", "))
		x.fail(&APIError{StatusCode: http.StatusMethodNotAllowed})
	}
}

func badRequest(message string) *APIError {
	return &APIError{StatusCode: http.StatusBadRequest, Message: message}
}
