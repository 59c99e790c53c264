package nginx

import (
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
	Buckets int    // map_hash_bucket_size; 0 when the default will do
	GetHead bool   // a HEAD counts as its GET

	First   string // the map that is asked first
	Split   []string
	Lengths []length
	Tables  []lookup
	Values  []value
	Limits  []*counter
	Classes []*class
	Held    bool // some limit is on concurrent requests
}

// A length sends paths of one number of segments to their tables.
type length struct {
	Name, Segment string
	Here, Longer  string // variables
}

// A lookup is a table as a map.
type lookup struct {
	Name, Source, Default string
	Entries               []pair
}

// A counter is a limit with its zone.
type counter struct {
	Comment  []string
	Name     string // of the variable and the zone
	Held     bool   // limit_conn
	Entries  []pair // class → key
	Zone     string
	Rate     string
	Argument string // of limit_req behind the zone, or of limit_conn
	bucket   bucket
	states   int
}

// A class is the limits that apply to a request, with the spelling of their keys. Most routes share a few.
type class struct {
	name   string
	Word   string
	Retry  string
	Policy string
	Body   string
}

func newPage(t *config.Target, in *config.Input, o config.Options) *page {
	p := &page{Head: config.Head(t, in, o), Name: prefix(in.API.Package)}
	b := &builder{page: p, in: in, o: o, values: values{prefix: p.Name, api: in.API, known: make(map[string]string)}}
	b.counters()
	b.classify()
	b.routes()
	p.Values = b.values.list
	b.sizes()
	return p
}

// prefix is the package's name in letters that nginx's variables may have.
func prefix(name string) string {
	if p := lower(word(name, "")); p != "" {
		return p
	}
	return "api"
}

type builder struct {
	*page
	in      *config.Input
	o       config.Options
	values  values
	keys    map[string][]string // by limit: the spellings of its key
	words   map[*config.Route]string
	longest map[*counter]int
}

func (b *builder) counters() {
	for _, l := range b.in.Limits {
		c := &counter{Name: word(l.Name, ""), Held: l.Seconds == 0}
		c.Comment = comment(l)
		cost := unit(b.in, l)
		if c.Held {
			c.Argument = strconv.FormatInt(min(l.Quota/cost, maxConnections), 10)
			b.Held = true
		} else {
			c.bucket = newBucket(l, cost, b.o.NginxMode)
			c.Rate = c.bucket.rate
			c.Argument = c.bucket.parameters(b.o.NginxMode)
		}
		b.Limits = append(b.Limits, c)
	}
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

// classify gives each route the class of its limits.
func (b *builder) classify() {
	b.keys = make(map[string][]string)
	b.words = make(map[*config.Route]string)
	for _, r := range b.in.Routes {
		var names []string
		var rates []*model.Rate
		for _, rate := range uses(b.in, r) {
			names = append(names, b.term(r, rate))
			rates = append(rates, rate)
		}
		if len(names) == 0 {
			continue
		}
		name := strings.Join(names, "+")
		b.words[r] = name
		if !slices.ContainsFunc(b.Classes, func(c *class) bool { return c.name == name }) {
			b.addClass(name, r, rates)
		}
	}
}

// term is a limit's name, with a number where routes spell its key in several ways.
func (b *builder) term(r *config.Route, rate *model.Rate) string {
	key := b.values.key(b.in, r, rate)
	known := b.keys[rate.Limit.Name]
	i := slices.Index(known, key)
	if i < 0 {
		i = len(known)
		b.keys[rate.Limit.Name] = append(known, key)
	}
	if i == 0 {
		return rate.Limit.Name
	}
	return fmt.Sprintf("%s.%d", rate.Limit.Name, i+1)
}

func (b *builder) addClass(name string, r *config.Route, rates []*model.Rate) {
	c := &class{name: name, Word: mapKey(name)}
	var policies []string
	var retry int64
	for _, rate := range rates {
		counter := b.Limits[slices.Index(b.in.Limits, rate.Limit)]
		counter.Entries = append(counter.Entries, pair{c.Word, quote(b.values.key(b.in, r, rate))})
		if !counter.Held {
			retry = max(retry, counter.bucket.retry())
			policies = append(policies, fmt.Sprintf(`"%s";q=%d;w=%d`, rate.Limit.Name, rate.Limit.Quota, rate.Limit.Seconds))
		} else {
			policies = append(policies, fmt.Sprintf(`"%s";q=%d;qu="concurrent-requests"`, rate.Limit.Name, rate.Limit.Quota))
		}
	}
	if retry > 0 {
		c.Retry = strconv.FormatInt(retry, 10)
	}
	c.Policy = strings.Join(policies, ", ")
	if len(rates) == 1 {
		c.Body = fmt.Sprintf(`,"violated-policies":["%s"]`, rates[0].Limit.Name)
	}
	b.Classes = append(b.Classes, c)
}

// mapKey is a name on the left side of a map, where a few words mean something else.
func mapKey(name string) string {
	switch name {
	case "default", "hostnames", "include", "volatile":
		return `\` + name
	}
	return name
}
