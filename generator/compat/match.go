package compat

import (
	"slices"
	"strconv"
	"strings"

	"github.com/limitgen/limitgen/generator/model"
)

// pair is an operation on both sides.
type pair struct{ was, is *model.Operation }

// matching pairs the operations and limits of two versions.
type matching struct {
	pairs       []pair // in the new order
	added, gone []*model.Operation
	old, new    map[*model.Operation]*model.Operation // to the other side
	limits      []limitPair                           // in the new order
	moreLimits  []*model.Limit
	lessLimits  []*model.Limit
	newLimit    map[*model.Limit]*model.Limit // old to new
	oldLimit    map[*model.Limit]*model.Limit // new to old
}

type limitPair struct{ was, is *model.Limit }

// match finds out which operations are the same: those at an address with the same name, then those
// whose former name the new one says, then those at the same address, as callers see them, then
// those of the same name.
func match(was, is *model.API) *matching {
	m := &matching{
		old: map[*model.Operation]*model.Operation{}, new: map[*model.Operation]*model.Operation{},
	}
	for _, same := range []func(a, b *model.Operation) bool{
		func(a, b *model.Operation) bool { return a.ID == b.ID && address(a) == address(b) },
		func(a, b *model.Operation) bool { return former(b, a) != nil },
		func(a, b *model.Operation) bool { return address(a) == address(b) && chosen(a) == chosen(b) },
		func(a, b *model.Operation) bool { return a.ID == b.ID },
	} {
		m.round(was, is, same)
	}
	for _, op := range is.Operations {
		if old := m.old[op]; old != nil {
			m.pairs = append(m.pairs, pair{old, op})
		} else {
			m.added = append(m.added, op)
		}
	}
	for _, op := range was.Operations {
		if m.new[op] == nil {
			m.gone = append(m.gone, op)
		}
	}
	m.matchLimits(was, is)
	return m
}

// round pairs the remaining operations, each at most once.
func (m *matching) round(was, is *model.API, same func(a, b *model.Operation) bool) {
	byAddress := map[string][]*model.Operation{}
	byID := map[string][]*model.Operation{}
	for _, op := range was.Operations {
		byAddress[address(op)] = append(byAddress[address(op)], op)
		byID[op.ID] = append(byID[op.ID], op)
	}
	for _, op := range is.Operations {
		if m.old[op] != nil {
			continue
		}
		candidates := slices.Concat(byAddress[address(op)], byID[op.ID])
		for _, f := range op.Former {
			candidates = append(candidates, byID[f.ID]...)
		}
		for _, old := range candidates {
			if m.new[old] == nil && same(old, op) {
				m.old[op], m.new[old] = old, op
				break
			}
		}
	}
}

// former returns the name by which a new operation says that it was an old one.
func former(now, old *model.Operation) *model.Former {
	for _, f := range now.Former {
		if f.ID == old.ID {
			return f
		}
	}
	return nil
}

// address returns the method and URL of an operation, without parameter names.
func address(op *model.Operation) string {
	return op.HTTPMethod + " " + op.Server + placed(op.Path)
}

// placed replaces the names of a template's parameters by numbers.
func placed(path string) string {
	var b strings.Builder
	for n := 1; ; n++ {
		before, rest, ok := strings.Cut(path, "{")
		b.WriteString(before)
		_, after, closed := strings.Cut(rest, "}")
		if !ok || !closed {
			return b.String()
		}
		b.WriteString("{" + strconv.Itoa(n) + "}")
		path = after
	}
}

// chosen returns the condition that selects a variant at its address.
func chosen(op *model.Operation) string {
	if op.When == nil {
		return ""
	}
	return expression(op, op.When.Expr) + " " + op.When.Is
}

// expression returns the text of an expression, with path parameters by number.
func expression(op *model.Operation, e *model.Expr) string {
	if e.In == model.InPath {
		n := 0
		for rest := op.Path; ; {
			_, after, ok := strings.Cut(rest, "{")
			if !ok {
				break
			}
			name, tail, _ := strings.Cut(after, "}")
			if n++; name == e.Name {
				return "$request.path." + strconv.Itoa(n)
			}
			rest = tail
		}
	}
	if e.In == model.InHeader {
		return "$request.header." + strings.ToLower(e.Name)
	}
	return e.String()
}

// dimensions returns the parts of a partition key that identify a counter, in order.
func dimensions(op *model.Operation, key *model.Key) []string {
	if key == nil {
		return nil
	}
	var out []string
	for _, d := range key.Dimensions {
		if d.Expr != nil {
			out = append(out, expression(op, d.Expr))
		} else {
			out = append(out, d.Builtin)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// matchLimits pairs limits by name, and then removed limits with new ones that the same operations
// use, as renamed.
func (m *matching) matchLimits(was, is *model.API) {
	by := map[string]*model.Limit{}
	for _, l := range was.Limits {
		by[l.Name] = l
	}
	kept := map[*model.Limit]*model.Limit{}
	m.oldLimit, m.newLimit = kept, map[*model.Limit]*model.Limit{}
	for _, l := range is.Limits {
		if old := by[l.Name]; old != nil {
			kept[l] = old
			delete(by, l.Name)
		}
	}
	for _, l := range is.Limits {
		if kept[l] != nil {
			continue
		}
		for _, old := range was.Limits {
			if by[old.Name] == old && m.sameUsers(was, is, old, l) {
				kept[l] = old
				delete(by, old.Name)
				break
			}
		}
	}
	for _, l := range is.Limits {
		if old := kept[l]; old != nil {
			m.limits = append(m.limits, limitPair{old, l})
			m.newLimit[old] = l
		} else {
			m.moreLimits = append(m.moreLimits, l)
		}
	}
	for _, l := range was.Limits {
		if by[l.Name] == l {
			m.lessLimits = append(m.lessLimits, l)
		}
	}
}

// sameUsers reports whether a limit could be another one renamed: both have the same quota and
// window and are used by the same operations.
func (m *matching) sameUsers(was, is *model.API, old, next *model.Limit) bool {
	if figuresOf(old) != figuresOf(next) {
		return false
	}
	before, after := users(was, old), users(is, next)
	if len(before) != len(after) {
		return false
	}
	return !slices.ContainsFunc(after, func(op *model.Operation) bool { return !slices.Contains(before, m.old[op]) })
}

// users returns the operations that use a limit.
func users(api *model.API, l *model.Limit) []*model.Operation {
	var out []*model.Operation
	for _, op := range api.Operations {
		if rateOf(op, l) != nil {
			out = append(out, op)
		}
	}
	return out
}

func rateOf(op *model.Operation, l *model.Limit) *model.Rate {
	for _, r := range op.Rates {
		if r.Limit == l {
			return r
		}
	}
	return nil
}
