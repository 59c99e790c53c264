package mock

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/templates/rest"
)

// entry is what is known of one request. It has one writer, the goroutine of the request.
type entry struct {
	caller, operation string
	refused           []string // the limits that did
	status            int
}

type entryKey struct{}

func entryOf(ctx context.Context) *entry {
	e, _ := ctx.Value(entryKey{}).(*entry)
	return e
}

// journal counts requests.
type journal struct {
	mu     sync.Mutex
	status map[int]int
	astray int // requests of no operation
}

// observer completes the entries of requests.
func (s *Server) observer() rest.Observer {
	return rest.Observer{
		Refused: func(ctx context.Context, c rest.CallEvent) {
			if e := entryOf(ctx); e != nil {
				e.refused = slices.Clone(c.Limits)
			}
		},
		Done: func(ctx context.Context, c rest.CallEvent) {
			if e := entryOf(ctx); e != nil {
				e.operation = c.Operation
			}
		},
	}
}

// record counts and logs each request.
func (s *Server) record(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := &entry{caller: s.caller(r)}
		seen := &watched{ResponseWriter: w, entry: e}
		defer func() {
			s.journal.add(e)
			if s.options.Log != nil {
				s.options.Log(e.line(r.Method, s.target(r), w.Header()))
			}
		}()
		next.ServeHTTP(seen, r.WithContext(context.WithValue(r.Context(), entryKey{}, e)))
	})
}

func (j *journal) add(e *entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.status == nil {
		j.status = make(map[int]int)
	}
	j.status[e.status]++
	if e.operation == "" {
		j.astray++
	}
}

// watched records the status of an answer.
type watched struct {
	http.ResponseWriter
	entry *entry
}

// WriteHeader records the status.
func (w *watched) WriteHeader(status int) {
	if w.entry.status < 200 {
		w.entry.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// line is what is logged of a request: status, method, target, operation, caller, and what the
// answer says of the limits.
func (e *entry) line(method, target string, header http.Header) string {
	fields := []string{fmt.Sprint(e.status), method, target}
	if e.operation == "" {
		fields = append(fields, "(no operation)")
	} else {
		fields = append(fields, e.operation, "by "+shortened(e.caller))
	}
	line := strings.Join(fields, " ")
	if len(e.refused) > 0 {
		line += "; refused by " + strings.Join(e.refused, ", ")
		if after := header.Get("Retry-After"); after != "" {
			line += ", Retry-After " + after
		}
	}
	if text := header.Get("RateLimit"); text != "" {
		line += "; RateLimit " + withoutKeys(text)
	}
	return diag.Printable(line)
}

// target is that of a request as a log shows it: without the values of API keys in its query.
func (s *Server) target(r *http.Request) string {
	path, query, found := strings.Cut(r.URL.RequestURI(), "?")
	if !found {
		return path
	}
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		spelt, _, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(spelt)
		if err != nil {
			continue // which is no parameter
		}
		if slices.ContainsFunc(s.callers, func(c rest.Credential) bool { return c.In == rest.InQuery && c.Name == name }) {
			pairs[i] = spelt + "=…"
		}
	}
	return path + "?" + strings.Join(pairs, "&")
}

// withoutKeys leaves the digests of partition keys out of a RateLimit field.
func withoutKeys(text string) string {
	var out []string
	for item := range strings.SplitSeq(text, ",") {
		item, _, _ = strings.Cut(item, ";pk=")
		out = append(out, strings.TrimSpace(item))
	}
	return strings.Join(out, ", ")
}

// shortened is a caller as a log shows it: what is no address may be a token.
func shortened(caller string) string {
	const most = 12
	text := []rune(caller)
	if _, err := netip.ParseAddr(caller); err == nil || len(text) <= most {
		return caller
	}
	return string(text[:most/2]) + "…"
}

// WriteSummary writes how many requests were answered, and what each limit admitted and refused.
func (s *Server) WriteSummary(w io.Writer) error {
	s.journal.mu.Lock()
	status, astray := maps.Clone(s.journal.status), s.journal.astray
	s.journal.mu.Unlock()
	all, parts := 0, []string(nil)
	for _, code := range slices.Sorted(maps.Keys(status)) {
		all += status[code]
		parts = append(parts, fmt.Sprintf("%d × %d", status[code], code))
	}
	if astray > 0 {
		parts = append(parts, fmt.Sprintf("%d of no operation", astray))
	}
	text := fmt.Sprintf("%d requests", all)
	if len(parts) > 0 {
		text += ": " + strings.Join(parts, ", ")
	}
	if _, err := fmt.Fprintln(w, text); err != nil || len(s.config.Limits) == 0 {
		return err
	}
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "LIMIT\tQUOTA\tADMITTED\tREFUSED")
	for i, m := range s.LimitMetrics() {
		l := s.config.Limits[i]
		quota := limit.ShortQuota(l.Quota, l.Unit, int64(l.Window/time.Second))
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\n", diag.Printable(l.Name), diag.Printable(quota), m.Admitted,
			m.Refused)
	}
	return t.Flush()
}
