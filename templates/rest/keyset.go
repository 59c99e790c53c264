package rest

import (
	"hash/maphash"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// Most requests come from few callers, so what depends on values of the path alone is remembered as
// digests are: in a table without locks, in which each value has one slot. That is the partition
// keys and, where no cost depends on the request, all of its charges, with what the gate and the
// headers need to know of them.
//
//	[shop, operation] of north ──hash──▶ slot ──▶ keySet{values: north, keys: 5:north23:GET …}

const (
	keySetSlots  = 512
	keySetValues = 2  // of the path that keys are made of, at most
	keySetMost   = 64 // bytes of a value
	slotEvery    = 16 // so often a key that is not remembered takes a slot from another
)

// keySets are those of a server.
type keySets struct {
	seed   maphash.Seed
	slots  [keySetSlots]atomic.Pointer[keySet]
	missed atomic.Uint32
}

// keySet has the keys of a stage for some values of the path, as sent. It is immutable.
type keySet struct {
	of     *stage
	table  *limitTable
	values [keySetValues]string
	keys   [mostInline]string
	costs  *ratelimit.Prepared // nil if a cost depends on the request, or does not fit
	texts  []keyText           // of each charge
}

// keyText is what RateLimit says of a charge, but for the numbers.
type keyText struct {
	policy []string // RateLimit-Policy
	begin  string
	end    string
}

// pathsOf returns the indexes of the path's values that the keys of rates are made of, and whether
// they are made of nothing else. There must be some rates, and few enough to decide at once.
func pathsOf(rates []plannedRate) (paths []int, alone bool) {
	for i := range rates {
		for _, part := range rates[i].parts {
			switch {
			case part.fixed != "" || slices.Contains(paths, part.path):
			case part.path < 0 || len(paths) == keySetValues:
				return nil, false
			default:
				paths = append(paths, part.path)
			}
		}
	}
	return paths, len(rates) > 0 && len(rates) <= mostInline
}

// known returns what is remembered of a stage for the request, or nil.
func (x *Exchange) known(of *stage) *keySet {
	if !of.byPath {
		return nil
	}
	k := &x.server.keySets
	var values [keySetValues]string
	hash := of.number
	for i, path := range of.paths {
		if path >= len(x.view.path) || len(x.view.path[path]) > keySetMost {
			return nil
		}
		values[i] = x.view.path[path]
		hash = hash*31 + maphash.String(k.seed, values[i])
	}
	slot := &k.slots[hash%keySetSlots]
	known := slot.Load()
	if known != nil && known.of == of && known.table == x.table && known.values == values {
		return known
	}
	if known != nil && k.missed.Add(1)%slotEvery != 0 {
		return nil
	}
	for i := range values {
		values[i] = strings.Clone(values[i]) // not all of the path
	}
	known = x.remember(of, values)
	slot.Store(known)
	return known
}

// remember makes a keySet for the request.
func (x *Exchange) remember(of *stage, values [keySetValues]string) *keySet {
	known, s, same := &keySet{of: of, table: x.table, values: values}, x.server, x.server.gate != nil
	for i := range of.rates {
		p := &of.rates[i]
		if known.keys[i] = p.fixed; !p.constant {
			known.keys[i] = string(x.view.appendKey(nil, p.parts))
		}
		same = same && p.rate.Count == nil && p.rate.Cost > 0
	}
	if !same {
		return known
	}
	charges, err := x.view.appendPlanned(nil, x.table.limits, of.rates, known)
	if err != nil {
		return known
	}
	if known.costs, err = s.meters.Prepare(s.gate, charges); err != nil {
		return known
	}
	for i := range charges {
		p, text := &of.rates[i], x.table.texts[of.rates[i].rate.Limit]
		known.texts = append(known.texts, keyText{text.policy, text.begin, string(x.appendPartition(nil, p, charges[i].Limit, charges[i].Key))})
	}
	return known
}
