package nginx

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/model"
)

// plans gives each limit that a plan changes a zone for that plan. Of all zones of a limit only
// that of the caller's plan has a key, and nginx does not count empty ones.
func (b *builder) plans() {
	if b.o.PlanHeader == "" {
		return
	}
	for i, p := range b.in.API.Plans {
		b.Plans = append(b.Plans, pair{quote("~^" + pattern(p.Name) + `\z`), strconv.Itoa(i + 1)})
	}
	b.PlanSource = "$http_" + lower(strings.ReplaceAll(b.o.PlanHeader, "-", "_"))
	for at, c := range b.Limits {
		// Numbers, since a name with an ending may be that of another limit.
		base := planMap{Name: fmt.Sprintf("%s_base%d", b.Name, at+1), Entries: []pair{{"default", c.Key}}}
		for i, p := range b.in.API.Plans {
			l, ok := onPlan(b.in, b.in.Limits[at], p, b.o)
			if !ok {
				continue
			}
			number := strconv.Itoa(i + 1)
			base.Entries = append(base.Entries, pair{number, `""`})
			own := b.counter(l, fmt.Sprintf("plan%s_%d", number, at+1), unit(b.in, b.in.Limits[at]))
			own.ZoneName, own.Zone = c.ZoneName+".plan"+number, c.Zone
			own.Comment = []string{fmt.Sprintf("%s on the plan %s: %s.", config.Line(l.Name),
				config.Line(p.Name), config.Quota(l))}
			b.PlanMaps = append(b.PlanMaps, planMap{
				Name: b.Name + "_" + own.Name, Entries: []pair{{"default", `""`}, {number, c.Key}},
			})
			b.Planned = append(b.Planned, own)
			c.planned = append(c.planned, planned{number, own})
		}
		if len(base.Entries) > 1 {
			b.PlanMaps = append(b.PlanMaps, base)
			c.Key = "$" + base.Name
		}
	}
}

// A planMap is a map from the number of a plan to a limit's key.
type planMap struct {
	Name    string
	Entries []pair
}

// onPlan returns a limit with a plan's figures, and whether the plan has any that nginx can hold.
func onPlan(
	in *config.Input, l *model.Limit, p *model.Plan, o config.Options,
) (*model.Limit, bool) {
	all := in.Planned(l, o)
	i := slices.IndexFunc(all, func(f config.Planned) bool { return f.Plan == p.Name })
	if i < 0 {
		return nil, false
	}
	changed := *l
	changed.Quota, changed.Burst = all[i].Quota, all[i].Burst
	for _, g := range figures(&changed, unit(in, l), o) {
		if g.LeftOut || g.Instead == "" {
			return &changed, false
		}
	}
	return &changed, true
}

// planGaps are about the figures of plans.
func planGaps(in *config.Input, o config.Options) []config.Gap {
	if o.PlanHeader == "" {
		return nil
	}
	var out []config.Gap
	for _, l := range in.Limits {
		for _, p := range in.API.Plans {
			changed, ok := onPlan(in, l, p, o)
			if changed == nil {
				continue
			}
			for _, g := range figures(changed, unit(in, l), o) {
				why, instead := "on the plan "+config.Line(p.Name)+", "+g.Why, g.Instead
				if !ok {
					instead = "callers on it have the quota of the table"
				}
				out = append(out, config.Gap{Limit: l, Why: why, Instead: instead})
			}
		}
	}
	return out
}
