package prometheus

import (
	"fmt"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/model"
)

// page is what the templates print. Every text in it is quoted already.
type page struct {
	Head    []string
	Group   string
	Records []record
	Limits  []limit
	Test    test
}

type record struct{ Comment, Name, Expr string }

// limit is the alerts of one limit, and what its unit test feeds in.
type limit struct {
	Text        string // in a comment
	For         string // "" fires at once
	Nearly, Up  alert
	Used, Quota string // series of the unit test
}

// alert is one alert rule, and what it looks like when it fires in the unit test.
type alert struct {
	Expr, Summary, Description                  string
	Labels                                      string
	FiredLabels, FiredSummary, FiredDescription string
}

// recurring is how long a use must last when the window is short. The gauge of what is used holds a peak for up to 70
// seconds and the window itself for its length, and a sample stands until the next scrape, so one burst shows for window
// + 70 seconds + scrape interval at most. Bursts up to the quota are what a quota is for; only what comes again lasts for
// five minutes, if the window is no longer than recurs and a scrape comes every minute. With a longer window what was
// used stays used, and to wait would waste what is left of the time to act.
const (
	recurring = "5m"
	recurs    = 120 // seconds
)

func newPage(in *config.Input, o config.Options) *page {
	api := in.API.Name
	p := &page{
		Head:    config.Head(Target(), in, o),
		Group:   scalar("limitgen-" + api),
		Records: records(api),
	}
	for i, l := range in.Limits {
		// Each limit is tested on an instance of its own, so that no rule passes for another's.
		p.Limits = append(p.Limits, newLimit(api, in, l, fmt.Sprintf("a:%d", i+1)))
	}
	p.Test = newTest(api, in, p.Limits)
	return p
}

func records(api string) []record {
	matcher := "{api=" + promString(api) + "}"
	rate := func(comment, name, metric string) record {
		return record{comment, name, scalar("rate(" + metric + matcher + "[5m])")}
	}
	return []record{
		{"How much of the quota in force the counter nearest to it has used; 1 is all of it.", "limitgen:limit_used:ratio",
			scalar("limitgen_limit_used" + matcher + " / limitgen_limit_quota" + matcher)},
		rate("Requests a second that a limit refused.", "limitgen:limit_refused:rate5m", "limitgen_limit_refused_total"),
		rate("How many calls a limit has held back at a time, on average.", "limitgen:limit_waited_seconds:rate5m", "limitgen_limit_waited_seconds_total"),
		rate("Answers a second that said too many requests: somebody else spends from the quota.", "limitgen:limit_exceeded:rate5m", "limitgen_limit_exceeded_total"),
	}
}

func newLimit(api string, in *config.Input, l *model.Limit, instance string) limit {
	selector := fmt.Sprintf("limitgen:limit_used:ratio{api=%s,limit=%s}", promString(api), promString(l.Name))
	name := config.Line(l.Name)
	description := config.Describe(in, l)
	out := limit{
		Text: name + ": " + config.Quota(l) + " " + config.Per(l),
		Nearly: alert{
			Expr:         scalar(selector + " >= 0.8"),
			Summary:      plain(api, ": ") + `{{ $labels.role }} {{ $labels.instance }} uses {{ $value | humanizePercentage }} of limit ` + plain(name),
			FiredSummary: api + ": server " + instance + " uses 80% of limit " + name,
		},
		Up: alert{
			Expr:         scalar(selector + " >= 1"),
			Summary:      plain(api, ": limit ", name) + ` is used up at {{ $labels.role }} {{ $labels.instance }}: {{ if eq $labels.role "server" }}requests are refused{{ else }}calls wait{{ end }}`,
			FiredSummary: api + ": limit " + name + " is used up at server " + instance + ": requests are refused",
		},
	}
	if l.Seconds <= recurs {
		out.For = recurring
	}
	out.Nearly.finish(api, l, instance, description, "warning")
	out.Up.finish(api, l, instance, description, "critical")
	out.Used, out.Quota = series("limitgen_limit_used", api, instance, l.Name), series("limitgen_limit_quota", api, instance, l.Name)
	return out
}

// finish quotes the texts and adds what both alerts have.
func (a *alert) finish(api string, l *model.Limit, instance, description, severity string) {
	a.Summary, a.Description = scalar(a.Summary), scalar(plain(description))
	a.FiredSummary, a.FiredDescription = scalar(a.FiredSummary), scalar(description)
	// The limit's name is a label of the result already. As a label of the rule it tells rules apart, which promtool asks for.
	a.Labels = fmt.Sprintf("{limit: %s, severity: %s}", scalar(plain(l.Name)), severity)
	a.FiredLabels = fmt.Sprintf("{api: %s, instance: %s, limit: %s, role: server, severity: %s}", scalar(api), scalar(instance), scalar(l.Name), severity)
}
