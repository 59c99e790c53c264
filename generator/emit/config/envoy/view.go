package envoy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/model"
)

// A limitView is one limit.
type limitView struct {
	Name     string   // quoted
	Space    string   // of the metadata
	Comments []string // what it is, and how far it is approximate
	Actions  []action
	Cost     string   // the quoted format of hits_addend; "" when every request counts 1
	Levels   []string // lines of the service's descriptors

	// Of a token bucket.
	Quota, Capacity, Seconds int64
}

// An action gives one entry of a descriptor.
type action struct {
	Key     string // of the entry, quoted
	Field   string // of the limit's metadata; "" for the caller's address
	Value   string // quoted value that a local descriptor asks for; "" for any
	Address bool
}

func newLimitView(in *config.Input, l *model.Limit, gaps []config.Gap) *limitView {
	v := &limitView{
		Name: yamlString(l.Name), Space: space(in.API),
		Comments: []string{config.Line(fmt.Sprintf("%s: %s%s", l.Name, config.Quota(l), per(l)))},
		Actions:  []action{{Key: "limit", Field: "limit", Value: yamlString(l.Name)}},
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
		v.Actions = append(v.Actions, action{Key: yamlString(key), Field: "key"})
	}
	if slices.Contains(l.Per, "client-ip") {
		v.Actions = append(v.Actions, action{Key: "remote_address", Address: true})
	}
	if costs(in, l) {
		v.Cost = yamlString("%DYNAMIC_METADATA(" + v.Space + ":" + l.Name + ":cost)%")
	}
	v.levels(in, l)
	return v
}

// levels are the service's nested descriptors.
func (v *limitView) levels(in *config.Input, l *model.Limit) {
	w, _ := windowOf(l, largest(in, l))
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
	v.Levels = append(v.Levels, fmt.Sprintf("%srate_limit: {unit: %s, requests_per_unit: %d}", space, w.unit, w.quota))
}

// costs reports whether any request counts otherwise than 1 in a limit.
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
