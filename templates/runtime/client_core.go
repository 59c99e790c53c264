package runtime

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// clientConfig is what a generated constructor knows of its API.
type clientConfig struct {
	api          string            // the package's name, for metrics
	baseURL      string            // as the caller gave it; "" asks for defaultURL
	defaultURL   string            // the spec's first server, "" when it has none
	scope        map[string]string // parameters given once to the constructor
	operations   []operation
	limits       []Limit
	plans        map[string]map[string]Amount
	exceeded     []exceeded
	credentials  []credential
	errorCode    string // JSON pointers into an error's body; "" is none
	errorMessage string
}

// core is the part of a client that all its groups share. It is safe for concurrent use.
type core struct {
	config      clientConfig
	settings    settings
	base        string // without a trailing slash
	baseURL     *url.URL
	own         map[*operation]address // of operations with a server of their own
	http        *http.Client
	limits      []Limit // in force: the table with plan and overrides applied
	limiter     Limiter // nil with WithoutLimits
	meters      meters
	lowered     *announced
	clock       Clock
	sources     map[string]TokenSource  // by security scheme
	longestWait time.Duration           // that a server is believed
	variants    map[string][]*operation // of operations that share method and path with others
	random      func() float64          // in [0, 1), for jitter
}

// newCore checks everything that can be checked before the first call, so that a wrong option is an
// error here.
func newCore(config clientConfig, options []Option) (*core, error) {
	c := &core{config: config, settings: defaultSettings(), lowered: &announced{}, random: rand.Float64}
	for _, option := range options {
		if option == nil {
			continue
		}
		if err := option(&c.settings); err != nil {
			return nil, err
		}
	}
	for _, step := range []func() error{c.setBase, c.setServers, c.setScope, c.setLimits, c.setSources} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if c.settings.http == nil {
		c.settings.http = defaultClient()
	}
	c.http = guardRedirects(c.settings.http, config.credentials)
	c.setVariants()
	return c, nil
}

// call begins a call of the operation with index op.
func (c *core) call(op int) *call {
	o := &c.config.operations[op]
	return &call{core: c, op: o, set: make([]bool, len(o.params)), paths: make([]string, countPaths(o))}
}

func (c *core) setBase() error {
	base := c.config.baseURL
	if base == "" {
		base = c.config.defaultURL
	}
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
	return nil
}

// setScope refuses an empty value that some operation cannot do without.
func (c *core) setScope() error {
	for i := range c.config.operations {
		for _, p := range c.config.operations[i].params {
			if value, ok := c.config.scope[p.name]; ok && value == "" && p.required {
				return fmt.Errorf("%s is empty", p.name)
			}
		}
	}
	return nil
}

func (c *core) setLimits() (err error) {
	s := &c.settings
	c.clock = s.clock
	if c.clock == nil {
		c.clock = systemClock{}
	}
	c.limits = c.config.limits
	if s.plan != "" {
		amounts, ok := c.config.plans[s.plan]
		if !ok {
			return fmt.Errorf("unknown plan %q", s.plan)
		}
		if c.limits, err = applyAmounts(c.limits, amounts); err != nil {
			return fmt.Errorf("plan %q: %w", s.plan, err)
		}
	}
	if len(s.overrides) > 0 {
		if c.limits, err = applyAmounts(c.limits, s.overrides); err != nil {
			return fmt.Errorf("overrides: %w", err)
		}
	}
	c.meters = newMeters(c.limits)
	if c.longestWait = s.maxWait; c.longestWait == 0 {
		c.longestWait = time.Hour
		for i := range c.limits {
			c.longestWait = max(c.longestWait, min(c.limits[i].Window, longestWindow))
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
		c.limiter = NewPacer(PacerOptions{Clock: c.clock, Share: s.share, Adaptive: s.adaptive, Transit: s.transit, MaxBlock: s.maxWait})
	} else if s.share != 0 || s.adaptive || s.transit != 0 {
		return errors.New("WithShare, WithAdaptiveShare and WithTransit do not reach the limiter given by WithLimiter: set them where it is made")
	}
	if _, ok := c.limiter.(tryLimiter); s.failFast && !ok {
		return errors.New("WithFailFast needs a limiter that has the method TryAcquire")
	}
	return nil
}

func (c *core) setVariants() {
	byPath := make(map[string][]*operation)
	for i := range c.config.operations {
		o := &c.config.operations[i]
		key := o.method + " " + o.path
		byPath[key] = append(byPath[key], o)
	}
	for key, list := range byPath {
		if len(list) == 1 {
			delete(byPath, key)
		}
	}
	c.variants = byPath
}

// defaultClient is net/http's default with room for more than two idle connections to one host:
// a paced client sends many small requests to one server, and would reconnect for most of them.
func defaultClient() *http.Client {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return &http.Client{} // a program that replaced the default transport means to be asked
	}
	t = t.Clone()
	t.MaxIdleConnsPerHost = 64
	t.IdleConnTimeout = 30 * time.Second
	return &http.Client{Transport: t}
}

func countPaths(o *operation) int {
	n := 0
	for n < len(o.params) && o.params[n].in == inPath {
		n++
	}
	return n
}
