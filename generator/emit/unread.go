package emit

import (
	"slices"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/model"
)

// needHeader are the targets that count by identity only where --identity-header names the header
// that has it: then the key is that header's value instead.
var needHeader = []string{"nginx", "haproxy", "envoy", "envoy-local", "ratelimit"}

// unreadGaps returns the limits in use that a target would count wrongly.
func unreadGaps(t *config.Target, in *config.Input) []config.Gap {
	if !slices.Contains(needHeader, t.Name) {
		return nil
	}
	isIdentity := func(d *model.Dimension) bool { return d.Builtin == "identity" }
	var out []config.Gap
	for _, r := range in.Routes {
		for _, rate := range r.Rates() {
			if slices.ContainsFunc(rate.Dimensions(), isIdentity) {
				out = append(out, config.Gap{
					Limit: rate.Limit, Route: r, Why: "it counts by identity, which an authenticating proxy must put into a header; name that by --identity-header",
				})
			}
		}
	}
	return out
}
