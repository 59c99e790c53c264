package rest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// ClientConfig is the description of an API that its generated constructor passes.
type ClientConfig struct {
	API          string // the package's name, for metrics
	BaseURL      string // as the caller gave it; "" asks for defaultURL
	DefaultURL   string // the spec's first server, "" if it has none
	Servers      []ServerURL
	Scope        map[string]string // parameters given once to the constructor
	Operations   []Operation
	Schemas      []Schema // of the forms that a Transport reads
	Limits       []ratelimit.Limit
	Plans        map[string]map[string]ratelimit.Amount
	Exceeded     []Exceeded
	Credentials  []Credential
	ErrorCode    string // JSON pointers into an error's body; "" is none
	ErrorMessage string
}

// Client is the part of a client that all its groups share. It is safe for concurrent use.
type Client struct {
	config      ClientConfig
	settings    clientSettings
	base        string // without a trailing slash
	baseURL     *url.URL
	to          address                // of both
	own         map[*Operation]address // of operations with a server of their own
	moved       bool                   // the base URL is no server of the spec
	http        *http.Client
	limits      *ratelimit.Schedule // the table with plan and overrides applied
	limiter     ratelimit.Limiter   // nil with WithoutLimits
	meters      *ratelimit.Meters
	lowered     *announced
	clock       ratelimit.Clock
	sources     map[string]TokenSource      // by security scheme
	longestWait time.Duration               // that a server is believed
	variants    map[*Operation][]*Operation // of operations that share method and path with others
	random      func() float64              // in [0, 1), for jitter
}

// longestBelieved bounds the longest window that counts for how long a server is believed.
const longestBelieved = 100 * 365 * 24 * time.Hour

// NewClient checks everything that can be checked before the first call, so that a wrong option is
// an error here.
func NewClient(config ClientConfig, options []ClientOption) (*Client, error) {
	s := defaultSettings()
	if err := s.apply(options); err != nil {
		return nil, err
	}
	return newClient(config, s)
}

func newClient(config ClientConfig, s clientSettings) (*Client, error) {
	c := &Client{config: config, settings: s, lowered: &announced{}, random: rand.Float64}
	for _, step := range []func() error{c.setBase, c.setServers, c.setScope, c.setLimits, c.setSources} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if c.settings.http == nil {
		c.settings.http = defaultClient()
	}
	c.http = guardRedirects(c.settings.http, config.Credentials)
	c.setVariants()
	return c, nil
}

// NewCall begins a call of the operation with index op.
func (c *Client) NewCall(op int) *Call {
	o := &c.config.Operations[op]
	room := new(callRoom)
	r := &room.Call
	r.core, r.op, r.body, r.accept, r.spare = c, o, &o.Body, o.Accept, &room.url
	r.query, r.header = room.query[:0], room.header[:0]
	r.flight.first, r.flight.room = &room.sending, room.charges[:0]
	if r.set = room.set[:]; len(o.Params) > len(r.set) {
		r.set = make([]bool, len(o.Params))
	}
	if n := countPaths(o); n <= len(room.paths) {
		r.paths = room.paths[:n]
	} else {
		r.paths = make([]string, n)
	}
	return r
}

func (c *Client) setBase() error {
	base, known, err := c.expandBase(c.config.BaseURL)
	if err != nil {
		return err
	}
	if err := checkVariables(c.config.Servers, known, c.settings.variables); err != nil {
		return err
	}
	c.moved = c.config.BaseURL != "" && known == nil &&
		strings.TrimRight(base, "/") != strings.TrimRight(c.config.DefaultURL, "/") && !c.isServer(base)
	if base == "" {
		return errors.New("the base URL is empty and the API names no default")
	}
	u, err := url.Parse(base)
	if err != nil {
		return fmt.Errorf("base URL: %w", err)
	}
	if u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("base URL %q is not an absolute http or https URL", base)
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("base URL %q has a query or a fragment", base)
	}
	c.base, c.baseURL = strings.TrimRight(base, "/"), u
	c.to = newAddress(c.base, u)
	return nil
}

// setScope rejects an empty value that some operation requires.
func (c *Client) setScope() error {
	for i := range c.config.Operations {
		for _, p := range c.config.Operations[i].Params {
			if value, ok := c.config.Scope[p.Name]; ok && value == "" && p.Required {
				return fmt.Errorf("%s is empty", p.Name)
			}
		}
	}
	return nil
}

// table returns the published one with the plan's figures, and then others.
func (c *Client) table(overrides map[string]ratelimit.Amount) (limits []ratelimit.Limit, err error) {
	limits = c.config.Limits
	if plan := c.settings.plan; plan != "" {
		amounts, ok := c.config.Plans[plan]
		if !ok {
			return nil, fmt.Errorf("unknown plan %q", plan)
		}
		if limits, err = ratelimit.Apply(limits, amounts); err != nil {
			return nil, fmt.Errorf("plan %q: %w", plan, err)
		}
	}
	if len(overrides) > 0 {
		if limits, err = ratelimit.Apply(limits, overrides); err != nil {
			return nil, fmt.Errorf("overrides: %w", err)
		}
	}
	return limits, nil
}

func (c *Client) setLimits() error {
	s := &c.settings
	c.clock = s.clock
	if c.clock == nil {
		c.clock = ratelimit.SystemClock()
	}
	limits, err := c.table(s.overrides)
	if err != nil {
		return err
	}
	c.limits = ratelimit.NewSchedule(limits, c.clock)
	c.meters = ratelimit.NewMeters(c.config.API, "client", c.limits.Limits(), c.clock)
	if c.longestWait = s.maxWait; c.longestWait == 0 {
		c.longestWait = time.Hour
		for i := range limits {
			c.longestWait = max(c.longestWait, min(limits[i].AsWindow().Window, longestBelieved))
		}
	}
	if s.unlimited {
		if s.limiter != nil || s.share != 0 || s.adaptive || s.transit != 0 || s.failFast {
			return errors.New("WithoutLimits contradicts WithLimiter, WithShare, WithAdaptiveShare, WithTransit and WithFailFast")
		}
		return nil
	}
	c.limiter = s.limiter
	if c.limiter == nil {
		c.limiter = ratelimit.NewPacer(ratelimit.PacerOptions{Clock: c.clock, Share: s.share, Adaptive: s.adaptive, Transit: s.transit, MaxBlock: s.maxWait})
	} else if s.share != 0 || s.adaptive || s.transit != 0 {
		return errors.New("WithShare, WithAdaptiveShare and WithTransit do not reach the limiter given by WithLimiter: set them where it is made")
	}
	return nil
}

func (c *Client) setVariants() {
	byPath := make(map[string][]*Operation)
	for i := range c.config.Operations {
		o := &c.config.Operations[i]
		key := o.Method + " " + o.Path
		byPath[key] = append(byPath[key], o)
	}
	for _, list := range byPath {
		if len(list) == 1 {
			continue
		}
		if c.variants == nil {
			c.variants = make(map[*Operation][]*Operation)
		}
		for _, o := range list {
			c.variants[o] = list
		}
	}
}

// defaultClient is net/http's default with room for more than two idle connections to one host:
// a paced client sends many small requests to one server, and would reconnect for most of them.
func defaultClient() *http.Client {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return &http.Client{} // respect a replaced http.DefaultTransport
	}
	t = t.Clone()
	t.MaxIdleConnsPerHost = 64
	t.IdleConnTimeout = 30 * time.Second
	return &http.Client{Transport: t}
}

func countPaths(o *Operation) int {
	n := 0
	for n < len(o.Params) && o.Params[n].In == InPath {
		n++
	}
	return n
}
