package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/analyze"
	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/mock"
)

var mockVerb = verb{
	name:    "mock",
	args:    "FILE|- [FLAGS]",
	summary: "serve a spec with its limits enforced, to try a client in any language",
	long: `Serve a spec with its limits enforced, without generating code: any client in any
language can be tried against it. Requests are routed, checked, counted and refused as
by a generated server. Answers are the spec's examples, or values of its schemas.

The caller, for limits per identity, is the user of a Basic Authorization or the token
of another; else the value of an API key that the spec describes; else the address.
Any credential is accepted, and none too. A client's address is the last one of
X-Forwarded-For, if that is there. A line for each request goes to standard error, and
at the end a summary.`,
	examples: []string{
		"limitgen mock api.yaml --overlay limits.yaml",
		"limitgen mock api.yaml --listen localhost:9000 --plan pro --plan ann=free",
		"limitgen mock api.yaml --latency 200ms --fail 0.05",
	},
	codes:  "0 interrupted, 1 the spec has errors, 2 could not do it.",
	files:  specFiles,
	define: defineMock,
}

func defineMock(v verb, fs *pflag.FlagSet) func(s streams, args []string) int {
	var over, plans []string
	var base string
	var o mock.Options
	fs.StringArrayVar(&over, "overlay", nil, overlayUsage)
	listen := fs.String("listen", "localhost:8080", "`ADDRESS` to listen at; port 0 is any free one")
	fs.StringArrayVar(&plans, "plan", nil, "`PLAN` of all callers, or CALLER=PLAN of one")
	fs.StringVar(&base, "base-path", "", basePathUsage)
	fs.DurationVar(&o.Latency, "latency", 0, "`TIME` from the decision about a request to its answer, such as 200ms")
	fs.Float64Var(&o.Fail, "fail", 0, "`PART` of the admitted requests that is answered 503, from 0 to 1")
	return func(s streams, args []string) int {
		if len(args) != 1 {
			return v.misuse(s, "it takes one file, not %d", len(args))
		}
		if err := errors.Join(checkOverlays(over), setPlans(&o, plans)); err != nil {
			return v.misuse(s, "%s", err)
		}
		if !(o.Fail >= 0 && o.Fail <= 1) {
			return v.misuse(s, "invalid --fail %v: it must be a number from 0 to 1", o.Fail)
		}
		if o.Latency < 0 {
			return v.misuse(s, "invalid --latency %s: it must not be negative", o.Latency)
		}
		path, err := validBasePath(base)
		if err != nil {
			return v.misuse(s, "%s", err)
		}
		overlays, err := readOverlays(over)
		if err != nil {
			return v.fail(s, "%s", err)
		}
		g := generator.Options{Overlay: overlays, Config: config.Options{BasePath: path}}
		a, code := v.readMocked(s, args[0], g)
		if a == nil {
			return code
		}
		return v.mock(s, a, *listen, o)
	}
}

// setPlans reads --plan: PLAN, or CALLER=PLAN.
func setPlans(o *mock.Options, plans []string) error {
	o.Plans = make(map[string]string)
	for _, text := range plans {
		at := strings.LastIndexByte(text, '=')
		if text == "" || at == 0 || at == len(text)-1 {
			return fmt.Errorf("invalid --plan %q: it must be PLAN or CALLER=PLAN", text)
		}
		if at > 0 {
			o.Plans[text[:at]] = text[at+1:]
			continue
		}
		o.Plan = text
	}
	return nil
}

// readMocked reads a spec; a is nil if it has errors.
func (v verb) readMocked(s streams, file string, o generator.Options) (a *analyze.Analysis, code int) {
	sp, err := readSpec(file, s.in)
	if err != nil {
		return nil, v.fail(s, "%s", err)
	}
	o.Spec, o.Data, o.Read = sp.name, sp.data, partsOf(sp.name, o.Overlay)
	a, diags := generator.Read(context.Background(), o)
	_ = s.style(s.err).Text(s.err, diags)
	if a == nil {
		return nil, exitFound
	}
	return a, exitOK
}

// mock serves until the program is interrupted.
func (v verb) mock(s streams, a *analyze.Analysis, listen string, o mock.Options) int {
	var mu sync.Mutex
	o.Log = func(line string) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(s.err, "%s %s\n", time.Now().Format("15:04:05.000"), line)
	}
	if path := a.Servers.First.Path; strings.Contains(path, "{") {
		return v.fail(s, "the path of the spec's server, %s, has variables without a default; name it by --base-path", path)
	}
	server, err := mock.New(a, o)
	if err != nil {
		return v.fail(s, "%s", err)
	}
	for _, id := range server.Bare {
		v.warn(s, "%s is answered without a body: neither an example nor a value that its schema accepts was found", id)
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return v.fail(s, "%s", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	h := &http.Server{Handler: server, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- h.Serve(l) }()
	fmt.Fprintf(s.err, "limitgen mock: serving %s at http://%s%s; Ctrl-C ends\n", a.API.File, l.Addr(), a.API.BasePath)
	select {
	case err = <-ended:
		return v.fail(s, "%s", err)
	case <-ctx.Done():
	}
	stop() // a second interrupt ends at once
	grace, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if h.Shutdown(grace) != nil {
		_ = h.Close()
	}
	mu.Lock()
	defer mu.Unlock()
	if err := server.WriteSummary(s.out); err != nil {
		return v.fail(s, "%s", err)
	}
	return exitOK
}
