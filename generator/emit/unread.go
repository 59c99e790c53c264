package emit

import (
	"slices"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/model"
)

// unread says which targets do not read a number as a cost, or an identity as a key. They refuse
// what they would count wrongly.
var unread = map[string]struct{ value, identity bool }{
	"nginx":       {identity: true},
	"haproxy":     {identity: true},
	"envoy":       {identity: true},
	"envoy-local": {identity: true},
	"ratelimit":   {identity: true},
}

// unreadGaps are the limits in use that a target would count wrongly.
func unreadGaps(t *config.Target, in *config.Input) []config.Gap {
	not := unread[t.Name]
	var out []config.Gap
	for _, r := range in.Routes {
		for _, rate := range r.Rates() {
			if not.value && rate.Value {
				out = append(out, config.Gap{Limit: rate.Limit, Route: r, Why: "the cost is a number in the request, which is not read"})
			}
			if not.identity && rate.Key != nil && slices.ContainsFunc(rate.Key.Dimensions, func(d *model.Dimension) bool { return d.Builtin == "identity" }) {
				out = append(out, config.Gap{Limit: rate.Limit, Route: r, Why: "it counts by identity, which what authenticates in front has to put into a header; name that by --identity-header"})
			}
		}
	}
	return out
}
