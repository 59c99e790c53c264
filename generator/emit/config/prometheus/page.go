package prometheus

import (
	"fmt"
	"strings"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/emit/quote"
	"github.com/limitgen/limitgen/generator/model"
)

// page is what the templates print. Every text in it is quoted already.
type page struct {
	Head    []string
	Group   string
	Records []record
	Limits  []limit
	All     alert // a server refuses most of what it is asked
	Test    test
}

type record struct{ Comment, Name, Expr string }

// limit is the alerts of one limit, and what its unit test feeds in.
type limit struct {
	Text       string // in a comment
	For        string // "" fires at once
	Nearly, Up alert  // of clients
	Refuses    alert  // of servers

	// Series of the unit tests.
	Used, Quota                            string // of a client
	ServerUsed, ServerQuota, Admit, Refuse string // of a server
}

// alert is one alert rule, and what it looks like when it fires in the unit test.
type alert struct {
	Expr, Summary, Description                  string
	Labels                                      string
	FiredLabels, FiredSummary, FiredDescription string
}

// recurring is how long a use must last when the window is short. The gauge of what is used holds a
// peak for up to 70 seconds and the window itself for its length, and a sample stands until the
// next scrape, so one burst shows for window + 70 seconds + scrape interval at most. Bursts up to
// the quota are what a quota is for; only what comes again lasts for five minutes, if the window is
// no longer than recurs and a scrape comes every minute. With a longer window what was used stays
// used, and to wait would waste what is left of the time to act.
const (
	recurring = "5m"
	recurs    = 120 // seconds
)

// Refusing requests above a quota is a server's task, and a caller that used up its quota is
// normal: only the share of refused requests shows whether many callers are affected. Few refusals,
// or a short time, are not significant.
const (
	refusedShare = 0.1 // of one limit's requests
	refusedMost  = 0.5 // of all requests
	refusedRate  = 0.1 // a second, from where shares count
	refusedFor   = "15m"
)

func newPage(in *config.Input, o config.Options) *page {
	api := in.API.Name
	p := &page{
		Head:    config.Head(Target(), in, o),
		Group:   quote.YAML("limitgen-" + api),
		Records: records(api),
	}
	for i, l := range in.Limits {
		// Each limit is tested on an instance of its own, so that no rule passes for another's.
		p.Limits = append(p.Limits, newLimit(api, in, l, fmt.Sprintf("a:%d", i+1)))
	}
	p.All = everything(api)
	p.Test = newTest(api, in, p.Limits)
	return p
}

func records(api string) []record {
	matcher := "{api=" + quote.PromQL(api) + "}"
	rate := func(comment, name, metric string) record {
		return record{comment, name, quote.YAML("rate(" + metric + matcher + "[5m])")}
	}
	return []record{
		{"How much of the quota in force the counter nearest to it has used; 1 is all of it.", "limitgen:limit_used:ratio",
			quote.YAML("limitgen_limit_used" + matcher + " / limitgen_limit_quota" + matcher)},
		rate("Requests a second that a limit refused.", "limitgen:limit_refused:rate5m",
			"limitgen_limit_refused_total"),
		{"The share of a limit's requests that a server refused.", "limitgen:limit_refused:ratio5m",
			quote.YAML(share("", matcher))},
		rate("How many calls a limit has held back at a time, on average.",
			"limitgen:limit_waited_seconds:rate5m", "limitgen_limit_waited_seconds_total"),
		rate("Answers a second that said too many requests: other clients use the same quota.",
			"limitgen:limit_exceeded:rate5m", "limitgen_limit_exceeded_total"),
	}
}

// share returns the share of requests that servers refused, by the labels of each series or by
// those given.
func share(by, matcher string) string {
	matcher = strings.Replace(matcher, "}", `,role="server"}`, 1)
	of := func(metric string) string {
		if by == "" {
			return "rate(" + metric + matcher + "[5m])"
		}
		return "sum by (" + by + ") (rate(" + metric + matcher + "[5m]))"
	}
	refused := of("limitgen_limit_refused_total")
	return refused + " / (" + refused + " + " + of("limitgen_limit_admitted_total") + ")"
}

// everything alerts when a server refuses most of all requests.
func everything(api string) alert {
	const by = "api, role, job, instance"
	matcher := "{api=" + quote.PromQL(api) + "}"
	rate := "sum by (" + by + ") (limitgen:limit_refused:rate5m{api=" + quote.PromQL(api) +
		`,role="server"})`
	return alert{
		Expr: quote.YAML(fmt.Sprintf("%s >= %v and %s >= 1", share(by, matcher), refusedMost,
			rate)),
		Summary: quote.YAML(plain(api, ": ") +
			`server {{ $labels.instance }} refuses {{ $value | humanizePercentage }} of all requests`),
		Labels: "{severity: critical}",
		FiredLabels: fmt.Sprintf("{api: %s, instance: 'a:0', role: server, severity: critical}",
			quote.YAML(api)),
		FiredSummary: quote.YAML(api + ": server a:0 refuses 60% of all requests"),
	}
}

func newLimit(api string, in *config.Input, l *model.Limit, instance string) limit {
	matcher := fmt.Sprintf("{api=%s,limit=%s", quote.PromQL(api), quote.PromQL(l.Name))
	selector := "limitgen:limit_used:ratio" + matcher + `,role="client"}`
	name := config.Line(l.Name)
	description := config.Describe(in, l)
	out := limit{
		Text: name + ": " + config.Quota(l) + " " + config.Per(l),
		Nearly: alert{
			Expr: quote.YAML(selector + " >= 0.8"),
			Summary: plain(api, ": ") + `client {{ $labels.instance }} uses {{ $value | humanizePercentage }} of limit ` +
				plain(name),
			FiredSummary: api + ": client " + instance + " uses 80% of limit " + name,
		},
		Up: alert{
			Expr: quote.YAML(selector + " >= 1"),
			Summary: plain(api, ": limit ", name) +
				` is used up at client {{ $labels.instance }}: calls wait`,
			FiredSummary: api + ": limit " + name + " is used up at client " + instance + ": calls wait",
		},
		Refuses: alert{
			Expr: quote.YAML(fmt.Sprintf("limitgen:limit_refused:ratio5m%s} >= %v and limitgen:limit_refused:rate5m%s,role=\"server\"} >= %v",
				matcher, refusedShare, matcher, refusedRate)),
			Summary: plain(api, ": ") + `server {{ $labels.instance }} refuses {{ $value | humanizePercentage }} of the requests under limit ` +
				plain(name),
			FiredSummary: api + ": server " + instance + " refuses 12% of the requests under limit " + name,
		},
	}
	if l.Seconds <= recurs {
		out.For = recurring
	}
	out.Nearly.finish(api, l, "client", instance, description, "warning")
	out.Up.finish(api, l, "client", instance, description, "critical")
	out.Refuses.finish(api, l, "server", instance, description, "warning")
	of := func(metric, role string) string { return series("limitgen_limit_"+metric, api, role, instance, l.Name) }
	out.Used, out.Quota = of("used", "client"), of("quota", "client")
	out.ServerUsed, out.ServerQuota = of("used", "server"), of("quota", "server")
	out.Admit, out.Refuse = of("admitted_total", "server"), of("refused_total", "server")
	return out
}

// finish quotes the texts and adds what both alerts have.
func (a *alert) finish(api string, l *model.Limit, role, instance, description, severity string) {
	a.Summary, a.Description = quote.YAML(a.Summary), quote.YAML(plain(description))
	a.FiredSummary, a.FiredDescription = quote.YAML(a.FiredSummary), quote.YAML(description)
	// The limit's name is a label of the result already. As a label of the rule it tells rules
	// apart, which promtool asks for.
	a.Labels = fmt.Sprintf("{limit: %s, severity: %s}", quote.YAML(plain(l.Name)), severity)
	a.FiredLabels = fmt.Sprintf("{api: %s, instance: %s, limit: %s, role: %s, severity: %s}",
		quote.YAML(api), quote.YAML(instance), quote.YAML(l.Name), role, severity)
}
