package generator

import (
	"fmt"
	"strings"

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
			uses = append(uses, r.Limit.Name+": "+cost(r))
		}
		t.Uses[op.ID] = strings.Join(uses, "; ")
	}
	return t
}

// cost is what one request counts, in words.
func cost(r *model.Rate) string {
	if r.Count == nil {
		return fmt.Sprint(r.Cost)
	}
	text := fmt.Sprintf("%d for each of %s", r.Times, r.Count)
	if r.Value {
		text = fmt.Sprintf("%d times %s, %d when absent", r.Times, r.Count, r.Default)
	}
	if r.Max > 0 {
		text += fmt.Sprintf(", at most %d", r.Max)
	}
	return text
}
