package manifest

import (
	"strings"

	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/model"
)

// Terms are what callers are held to, so that check can say what a change of the spec means for
// them.
type Terms struct {
	Limits map[string]LimitTerms `json:"limits,omitempty"` // by name
	// Uses are what one request counts, by the name of an operation or variant; "" is nothing.
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

// TermsOf returns what an API's callers are held to.
func TermsOf(api *model.API) Terms {
	t := Terms{Limits: make(map[string]LimitTerms), Uses: make(map[string]string)}
	for _, l := range api.Limits {
		t.Limits[l.Name] = LimitTerms{
			Quota: l.Quota, Window: l.Seconds, Unit: l.Unit, Per: strings.Join(l.Per, ", "), Rated: l.Rated, Burst: l.Burst, UTC: l.UTC,
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

// Cost returns what one request counts, in words that Terms are compared by.
func Cost(r *model.Rate) string {
	s := limit.Spending{Cost: r.Cost, Value: r.Value, Times: r.Times, Default: r.Default, Max: r.Max}
	if r.Count != nil {
		s.Of = r.Count.String()
	}
	return s.String()
}
