package grafana

import (
	"crypto/sha256"
	"fmt"
	"regexp"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/emit/quote"
	"github.com/limitgen/limitgen/generator/fileset"
	"github.com/limitgen/limitgen/generator/model"
)

// dashboard is what the template prints. Every text in it is a string of JSON.
type dashboard struct {
	UID, Title, Description, Package string
	Variables                        []variable
	Use, UseOverTime                 panel
	Overview                         []panel // beside each other
	LimitsRow                        place
	Limits                           []panel
}

// variable is a choice at the top of the page. Definition is its query.
type variable struct{ Name, Label, Definition string }

// place is a panel's position in the 24 columns of a dashboard.
type place struct{ ID, X, Y, W, H int }

type panel struct {
	place
	Title, Description, Unit string
	Queries                  []query
}

type query struct{ Ref, Expr, Legend string }

// Sizes of panels.
const (
	columns        = 24
	limitW, limitH = 8, 8
)

func newDashboard(in *config.Input) *dashboard {
	api := in.API.Name
	matchers := `api=` + promString(api) + `,job=~"$job",instance=~"$instance",role=~"$role"`
	d := &dashboard{
		UID:   quote.JSON(uid(api)),
		Title: quote.JSON(literal("Rate limits: " + heading(in.API))),
		Description: quote.JSON(literal(fileset.Header + " Source: " + config.Line(in.API.Source) +
			". It shows what PrometheusHandler of the generated package " + api + " serves.")),
		Package:   quote.JSON(api),
		Variables: variables(api),
		LimitsRow: place{ID: 8, Y: 16, W: columns, H: 1},
	}
	d.Use, d.UseOverTime, d.Overview = overview(matchers)
	for i, l := range in.Limits {
		at := place{
			ID: 9 + i, X: i * limitW % columns, Y: 17 + i*limitW/columns*limitH, W: limitW, H: limitH,
		}
		d.Limits = append(d.Limits, limitPanel(at, in, l, matchers))
	}
	return d
}

func heading(api *model.API) string {
	if title := config.Line(api.Title); title != "" {
		return title
	}
	return api.Name
}

// variables narrow each other down from left to right.
func variables(api string) []variable {
	of := func(more, label string) string {
		return quote.JSON("label_values(limitgen_limit_quota{api=" + promString(api) + more + "}, " +
			label + ")")
	}
	return []variable{
		{quote.JSON("job"), quote.JSON("Job"), of("", "job")},
		{quote.JSON("role"), quote.JSON("Role"), of(`,job=~"$job"`, "role")},
		{quote.JSON("instance"), quote.JSON("Instance"), of(`,job=~"$job",role=~"$role"`, "instance")},
	}
}

// overview returns what concerns all limits: how near each is, and which callers wait, are refused,
// or were told of too many requests.
func overview(matchers string) (use, over panel, row []panel) {
	ratio := "max by (limit) (limitgen_limit_used{" + matchers + "} / limitgen_limit_quota{" +
		matchers + "})"
	use = panel{place: place{2, 0, 1, 12, 8}, Title: quote.JSON("Quota used"), Unit: quote.JSON("percentunit"),
		Description: quote.JSON("Of each limit, by the counter that came nearest to its quota within the last minute."),
		Queries:     []query{{quote.JSON("A"), quote.JSON(ratio), quote.JSON("{{limit}}")}}}
	over = use
	over.place, over.Title = place{3, 12, 1, 12, 8}, quote.JSON("Quota used over time")
	counts := func(id, x int, title, description, unit, expr string) panel {
		return panel{place: place{id, x, 9, 6, 7}, Title: quote.JSON(title), Description: quote.JSON(description), Unit: quote.JSON(unit),
			Queries: []query{{quote.JSON("A"), quote.JSON(expr), quote.JSON("{{role}} {{limit}}")}}}
	}
	total := func(metric string) string { return "sum by (role, limit) (" + metric + "{" + matchers + "})" }
	rate := func(metric, more string) string {
		return "sum by (role, limit) (rate(" + metric + "{" + matchers + more + "}[$__rate_interval]))"
	}
	refused := rate("limitgen_limit_refused_total", `,role="server"`)
	row = []panel{
		counts(4, 0, "Calls that wait", "Clients' calls that their limiter holds back now.", "short",
			total("limitgen_limit_waiting")),
		counts(5, 6, "Refused", "Requests that the server answered with 429, and calls that a client did not send.", "reqps", rate("limitgen_limit_refused_total", "")),
		counts(6, 12, "Share refused", "Of the requests under each limit, by servers. An alert comes at 10 % for a quarter of an hour; one caller who has used up a quota is normal.",
			"percentunit", refused+" / ("+refused+" + "+
				rate("limitgen_limit_admitted_total", `,role="server"`)+")"),
		counts(7, 18, "429s seen", "Answers that told a client of too many requests: other clients use the same quota.", "reqps", rate("limitgen_limit_exceeded_total", "")),
	}
	return use, over, row
}

// limitPanel shows what is used against the quota in force. The lines at 80 % and 100 % are
// queries, since a fixed threshold would not follow a quota that was sold, shared or lowered.
func limitPanel(at place, in *config.Input, l *model.Limit, matchers string) panel {
	of := func(metric string) string {
		return metric + "{limit=" + promString(l.Name) + "," + matchers + "}"
	}
	return panel{
		place: at,
		Title: quote.JSON(literal(config.Line(l.Name) + ": " + config.Quota(l) + " " +
			config.Per(l))),
		Description: quote.JSON(literal(quote.Markdown(config.Describe(in, l)))),
		Unit:        quote.JSON("short"),
		Queries: []query{
			{
				quote.JSON("A"), quote.JSON("max by (role, instance) (" + of("limitgen_limit_used") + ")"),
				quote.JSON("{{role}} {{instance}}"),
			},
			{
				quote.JSON("B"), quote.JSON("0.8 * max by (role) (" + of("limitgen_limit_quota") + ")"),
				quote.JSON("80 %, {{role}}"),
			},
			{
				quote.JSON("C"), quote.JSON("max by (role) (" + of("limitgen_limit_quota") + ")"),
				quote.JSON("quota, {{role}}"),
			},
		},
	}
}

var plainUID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,31}$`)

// uid returns the same for a package whenever it is generated, so that links to the dashboard go on
// working. Grafana takes 40 characters at most.
func uid(api string) string {
	if plainUID.MatchString(api) {
		return "limitgen-" + api
	}
	return fmt.Sprintf("limitgen-%x", sha256.Sum256([]byte(api)))[:40]
}
