package haproxy

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/templates"
)

// A view is what the templates show.
type view struct {
	Head       []string
	Name       string // begins all names
	Tables     []tableView
	Parameters string // the regular expression of parameters
	Slots      []slotView
	Parts      []*part // of keys
	Rows       []row
	Quotas     []quotaView
	Keys       []*key
	LuaKeys    []*key

	Sliding    bool   // some limit is counted by an estimate
	PlanHeader string // that names the caller's plan, if any plan changes a limit
	Address    string // the expression for the caller's, if any limit counts by it
	Bits       int    // of an IPv6 address that count
	Invalid    string // what becomes of a cost that is not a number
	Mapped     bool   // IPv4 addresses in IPv6 are distinguished

	LuaLimits   []luaLimit
	LuaCosts    []luaCost
	Matrix      bool // some path parameter follows a ";"
	Values      bool // some cost is a number in the request
	Numbers     bool // some key is
	Prefixes    bool // some key has the prefix of a style
	Credentials bool // some key is a credential
	Scripts     bool // some limit is counted in Lua
	Costs       bool // some cost is read from requests
	Bodies      bool // some value is read from bodies
	BodyKeys    bool // some key is
	Most, Last  int64
	Buffer      int64
}

type tableView struct {
	Name, Store, Comment string
	Size, Expire         int64
	Purge                bool
}

type quotaView struct {
	Name    string
	Quota   int64
	Comment string
}

// A slotView is the rules for one of the limits that a request counts in: the first, second or
// third.
type slotView struct {
	N, Word int    // its number from 0, and from 1
	Use     string // the variable that has what the map says of it
	Alone   bool   // no request has another
	Names   []nameView
	Tables  []trackView
	Room    string // when the request may pass, before it is counted
	Kept    string // and after
	Counts  bool   // some limit here counts requests that begin
}

// A nameView gives counters their names.
type nameView struct{ Comment, Expression, Condition string }

// A trackView is the limits that are counted in one table.
type trackView struct {
	Table  string
	Key    string   // the expression for a counter's name
	Limits []string // lists of words
}

func render(in *config.Input, o config.Options) ([]config.File, error) {
	v := newView(in, o)
	t := templates.Config("haproxy", nil)
	var out []config.File
	for _, name := range []string{"example.cfg", "limits.cfg", "limits.lua", "limits.map", "operations.map"} {
		var b bytes.Buffer
		if err := t.ExecuteTemplate(&b, name+".tmpl", v); err != nil {
			return nil, err
		}
		if strings.HasSuffix(name, ".map") {
			name = v.Name + "_" + name // HAProxy knows a map by its file's name
		}
		out = append(out, config.File{Name: name, Data: b.Bytes()})
	}
	return out, nil
}

func newView(in *config.Input, o config.Options) *view {
	c := newCounting(in, o)
	ks := newKeys(c)
	v := &view{
		Head: config.Head(Target(), in, o), Name: c.name, Parts: ks.parts, Rows: c.rows(ks),
		Keys: ks.list, LuaLimits: c.luaLimits(), LuaCosts: c.luaCosts(), Scripts: len(c.scripts) > 0,
		Most: 2 * int64(o.Keys),
	}
	v.Bits, v.Invalid = in.AddressBits(), config.Invalid
	v.Matrix, v.Values, v.Numbers = in.Matrix(), in.Values(),
		in.Spelt(func(s config.Spelling) bool { return s.Number })
	v.Prefixes = in.Spelt(func(s config.Spelling) bool { return s.Prefix != "" })
	if in.Addresses() {
		v.Address, v.Mapped = "src", in.AddressBits() < 128
		if v.Mapped {
			v.Address = fmt.Sprintf("src,ipmask(32,%d)", in.AddressBits())
		}
	}
	v.Costs, v.Parameters = len(v.LuaCosts) > 0, parameters(in)
	var items int64
	if v.Bodies, items = c.bodies(); v.Bodies {
		v.Buffer = buffer(items)
	}
	for _, t := range c.tables() {
		v.Tables = append(v.Tables, tableView{
			t.Name, t.store(), names(t.Limits, ", "), t.size(o), t.expire(), t.algorithm == inFlight,
		})
	}
	for _, l := range in.Limits {
		v.Sliding = v.Sliding || algorithmOf(l, o) == sliding
		v.Quotas = append(v.Quotas, quotaView{l.Name, min(l.Quota, largestQuota), describe(l)})
		for _, p := range in.Planned(l, o) {
			v.PlanHeader = o.PlanHeader
			v.Quotas = append(v.Quotas, quotaView{
				l.Name + "@" + p.Plan, min(p.Quota, largestQuota), "on the plan " + p.Plan,
			})
		}
	}
	for _, k := range ks.list {
		v.BodyKeys = v.BodyKeys || k.Body
		v.Credentials = v.Credentials || strings.Contains(k.Lua, `{ "credential", `)
		if k.Lua != "" {
			v.LuaKeys = append(v.LuaKeys, k)
		}
	}
	v.Slots = c.slots(ks)
	v.Last = int64(len(v.Slots)) - 1
	return v
}

// slots returns the rules for the n-th limit of a request, as far as there are requests with so
// many.
func (c *counting) slots(ks *keys) []slotView {
	var most int
	for _, r := range c.in.Routes {
		most = max(most, len(c.entries(r)))
	}
	var out []slotView
	for n := range most {
		known := make(map[*key]bool)
		s := slotView{N: n, Word: n + 1, Use: c.variable("uses"), Alone: most == 1}
		if !s.Alone {
			s.Use = c.variable("use") + strconv.Itoa(n)
		}
		limits := make(map[*model.Limit]bool)
		var used []*key
		for _, r := range c.in.Routes {
			if list := c.entries(r); n < len(list) {
				limits[list[n].Limit] = true
				if k := ks.of(r, list[n]); !known[k] {
					known[k] = true
					used = append(used, k)
				}
			}
		}
		s.Names = counterNames(s.Use, used)
		s.track(c, limits)
		out = append(out, s)
	}
	return out
}

// counterNames returns the names of the counters by key. A chain of converters is much cheaper than
// a format, which HAProxy evaluates like a log line.
func counterNames(use string, used []*key) []nameView {
	var out []nameView
	for _, k := range used {
		if k.Lua != "" {
			continue
		}
		f := nameView{Comment: k.Name + ": " + k.Comment, Expression: "var(" + use + "),field(1,:)"}
		for _, v := range k.Parts {
			f.Expression += ",concat(/," + v + ")"
		}
		if len(used) > 1 {
			f.Condition = fmt.Sprintf(" if { var(%s),field(2,:=) -m str -- %s }", use, k.Name)
		}
		out = append(out, f)
	}
	return out
}

// track sets the tables in which a slot's limits are counted, and the conditions under which there
// is room. They say when a request may pass, not when it may not: for most requests the first of
// them answers, and a counter that is not there, for want of room in its table or of a quota, lets
// nothing pass.
func (s *slotView) track(c *counting, limits map[*model.Limit]bool) {
	var room, kept []string
	add := func(list *[]string, format, op string) {
		condition := fmt.Sprintf("{ sc%d_%s,sub(%s%d) %s 0 }", s.N, format, c.variable("quota"), s.N, op)
		if !slices.Contains(*list, condition) {
			*list = append(*list, condition)
		}
	}
	for _, t := range c.tables() {
		here := slices.DeleteFunc(slices.Clone(t.Limits), func(l *model.Limit) bool { return !limits[l] })
		if len(here) == 0 {
			continue
		}
		v := trackView{
			Table: t.Name, Key: fmt.Sprintf("var(%s%d)", c.variable("counter"), s.N), Limits: lines(here),
		}
		fetch, before := "conn_cur", "le" // the request is in it already
		switch t.algorithm {
		case fixed:
			v.Key = fmt.Sprintf("date,div(%d),concat(/,%s%d)", t.Window, c.variable("counter"), s.N)
			fetch, before = "get_gpc0", "lt"
		case sliding:
			fetch, before = "gpc0_rate", "lt"
		case inFlight, bucket:
		}
		s.Counts = s.Counts || t.algorithm != inFlight
		add(&room, fetch, before)
		add(&kept, fetch, "le")
		s.Tables = append(s.Tables, v)
	}
	none := fmt.Sprintf("!%s_counted%d", c.name, s.N)
	s.Room, s.Kept = strings.Join(append(room, none), " || "), strings.Join(append(kept, none), " || ")
}

// lines are lists of names, each short enough for one line: HAProxy takes 64 words in one.
func lines(limits []*model.Limit) []string {
	const most = 40
	var out []string
	for part := range slices.Chunk(limits, most) {
		out = append(out, names(part, " "))
	}
	return out
}

func names(limits []*model.Limit, sep string) string {
	var out []string
	for _, l := range limits {
		out = append(out, encodeName(l.Name))
	}
	return strings.Join(out, sep)
}
