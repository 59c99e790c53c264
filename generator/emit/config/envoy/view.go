package envoy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/emit/quote"
	"github.com/limitgen/limitgen/generator/model"
)

// A limitView is one limit.
type limitView struct {
	Name     string   // quoted
	Space    string   // of the metadata
	Comments []string // what it is, and how far it is approximate
	Actions  []action
	Sets     [][]action // those, and the same for each further credential that a request may count for
	Cost     string     // the quoted format of hits_addend; "" when every request counts 1
	Levels   []string   // lines of the service's descriptors

	// Of a token bucket.
	Quota, Capacity, Seconds int64
}

// An action gives one entry of a descriptor.
type action struct {
	Key     string // of the entry, quoted
	Field   string // of the limit's metadata; "" for the caller's address
	Value   string // quoted value that a local descriptor asks for; "" for any
	Address bool
	Masked  int // bits of an IPv6 address that count, where not all do
}

func newLimitView(in *config.Input, l *model.Limit, gaps []config.Gap) *limitView {
	v := &limitView{
		Name: quote.YAML(l.Name), Space: space(in.API),
		Comments: []string{config.Line(fmt.Sprintf("%s: %s%s", l.Name, config.Quota(l), per(l)))},
		Actions:  []action{{Key: "limit", Field: "limit", Value: quote.YAML(l.Name)}},
		Quota:    min(l.Quota, largestQuota), Capacity: capacity(l), Seconds: l.Seconds,
	}
	for _, g := range config.Merge(gaps) {
		g.Limits = nil
		v.Comments = append(v.Comments, config.Line("Approximate"+g.String()))
	}
	if slices.Contains(l.Per, "operation") {
		v.Actions = append(v.Actions, action{Key: "operation", Field: "operation"})
	}
	if key := keyName(l); key != "" {
		v.Actions = append(v.Actions, action{Key: quote.YAML(key), Field: "key"})
	}
	if slices.Contains(l.Per, "client-ip") {
		v.Actions = append(v.Actions, address(in))
	}
	if costs(in, l) {
		v.Cost = quote.YAML("%DYNAMIC_METADATA(" + v.Space + ":" + l.Name + ":cost)%")
	}
	v.Sets = [][]action{v.Actions}
	for n := 2; n <= alternatives(in, l); n++ {
		other := slices.Clone(v.Actions)
		for i := range other {
			if other[i].Field == "key" {
				other[i].Field = fmt.Sprintf("key%d", n)
			}
		}
		v.Sets = append(v.Sets, other)
	}
	w, _ := windowOf(l, largest(in, l))
	v.levels(w)
	return v
}

// newPlannedView returns a limit for callers on a plan: one of its own, with a name of its own.
func newPlannedView(in *config.Input, l *model.Limit, p config.Planned) *limitView {
	on := *l
	on.Quota, on.Burst = p.Quota, p.Burst
	v := newLimitView(in, l, nil)
	name := planned(l, p)
	v.Name, v.Actions[0].Value = quote.YAML(name), quote.YAML(name)
	v.Comments = []string{config.Line(fmt.Sprintf("%s on the plan %s: %s%s", l.Name, p.Plan,
		config.Quota(&on), per(l)))}
	v.Quota, v.Capacity = min(on.Quota, largestQuota), capacity(&on)
	if v.Cost != "" {
		v.Cost = quote.YAML("%DYNAMIC_METADATA(" + v.Space + ":" + name + ":cost)%")
	}
	w, _ := windowOf(&on, largest(in, l))
	v.levels(w)
	return v
}

// planned returns the name of a limit for callers on a plan.
func planned(l *model.Limit, p config.Planned) string { return l.Name + "@" + p.Plan }

// levels are the service's nested descriptors.
func (v *limitView) levels(w window) {
	v.Levels = nil
	space := ""
	for i, a := range v.Actions {
		v.Levels = append(v.Levels, space+"- key: "+a.Key)
		space += "  "
		if a.Value != "" {
			v.Levels = append(v.Levels, space+"value: "+a.Value)
		}
		if i < len(v.Actions)-1 {
			v.Levels = append(v.Levels, space+"descriptors:")
		}
	}
	v.Levels = append(v.Levels, fmt.Sprintf("%srate_limit: {unit: %s, requests_per_unit: %d}", space,
		w.unit, w.quota))
}

// address returns the entry of a caller's address. Masked, Envoy writes it "192.0.2.1/32".
func address(in *config.Input) action {
	if in.AddressBits() < 128 {
		return action{Key: "masked_remote_address", Address: true, Masked: in.AddressBits()}
	}
	return action{Key: "remote_address", Address: true}
}

// alternatives returns by how many credentials a request may count in a limit: one for each
// alternative of security schemes.
func alternatives(in *config.Input, l *model.Limit) int {
	most := 1
	for _, r := range in.Uses(l) {
		for _, op := range r.Variants {
			for _, rate := range op.Rates {
				if rate.Limit == l &&
					slices.ContainsFunc(rate.Dimensions(), func(d *model.Dimension) bool { return d.Builtin == "credential" }) {
					most = max(most, len(op.Security))
				}
			}
		}
	}
	return most
}

// costs reports whether any request has a cost other than 1 in a limit.
func costs(in *config.Input, l *model.Limit) bool {
	for _, r := range in.Uses(l) {
		for _, op := range r.Variants {
			for _, rate := range op.Rates {
				if rate.Limit == l && (rate.Count != nil || rate.Cost != 1) {
					return true
				}
			}
		}
	}
	return false
}

// keyName names the entry of the values that Lua reads from a request: after the limit's keys.
func keyName(l *model.Limit) string {
	var names []string
	for _, p := range l.Per {
		if p != "operation" && p != "client-ip" {
			names = append(names, p)
		}
	}
	return strings.Join(names, "-")
}

func per(l *model.Limit) string {
	if len(l.Per) == 0 {
		return ", one counter for all"
	}
	return " for each " + strings.Join(l.Per, " and ")
}
