package prometheus

import (
	"fmt"

	"github.com/limitgen/limitgen/generator/emit/config"
)

// test is the part of the unit tests that is not the same for every limit.
type test struct {
	First   *limit // nil when nothing is limited
	Ratio   string // its recorded series
	Short   *limit // the first whose alerts wait; nil when none does
	AtOnce  []limit
	Waiting []limit
}

// series is a time series as promtool's tests write it.
func series(metric, api, instance, limit string) string {
	return scalar(fmt.Sprintf("%s{api=%s,instance=%s,limit=%s,role=\"server\"}", metric, promString(api), promString(instance), promString(limit)))
}

func newTest(api string, in *config.Input, limits []limit) test {
	var t test
	for i := range limits {
		l := &limits[i]
		if t.First == nil {
			t.First, t.Ratio = l, series("limitgen:limit_used:ratio", api, "a:1", in.Limits[i].Name)
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
