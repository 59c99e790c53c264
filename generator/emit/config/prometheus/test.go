package prometheus

import (
	"fmt"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/emit/quote"
)

// test is the part of the unit tests that is not the same for every limit.
type test struct {
	First   *limit    // nil if nothing is limited
	Many    [4]string // series of a server that refuses most: what two limits admitted and refused
	Times   []string  // at which a server's normal life is looked at
	Names   []string  // of all alerts
	Ratio   string    // its recorded series
	Short   *limit    // the first whose alerts wait; nil if none does
	AtOnce  []limit
	Waiting []limit
}

// series returns a time series as promtool's tests write it.
func series(metric, api, role, instance, limit string) string {
	return quote.YAML(fmt.Sprintf("%s{api=%s,instance=%s,limit=%s,role=%q}", metric, quote.PromQL(api),
		quote.PromQL(instance), quote.PromQL(limit), role))
}

func newTest(api string, in *config.Input, limits []limit) test {
	t := test{
		Times: []string{"6m", "12m", "25m"}, Names: []string{
			"LimitNearlyUsed", "LimitUsedUp", "LimitRefuses", "RequestsRefused",
		},
	}
	for i, metric := range []string{"admitted_total", "refused_total", "admitted_total", "refused_total"} {
		t.Many[i] = series("limitgen_limit_"+metric, api, "server", "a:0", fmt.Sprintf("of many %d", i/2))
	}
	for i := range limits {
		l := &limits[i]
		if t.First == nil {
			t.First, t.Ratio = l, series("limitgen:limit_used:ratio", api, "client", "a:1",
				in.Limits[i].Name)
		}
		if l.For == "" {
			t.AtOnce = append(t.AtOnce, *l)
			continue
		}
		if t.Short == nil {
			t.Short = l
		}
		t.Waiting = append(t.Waiting, *l)
	}
	return t
}
