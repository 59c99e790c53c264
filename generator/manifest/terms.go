package manifest

import (
	"strings"

	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/model"
)

// Terms are the limits of callers, so that check can describe the effect of a changed spec on them.
type Terms struct {
	Limits map[string]LimitTerms `json:"limits,omitempty"` // by name
	// Plans has the limits that a plan changes, by the names of both.
	Plans map[string]map[string]LimitTerms `json:"plans,omitempty"`
	// Uses has the cost of one request, by the name of an operation or variant; "" is nothing.
	Uses map[string]string `json:"uses,omitempty"`
	// LeftOut are the names of limits that a target's files do not enforce, by target.
	LeftOut map[string][]string `json:"left_out,omitempty"`
}

// LimitTerms is one limit.
type LimitTerms struct {
	Quota  int64  `json:"quota"`
	Window int64  `json:"window,omitempty"` // seconds; 0 for requests at the same time
	Unit   string `json:"unit"`
	Per    string `json:"per,omitempty"`   // names of keys; "" for one counter of all requests
	Rated  bool   `json:"rated,omitempty"` // the spec says how many a second
	Burst  int64  `json:"burst,omitempty"`
	UTC    bool   `json:"utc,omitempty"`
}

// TermsOf returns the limits of an API's callers.
func TermsOf(api *model.API) Terms {
	t := Terms{Limits: make(map[string]LimitTerms), Uses: make(map[string]string)}
	for _, l := range api.Limits {
		t.Limits[l.Name] = termsOf(*l)
		for _, p := range api.Plans {
			for _, a := range p.Amounts {
				if a.Limit == l.Name {
					t.setPlan(p.Name, *l, a)
				}
			}
		}
	}
	for _, op := range api.Operations {
		uses := make([]string, 0, len(op.Rates))
		for _, r := range op.Rates {
			uses = append(uses, r.Limit.Name+": "+Cost(r))
		}
		t.Uses[op.ID] = strings.Join(uses, "; ")
	}
	return t
}

func termsOf(l model.Limit) LimitTerms {
	return LimitTerms{
		Quota: l.Quota, Window: l.Seconds, Unit: l.Unit, Per: strings.Join(l.Per, ", "), Rated: l.Rated, Burst: l.Burst,
		UTC: l.UTC,
	}
}

func (t *Terms) setPlan(plan string, l model.Limit, a *model.Amount) {
	if t.Plans == nil {
		t.Plans = make(map[string]map[string]LimitTerms)
	}
	if t.Plans[plan] == nil {
		t.Plans[plan] = make(map[string]LimitTerms)
	}
	a.On(&l)
	t.Plans[plan][l.Name] = termsOf(l)
}

// Cost describes the cost of one request, as Terms record it.
func Cost(r *model.Rate) string {
	s := limit.Spending{Cost: r.Cost, Value: r.Value, Times: r.Times, Default: r.Default, Max: r.Max}
	if r.Count != nil {
		s.Of = r.Count.String()
	}
	return s.String()
}
