package nginx

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/model"
)

// A page is what the templates print: everything is quoted already.
type page struct {
	Head    []string
	Name    string // begins the names of all variables and zones
	Buckets int    // map_hash_bucket_size; 0 if the default will do
	GetHead bool   // a HEAD counts as its GET

	Lengths []pair // expressions for paths of one length → the first table for it
	Tables  []lookup
	Values  []value
	Source  string // an operation with the class of its limits, and all keys
	Classes []pair // expressions for the class → its name
	Limits  []*counter

	Identity   string // the header that names the caller; "" if none does
	Uploads    bool   // some operation takes a form with files or a binary body
	PlanSource string // the variable of the header that names the plan; "" if none does
	Plans      []pair // its values → numbers
	PlanMaps   []planMap
	Planned    []*counter

	Retry    string // the usual Retry-After
	Retries  []pair // where it is another
	Policies []pair
	Held     bool // some limit is on concurrent requests
}

// A lookup is a table as a map.
type lookup struct {
	Name, Source, Default string
	Entries               []pair
}

// A counter is a limit with its zone.
type counter struct {
	Comment  []string
	Name     string // of the variable, behind the prefix
	ZoneName string
	Held     bool // limit_conn
	Key      string
	Zone     string
	Rate     string
	Argument string // of limit_req behind the zone, or of limit_conn
	limit    *model.Limit
	bucket   bucket
	planned  []planned
}

type builder struct {
	*page
	in      *config.Input
	o       config.Options
	values  values
	keys    []key
	classes []*class
	of      map[*config.Route]*class
	terms   map[string][]use // by limit: how routes spell its key

	semicolons bool // some template has a ";"
}

func newPage(t *config.Target, in *config.Input, o config.Options) *page {
	p := compute(in, o)
	p.Head = config.Head(t, in, o)
	return p
}

// compute returns a page without its head.
func compute(in *config.Input, o config.Options) *page {
	in = expressible(in, o)
	p := &page{Name: shorten(config.Prefix(in.API)), Identity: o.IdentityHeader, Uploads: uploads(in)}
	b := &builder{
		page: p, in: in, o: o, of: make(map[*config.Route]*class), terms: make(map[string][]use),
	}
	b.values = values{prefix: p.Name, api: in.API, known: make(map[string]string)}
	b.counters()
	b.classify()
	b.routes()
	b.sizes()
	b.plans()
	b.answers()
	p.Values = b.values.list
	return p
}

// longest returns the length of the longest word on a page.
func (p *page) longest() int {
	n := len(p.Source)
	lists := [][]pair{p.Lengths, p.Classes, p.Policies}
	for _, t := range p.Tables {
		lists = append(lists, t.Entries)
	}
	for _, v := range p.Values {
		n = max(n, len(v.Source))
		lists = append(lists, v.Entries)
	}
	for _, list := range lists {
		for _, e := range list {
			n = max(n, len(e.Key), len(e.Value))
		}
	}
	return n
}

func (b *builder) counters() {
	for i, l := range b.in.Limits {
		c := b.counter(l, b.variable(l, i+1), unit(b.in, l))
		b.Held = b.Held || c.Held
		b.Limits = append(b.Limits, c)
	}
}

// counter returns a limit with its zone, by the name of its variable.
func (b *builder) counter(l *model.Limit, name string, cost int64) *counter {
	c := &counter{
		Name: name, ZoneName: b.Name + "_" + word(l.Name, ""), Held: l.Seconds == 0, Comment: comment(l),
		limit: l,
	}
	c.Key = "$" + b.Name + "_" + c.Name
	if c.Held {
		c.Argument = strconv.FormatInt(min(l.Quota/cost, maxConnections), 10)
		return c
	}
	c.bucket = newBucket(l, cost, b.o.NginxMode)
	c.Rate = c.bucket.rate
	c.Argument = c.bucket.parameters(b.o.NginxMode)
	return c
}

// comment says what a limit is, in one line, and what the spec says of it.
func comment(l *model.Limit) []string {
	per := "all requests together"
	if len(l.Per) > 0 {
		per = "each " + config.Line(strings.Join(l.Per, " and "))
	}
	out := []string{config.Line(l.Name) + ": " + config.Quota(l) + " for " + per + "."}
	if text := config.Line(l.Description); text != "" {
		out = append(out, text)
	}
	return out
}

// uploads reports whether a generated server takes bodies of some operation as uploads.
func uploads(in *config.Input) bool {
	return slices.ContainsFunc(in.Routes, func(r *config.Route) bool {
		return slices.ContainsFunc(r.Variants, func(v *model.Operation) bool {
			return slices.ContainsFunc(v.Spoken(), func(b *model.Body) bool { return b.Kind == model.Multipart || b.Kind == model.Binary })
		})
	})
}

// classify gives each route the class of its limits.
func (b *builder) classify() {
	for _, r := range b.in.Routes {
		c := &class{}
		var names []string
		for _, rate := range uses(b.in, r) {
			u := b.use(r, rate)
			c.uses = append(c.uses, u)
			names = append(names, b.term(u))
		}
		if len(names) == 0 {
			continue
		}
		c.key = strings.Join(names, "+")
		if c.name = c.key; len(c.name) > longestClass && len(names) > 1 {
			c.name = fmt.Sprintf("+%d", len(b.classes)+1)
		}
		if i := slices.IndexFunc(b.classes, func(o *class) bool { return o.key == c.key }); i >= 0 {
			c = b.classes[i]
		} else {
			b.classes = append(b.classes, c)
		}
		c.count++
		b.of[r] = c
	}
	// nginx tries expressions in order: the commonest first.
	slices.SortStableFunc(b.classes, func(x, y *class) int { return cmp.Compare(y.count, x.count) })
	b.Source = quote("$" + b.Name + "_route " + text(b.keys))
	for _, c := range b.classes {
		b.Classes = append(b.Classes, pair{quote(c.expression(b.Name, b.keys)), quote(c.name)})
	}
}

// use finds what a limit is counted by at a route.
func (b *builder) use(r *config.Route, rate *model.Rate) use {
	k, operation := b.values.keyOf(b.in, r, rate)
	u := use{counter: b.Limits[slices.Index(b.in.Limits, rate.Limit)], key: -1, operation: operation}
	if k.text == "" {
		return u
	}
	if u.key = slices.Index(b.keys, k); u.key < 0 {
		u.key = len(b.keys)
		b.keys = append(b.keys, k)
	}
	if operation && u.key > 0 {
		u.counter.Key = `"$` + b.Name + "_" + u.counter.Name + "_operation$" + b.Name + "_" +
			u.counter.Name + `"`
	}
	return u
}

// term returns a limit's name, with a number where routes spell its key in several ways.
func (b *builder) term(u use) string {
	name := u.counter.limit.Name
	i := slices.Index(b.terms[name], u)
	if i < 0 {
		i = len(b.terms[name])
		b.terms[name] = append(b.terms[name], u)
	}
	if i == 0 {
		return name
	}
	return fmt.Sprintf("%s.%d", name, i+1)
}

// mapKey returns a name on the left side of a map, where a few words mean something else.
func mapKey(name string) string {
	switch name {
	case "default", "hostnames", "include", "volatile":
		return `\` + name
	}
	return name
}
