//go:build ignore

package otelobserver

import (
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// attributes are one attribute set in the form that each kind of measurement takes. It is made
// once, so that measurements do not allocate.
type attributes struct {
	record  []metric.RecordOption
	add     []metric.AddOption
	observe []metric.ObserveOption
}

func newAttributes(list ...attribute.KeyValue) *attributes {
	of := metric.WithAttributeSet(attribute.NewSet(list...))
	return &attributes{[]metric.RecordOption{of}, []metric.AddOption{of}, []metric.ObserveOption{of}}
}

// limitID is the key of a limit's attributes.
type limitID struct{ api, role, limit string }

func (r *Reporter) limit(id limitID) *attributes {
	return known(&r.limits, id, func() *attributes {
		return newAttributes(attribute.String("api", id.api), attribute.String("role", id.role), attribute.String("limit", id.limit))
	})
}

// known returns the attributes of id, and makes them on first use.
func known[ID comparable](all *sync.Map, id ID, make func() *attributes) *attributes {
	if of, ok := all.Load(id); ok {
		return of.(*attributes)
	}
	of, _ := all.LoadOrStore(id, make())
	return of.(*attributes)
}
