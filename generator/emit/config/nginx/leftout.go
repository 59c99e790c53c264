package nginx

import (
	"slices"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/model"
)

// expressible returns the API without the limits that nginx has no figures for.
func expressible(in *config.Input, o config.Options) *config.Input {
	out := make(map[*model.Limit]bool)
	for _, l := range in.Limits {
		for _, g := range figureGaps(in, l, o) {
			out[l] = out[l] || g.LeftOut
		}
	}
	if len(out) == 0 || !slices.ContainsFunc(in.Limits, func(l *model.Limit) bool { return out[l] }) {
		return in
	}
	api := *in.API
	api.Operations = nil
	for _, op := range in.API.Operations {
		changed := *op
		changed.Rates = slices.DeleteFunc(slices.Clone(op.Rates),
			func(r *model.Rate) bool { return out[r.Limit] })
		api.Operations = append(api.Operations, &changed)
	}
	return config.NewInput(&api)
}
