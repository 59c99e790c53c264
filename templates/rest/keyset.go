package rest

import (
	"hash/maphash"
	"slices"
	"strings"
	"sync/atomic"
)

// Most requests come from few callers, so the partition keys of values of the path are remembered
// as digests are: in a table without locks, in which each value has one slot.
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
	values [keySetValues]string
	keys   [mostInline]string
}

// pathsOf returns the indexes of the path's values that the keys of rates are made of; nil if the
// keys cannot be remembered by them: they are made of other values too, or of too many, or of none.
func pathsOf(rates []plannedRate) []int {
	var paths []int
	for i := range rates {
		for _, part := range rates[i].parts {
			switch {
			case part.fixed != "" || slices.Contains(paths, part.path):
			case part.path < 0 || len(paths) == keySetValues || len(rates) > mostInline:
				return nil
			default:
				paths = append(paths, part.path)
			}
		}
	}
	return paths
}

// find returns the keys of a stage for a request, or nil if they are not remembered.
func (k *keySets) find(of *stage, v *view) *keySet {
	if of.paths == nil {
		return nil
	}
	var values [keySetValues]string
	hash := uint64(0)
	for i, path := range of.paths {
		if path >= len(v.path) || len(v.path[path]) > keySetMost {
			return nil
		}
		values[i] = v.path[path]
		hash = hash*31 + maphash.String(k.seed, values[i])
	}
	slot := &k.slots[hash%keySetSlots]
	known := slot.Load()
	if known != nil && known.of == of && known.values == values {
		return known
	}
	if known != nil && k.missed.Add(1)%slotEvery != 0 {
		return nil
	}
	known = &keySet{of: of}
	for i := range values {
		known.values[i] = strings.Clone(values[i]) // not all of the path
	}
	for i := range of.rates {
		known.keys[i] = string(v.appendKey(nil, of.rates[i].parts))
	}
	slot.Store(known)
	return known
}
