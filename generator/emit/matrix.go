package emit

import (
	"slices"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/model"
)

// Support is how well a target expresses a limit. The JSON is as stable as that of Operation.
type Support struct {
	Limit  string `json:"limit"`
	Quota  string `json:"quota"` // in words
	Target string `json:"target"`
	// Verdict is "exact" when the limit is enforced at every operation as the algorithm says,
	// "approximate" when --allow-approximate is needed, "left-out" when that flag leaves this limit
	// out and writes the others, or "no".
	Verdict   string `json:"verdict"`
	Algorithm string `json:"algorithm"`
	// Most is how much can pass in any interval of the window's length, including costs that are
	// not counted. It is 0 if nothing bounds that, and for a limit that is left out.
	Most    int64    `json:"most"`
	Reasons []Reason `json:"reasons"` // why it is not exact
}

// Reason is one reason why a target does not enforce a limit exactly.
type Reason struct {
	Operations []string `json:"operations"` // where; all that use the limit when empty
	Why        string   `json:"why"`
	Instead    string   `json:"instead,omitempty"` // what --allow-approximate writes; absent where nothing comes near
}

// Matrix returns how each enforcing target supports each limit in use, limit by limit.
func Matrix(api *model.API, o config.Options) ([]Support, diag.List) {
	_, in, diags := inputs(api, o)
	if diags.HasErrors() {
		return nil, diags
	}
	out := []Support{}
	all := Targets()
	of := make([]map[*model.Limit][]config.Gap, len(all))
	for i, t := range all {
		of[i] = byLimit(gaps(t, in, o))
	}
	for _, l := range in.Limits {
		for i, t := range all {
			if t.Bound == nil {
				continue
			}
			b := t.Bound(l, o)
			s := Support{
				Limit: l.Name, Quota: config.Quota(l), Target: t.Name,
				Verdict: "exact", Algorithm: b.Algorithm, Reasons: []Reason{},
			}
			own := slices.Concat(of[i][l], of[i][nil])
			s.Most = b.Passing(config.Uncounted(own)[l])
			for _, g := range own {
				switch {
				case g.Instead == "":
					s.Verdict = "no"
				case g.LeftOut:
					s.Verdict, s.Most = "left-out", 0
				case s.Verdict == "exact":
					s.Verdict = "approximate"
				}
			}
			for _, m := range config.Merge(own) {
				reason := Reason{Operations: []string{}, Why: m.Why, Instead: m.Instead}
				for _, r := range m.Routes {
					reason.Operations = append(reason.Operations, r.ID)
				}
				s.Reasons = append(s.Reasons, reason)
			}
			out = append(out, s)
		}
	}
	return out, nil
}

// byLimit sorts gaps by the limit that they are about; those of none concern all.
func byLimit(gaps []config.Gap) map[*model.Limit][]config.Gap {
	out := make(map[*model.Limit][]config.Gap)
	for _, g := range gaps {
		out[g.Limit] = append(out[g.Limit], g)
	}
	return out
}

func gaps(t *config.Target, in *config.Input, o config.Options) []config.Gap {
	if out := unreadGaps(t, in); len(out) > 0 {
		return out
	}
	return config.AllGaps(t, in, o)
}
