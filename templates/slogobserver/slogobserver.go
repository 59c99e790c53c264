// Package slogobserver logs rate limit events of clients and servers to a log/slog logger.
package slogobserver

import (
	"context"
	"log/slog"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
	"github.com/limitgen/limitgen/templates/rest"
)

// Options selects what is logged. The zero value suits production.
type Options struct {
	// Slow is the wait from which an admission is logged at slog.LevelInfo; shorter waits are
	// logged at slog.LevelDebug. 0 means a second.
	Slow time.Duration
	// Keys adds the partition keys, which hold the callers' own values, such as an account's name.
	// Credentials are hashed in them.
	Keys bool
}

// New returns an observer for the option WithObserver of clients and servers. It logs to logger, or
// to slog.Default if that is nil, with the context of the call.
//
//	Warn   the API refused a request or lowered a quota; a client's own limits refused a call
//	Info   slow waits, retries, and refusals by a server
//	Debug  each admission, each answer, the end of each call
func New(logger *slog.Logger, options Options) rest.Observer {
	if logger == nil {
		logger = slog.Default()
	}
	if options.Slow <= 0 {
		options.Slow = time.Second
	}
	w := &writer{logger, options}
	return rest.Observer{
		Admitted: w.admitted,
		Refused:  w.refused,
		Limited:  w.limited,
		Lowered:  w.lowered,
		Retried:  w.retried,
		Answered: w.answered,
		Done:     w.done,
	}
}

type writer struct {
	logger  *slog.Logger
	options Options
}

func (w *writer) admitted(ctx context.Context, e rest.CallEvent) {
	level, text := slog.LevelDebug, "admitted by the rate limits"
	if e.Wait >= w.options.Slow {
		level, text = slog.LevelInfo, "waited for a rate limit"
	}
	w.write(ctx, level, text, e)
}

func (w *writer) refused(ctx context.Context, e rest.CallEvent) {
	level := slog.LevelWarn
	if e.Role == "server" {
		level = slog.LevelInfo // caused by callers, in any number
	}
	w.write(ctx, level, "refused by a rate limit", e)
}

func (w *writer) limited(ctx context.Context, e rest.CallEvent) {
	w.write(ctx, slog.LevelWarn, "rate limited by the API", e, slog.Bool("within_quota", e.WithinQuota))
}

func (w *writer) lowered(ctx context.Context, e rest.CallEvent) {
	w.write(ctx, slog.LevelWarn, "quota lowered by the API", e, slog.Int64("quota", e.Quota))
}

func (w *writer) retried(ctx context.Context, e rest.CallEvent) {
	w.write(ctx, slog.LevelInfo, "will be retried", e)
}

func (w *writer) answered(ctx context.Context, e rest.CallEvent) {
	w.write(ctx, slog.LevelDebug, "answered", e)
}

func (w *writer) done(ctx context.Context, e rest.CallEvent) {
	w.write(ctx, slog.LevelDebug, "done", e)
}

// write logs an event with its known attributes, if the logger is enabled for the level.
func (w *writer) write(ctx context.Context, level slog.Level, text string, e rest.CallEvent, more ...slog.Attr) {
	if !w.logger.Enabled(ctx, level) {
		return
	}
	attrs := make([]slog.Attr, 0, 16)
	attrs = append(attrs, slog.String("api", e.API), slog.String("role", e.Role), slog.String("operation", e.Operation))
	if len(e.Limits) > 0 {
		attrs = append(attrs, slog.Any("limits", e.Limits))
	}
	if len(e.Charges) > 0 {
		attrs = append(attrs, costs(e.Charges))
		if w.options.Keys {
			attrs = append(attrs, keys(e.Charges))
		}
	}
	if e.Wait > 0 {
		attrs = append(attrs, slog.Duration("wait", e.Wait))
	}
	if e.Duration > 0 {
		attrs = append(attrs, slog.Duration("duration", e.Duration))
	}
	if e.Attempt > 0 {
		attrs = append(attrs, slog.Int("attempt", e.Attempt))
	}
	if e.Status > 0 {
		attrs = append(attrs, slog.Int("status", e.Status))
	}
	attrs = append(attrs, more...)
	if e.Err != nil {
		attrs = append(attrs, slog.Any("error", e.Err))
	}
	w.logger.LogAttrs(ctx, level, text, attrs...)
}

// costs is the cost of the request for each limit.
func costs(charges []ratelimit.Charge) slog.Attr {
	out := make([]any, 0, 4)
	for i := range charges {
		out = append(out, slog.Int64(charges[i].Limit.Name, charges[i].Cost))
	}
	return slog.Group("cost", out...)
}

func keys(charges []ratelimit.Charge) slog.Attr {
	out := make([]any, 0, 4)
	for i := range charges {
		out = append(out, slog.Any(charges[i].Limit.Name, ratelimit.Usage{Key: charges[i].Key}.Texts()))
	}
	return slog.Group("key", out...)
}
