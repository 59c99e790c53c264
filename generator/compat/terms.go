package compat

import (
	"fmt"
	"maps"
	"slices"

	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/manifest"
)

// TermsChange is one change of a limit or of its use.
type TermsChange struct {
	Limit      string   // the limit that changed, or ""
	Plan       string   // for callers of this plan alone; "" for all others
	Operations []string // the operations with changed costs
	Was, Is    string   // "" if there was or is nothing
	Means      string   // the effect on callers until they regenerate
}

// means describes a verdict on one line.
func (v verdict) means() string { return worded[v].head + ": " + worded[v].caller }

// String returns one line.
func (c TermsChange) String() string {
	what := "limit " + c.Limit
	if c.Limit == "" {
		what = subject(c.Operations)
	}
	if c.Plan != "" {
		what += " of plan " + c.Plan
	}
	switch {
	case c.Was == "":
		return what + " is new: " + c.Is
	case c.Is == "":
		return what + " is gone, was " + c.Was
	}
	return what + " was " + c.Was + ", is " + c.Is + ": " + c.Means
}

// Terms lists the changes from old to new, limits first. New and removed operations are not listed;
// operations with the same change share a line. Nothing is listed if old has no terms.
func Terms(old, new manifest.Terms) []TermsChange {
	if old.Limits == nil && old.Uses == nil {
		return nil
	}
	var out []TermsChange
	for _, name := range names(old.Limits, new.Limits) {
		was, had := old.Limits[name]
		is, has := new.Limits[name]
		if was == is && had == has {
			continue
		}
		c := TermsChange{Limit: name, Means: meaning(was, is).means()}
		if had {
			c.Was = words(was)
		}
		if has {
			c.Is = words(is)
		}
		out = append(out, c)
	}
	out = append(out, planTerms(old, new)...)
	limits := len(out)
	for _, name := range names(old.Uses, new.Uses) {
		was, had := old.Uses[name]
		is, has := new.Uses[name]
		if was == is || !had || !has {
			continue
		}
		means := other.means()
		switch "" {
		case was:
			was, means = "unlimited", tighter.means()
		case is:
			is, means = "unlimited", looser.means()
		}
		i := slices.IndexFunc(out[limits:], func(c TermsChange) bool { return c.Was == was && c.Is == is })
		if i < 0 {
			out = append(out, TermsChange{Was: was, Is: is, Means: means})
			i = len(out) - limits - 1
		}
		c := &out[limits+i]
		c.Operations = append(c.Operations, name)
	}
	return out
}

// planTerms lists what changed for callers of a plan. A limit that the plan does not change is that
// of all.
func planTerms(old, new manifest.Terms) []TermsChange {
	var out []TermsChange
	for _, plan := range names(old.Plans, new.Plans) {
		for _, name := range names(old.Plans[plan], new.Plans[plan]) {
			was, had := old.Plans[plan][name]
			is, has := new.Plans[plan][name]
			if !had {
				was, had = old.Limits[name]
			}
			if !has {
				is, has = new.Limits[name]
			}
			if had && has && was != is {
				out = append(out, TermsChange{Limit: name, Plan: plan, Was: words(was), Is: words(is), Means: meaning(was, is).means()})
			}
		}
	}
	return out
}

// names returns the keys of both, in order.
func names[V any](a, b map[string]V) []string {
	all := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(all)
	return slices.Compact(all)
}

// meaning compares recorded limits.
func meaning(was, is manifest.LimitTerms) verdict {
	if was.Per != is.Per {
		return other
	}
	return compareFigures(recorded(was), recorded(is))
}

// words describes a limit.
func words(l manifest.LimitTerms) string {
	text := limit.Quota(l.Quota, l.Unit, l.Window)
	if l.Rated {
		text = limit.Rate(l.Quota, l.Unit, l.Window)
	}
	if l.Per != "" {
		text += " for each " + l.Per
	}
	if l.Burst > 0 {
		text += fmt.Sprintf(", %d at once", l.Burst)
	}
	if l.UTC {
		text += ", by UTC"
	}
	return text
}
