package slogobserver_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/limitgen/limitgen/templates/ratelimit"
	"github.com/limitgen/limitgen/templates/rest"
	"github.com/limitgen/limitgen/templates/slogobserver"
)

var limit = ratelimit.Limit{Name: "messages", Quota: 6000, Window: time.Minute, Unit: "messages"}

// event is one of a client.
var event = rest.CallEvent{
	API: "shop", Role: "client", Operation: "send", Attempt: 2, Charges: []ratelimit.Charge{{Limit: &limit, Key: "3:org1:a", Cost: 600}},
	Limits: []string{"messages"}, Wait: 2 * time.Second, Status: 429, Err: errors.New("too many"), WithinQuota: true,
}

// record tells the observer through tell and returns what is written at level and above, decoded.
func record(t *testing.T, level slog.Level, options slogobserver.Options, tell func(rest.Observer)) map[string]any {
	t.Helper()
	var out bytes.Buffer
	tell(slogobserver.New(slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: level})), options))
	if out.Len() == 0 {
		return nil
	}
	var fields map[string]any
	if err := json.Unmarshal(out.Bytes(), &fields); err != nil {
		t.Fatalf("%v: %s", err, out.Bytes())
	}
	delete(fields, "time")
	return fields
}

func TestRecord(t *testing.T) {
	got := record(t, slog.LevelWarn, slogobserver.Options{}, func(o rest.Observer) { o.Limited(t.Context(), event) })
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"api":"shop","attempt":2,"cost":{"messages":600},"error":"too many","level":"WARN","limits":["messages"],` +
		`"msg":"rate limited by the API","operation":"send","role":"client","status":429,"wait":2000000000,"within_quota":true}`
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
}

func TestLevels(t *testing.T) {
	quick, server := event, event
	quick.Wait, server.Role = time.Millisecond, "server"
	for name, test := range map[string]struct {
		tell  func(rest.Observer)
		level slog.Level
	}{
		"quick":    {func(o rest.Observer) { o.Admitted(t.Context(), quick) }, slog.LevelDebug},
		"slow":     {func(o rest.Observer) { o.Admitted(t.Context(), event) }, slog.LevelInfo},
		"refused":  {func(o rest.Observer) { o.Refused(t.Context(), event) }, slog.LevelWarn},
		"server":   {func(o rest.Observer) { o.Refused(t.Context(), server) }, slog.LevelInfo},
		"limited":  {func(o rest.Observer) { o.Limited(t.Context(), event) }, slog.LevelWarn},
		"lowered":  {func(o rest.Observer) { o.Lowered(t.Context(), event) }, slog.LevelWarn},
		"retried":  {func(o rest.Observer) { o.Retried(t.Context(), event) }, slog.LevelInfo},
		"answered": {func(o rest.Observer) { o.Answered(t.Context(), event) }, slog.LevelDebug},
		"done":     {func(o rest.Observer) { o.Done(t.Context(), event) }, slog.LevelDebug},
	} {
		if got := record(t, test.level, slogobserver.Options{}, test.tell); got["level"] != test.level.String() {
			t.Errorf("%s: %v", name, got)
		}
		if got := record(t, test.level+1, slogobserver.Options{}, test.tell); got != nil {
			t.Errorf("%s is written above %v: %v", name, test.level, got)
		}
	}
}

// Partition keys hold the callers' own values, and stay out unless asked for.
func TestKeys(t *testing.T) {
	tell := func(o rest.Observer) { o.Refused(t.Context(), event) }
	if got := record(t, slog.LevelWarn, slogobserver.Options{}, tell); slices.Contains(slices.Collect(maps.Keys(got)), "key") {
		t.Errorf("got %v", got)
	}
	got := record(t, slog.LevelWarn, slogobserver.Options{Keys: true}, tell)
	text, err := json.Marshal(got["key"])
	if err != nil || string(text) != `{"messages":["org","a"]}` {
		t.Errorf("got %s, %v", text, err)
	}
}

// Whatever an API's author, the API or a caller writes, a record is one line of readable length.
func TestHostileTexts(t *testing.T) {
	for _, odd := range []string{"a\nlevel=INFO msg=forged", `"`, "\xff\xfe", "\x1b[2J\u2028", strings.Repeat("x", 1<<20)} {
		named := limit
		named.Name = "n" + odd[:1]
		e := event
		e.Operation, e.Limits, e.Charges = odd[:min(len(odd), 40)], []string{odd[:min(len(odd), 200)]}, []ratelimit.Charge{
			{Limit: &named, Key: strconv.Itoa(len(odd)) + ":" + odd, Cost: 1},
		}
		e.Err = &rest.APIError{StatusCode: 429, Code: odd, Message: odd}
		var text, lines bytes.Buffer
		for out, h := range map[*bytes.Buffer]slog.Handler{&text: slog.NewTextHandler(&text, nil), &lines: slog.NewJSONHandler(&lines, nil)} {
			slogobserver.New(slog.New(h), slogobserver.Options{Keys: true}).Limited(t.Context(), e)
			if line := out.String(); strings.Count(line, "\n") != 1 || len(line) > 4000 || !utf8.ValidString(line) {
				t.Errorf("%.20q: %d bytes: %.300q", odd, len(line), line)
			}
		}
		if !json.Valid(lines.Bytes()) || !strings.HasPrefix(text.String(), "time=") {
			t.Errorf("%.20q: %.200q, %.200q", odd, text.String(), lines.String())
		}
	}
}

// The call's context reaches the handler, which may add a trace to the record.
func TestContext(t *testing.T) {
	type name struct{}
	h := &contexts{Handler: slog.DiscardHandler}
	slogobserver.New(slog.New(h), slogobserver.Options{}).Retried(context.WithValue(t.Context(), name{}, "trace"), event)
	if h.last == nil || h.last.Value(name{}) != "trace" {
		t.Errorf("got %v", h.last)
	}
}

type contexts struct {
	slog.Handler
	last context.Context
}

func (*contexts) Enabled(context.Context, slog.Level) bool { return true }

func (h *contexts) Handle(ctx context.Context, _ slog.Record) error { h.last = ctx; return nil }

func TestDefaultLogger(t *testing.T) {
	var out strings.Builder
	before := slog.Default()
	defer slog.SetDefault(before)
	slog.SetDefault(slog.New(slog.NewTextHandler(&out, nil)))
	slogobserver.New(nil, slogobserver.Options{}).Retried(t.Context(), event)
	if !strings.Contains(out.String(), "operation=send") {
		t.Errorf("got %q", out.String())
	}
}

// What is not written costs no allocation.
func TestAllocates(t *testing.T) {
	o := slogobserver.New(slog.New(slog.NewTextHandler(&bytes.Buffer{}, nil)), slogobserver.Options{})
	e := event
	e.Wait = 0
	if n := testing.AllocsPerRun(100, func() { o.Admitted(t.Context(), e); o.Answered(t.Context(), e); o.Done(t.Context(), e) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
