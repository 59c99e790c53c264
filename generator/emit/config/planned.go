package config

import "github.com/limitgen/limitgen/generator/model"

// Planned is a limit's figures for callers on a plan.
type Planned struct {
	Plan         string
	Quota, Burst int64
}

// Planned lists a limit's figures on each plan that changes it, if callers' plans are read from a
// header. A plan with another window is a gap: see AllGaps.
func (in *Input) Planned(l *model.Limit, o Options) []Planned {
	if o.PlanHeader == "" {
		return nil
	}
	var out []Planned
	for _, p := range in.API.Plans {
		figures, changed := Planned{p.Name, l.Quota, l.Burst}, false
		for _, a := range p.Amounts {
			if a.Limit != l.Name || a.Rewindows(l.Seconds) {
				continue
			}
			changed = true
			if a.Quota > 0 {
				figures.Quota = a.Quota
			}
			if a.Burst > 0 {
				figures.Burst = a.Burst
			}
		}
		if changed {
			out = append(out, figures)
		}
	}
	return out
}
