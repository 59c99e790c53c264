package limit

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// IsName reports whether a text may name a limit, a key, a plan or a document.
func IsName(text string) bool { return namePattern.MatchString(text) }

// A foreign limit is a limit in another tool's notation.
type foreign struct {
	shape  string   // how it was recognised, in words
	rates  []rate   // several if each window has a quota of its own
	per    []string // what is counted separately, as said here
	perSet bool
	burst  string
	notes  []string // what the value leaves open
}

type rate struct{ quota, window string } // "" is open

// The place of a value in another tool's notation.
type site int

const (
	atOperation site = iota
	atRoot
	inLimits
)

// Equivalent returns the equivalent of a value in another tool's notation, at an operation; "" for
// other values.
func Equivalent(n *yaml.Node) string { return equivalent(deref(n), atOperation) }

// EquivalentTable is Equivalent for the root.
func EquivalentTable(n *yaml.Node) string { return equivalent(deref(n), atRoot) }

func equivalent(n *yaml.Node, at site) string {
	if n.Kind == yaml.SequenceNode {
		return listEquivalent(n, at)
	}
	f := readForeign(n)
	if f == nil {
		return ""
	}
	return f.shape + "; " + f.here(at)
}

// Figures is one limit in another tool's notation; "" for values left open.
type Figures struct {
	Quota, Window, Burst string
	Per                  []string
	PerGiven             bool
}

// Foreign reads a value in another tool's notation, and describes what it leaves open. It returns
// nil for other values.
func Foreign(n *yaml.Node) ([]Figures, []string) {
	n = deref(n)
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	} else if value(n, "use") != nil || value(n, "variants") != nil {
		return nil, nil
	}
	var out []Figures
	var notes []string
	for _, item := range items {
		f := readForeign(deref(item))
		if f == nil {
			return nil, nil
		}
		for _, r := range f.rates {
			out = append(out, Figures{
				Quota: r.quota, Window: r.window, Burst: f.burst, Per: f.per, PerGiven: f.perSet,
			})
		}
		notes = append(notes, f.notes...)
	}
	return out, notes
}

// limits writes each rate as a limit of this extension.
func (f *foreign) limits() []string {
	var out []string
	for _, r := range f.rates {
		text := "{quota: " + or(r.quota, "N") + ", window: " + or(r.window, "...")
		if f.burst != "" {
			text += ", burst: " + f.burst
		}
		out = append(out, text+", per: "+f.perText()+"}")
	}
	return out
}

// here says where to write them.
func (f *foreign) here(at site) string {
	text := place(f.limits(), at)
	for _, note := range f.notes {
		text += "; " + note
	}
	return text
}

func place(limits []string, at site) string {
	all := strings.Join(limits, " and ")
	switch {
	case at == inLimits && len(limits) == 1:
		return "here it is " + all
	case at == inLimits:
		return "here they are " + strconv.Itoa(len(limits)) + " limits, " + all
	case at == atRoot && len(limits) == 1:
		return "here it is {version: 1, limits: {NAME: " + all + "}, default: {NAME: 1}}"
	case len(limits) == 1:
		return "define " + all + " under x-rate-limits.limits at the root and name it here"
	}
	return "define " + all + " under x-rate-limits.limits at the root, each by a name, and use them: {NAME: 1, ...}"
}

func (f *foreign) perText() string {
	if !f.perSet {
		return "[...]"
	}
	return "[" + strings.Join(f.per, ", ") + "]"
}

func or(text, instead string) string {
	if text == "" {
		return instead
	}
	return text
}

// listEquivalent returns the equivalent of a list.
func listEquivalent(n *yaml.Node, at site) string {
	names, limits := []string{}, []string{}
	for _, item := range n.Content {
		item = deref(item)
		if item.Kind == yaml.ScalarNode && IsName(item.Value) {
			names = append(names, item.Value+": 1")
			continue
		}
		if f := readForeign(item); f != nil {
			limits = append(limits, f.limits()...)
		}
	}
	switch {
	case len(n.Content) > 0 && len(names) == len(n.Content) && at == atOperation:
		return "a list does not say which limits apply; write {use: {" + strings.Join(names, ", ") + "}}"
	case len(limits) > 0:
		return "a list of limits is another tool's; " + place(limits, at)
	}
	return ""
}
