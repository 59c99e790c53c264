//go:build ignore

package otelobserver

import (
	"context"
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/limitgen/limitgen/templates/rest"
)

// Observer returns an observer that reports requests, the distribution of waits, the cost of
// requests, refusals by the API that came within the quota, and retries. Give it to the option
// WithObserver of clients and servers. The metrics of Watch do not need it.
func (r *Reporter) Observer() rest.Observer {
	o := rest.Observer{Admitted: r.admitted, Limited: r.limited, Retried: r.retried}
	if !r.options.WithoutHTTP {
		o.Answered, o.Done = r.answered, r.done
	}
	return o
}

func (r *Reporter) admitted(ctx context.Context, e rest.CallEvent) {
	for i := range e.Charges {
		of := r.limit(limitID{e.API, e.Role, e.Charges[i].Limit.Name})
		if e.Role == "client" {
			r.instruments.waits.Record(ctx, e.Wait.Seconds(), of.record...)
		}
		r.instruments.cost.Add(ctx, e.Charges[i].Cost, of.add...)
	}
}

// limited counts only by limits of the table: names that an API chooses are unbounded.
func (r *Reporter) limited(ctx context.Context, e rest.CallEvent) {
	if !e.WithinQuota {
		return
	}
	for i := range e.Charges {
		if limit := e.Charges[i].Limit.Name; len(e.Limits) == 0 || slices.Contains(e.Limits, limit) {
			r.instruments.contended.Add(ctx, 1, r.limit(limitID{e.API, e.Role, limit}).add...)
		}
	}
}

func (r *Reporter) retried(ctx context.Context, e rest.CallEvent) {
	r.instruments.retries.Add(ctx, 1, metric.WithAttributes(attribute.String("api", e.API), attribute.String("operation", e.Operation)))
}
