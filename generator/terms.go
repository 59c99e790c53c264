package generator

import (
	"strings"

	"github.com/limitgen/limitgen/generator/compat"
	"github.com/limitgen/limitgen/generator/manifest"
	"github.com/limitgen/limitgen/generator/model"
)

// terms are what an API's callers are held to, for the manifest.
func terms(api *model.API) manifest.Terms {
	t := manifest.Terms{Limits: make(map[string]manifest.LimitTerms), Uses: make(map[string]string)}
	for _, l := range api.Limits {
		t.Limits[l.Name] = manifest.LimitTerms{
			Quota: l.Quota, Window: l.Seconds, Unit: l.Unit, Per: strings.Join(l.Per, ", "), Burst: l.Burst, UTC: l.UTC,
		}
	}
	for _, op := range api.Operations {
		uses := make([]string, 0, len(op.Rates))
		for _, r := range op.Rates {
			uses = append(uses, r.Limit.Name+": "+compat.Cost(r))
		}
		t.Uses[op.ID] = strings.Join(uses, "; ")
	}
	return t
}
