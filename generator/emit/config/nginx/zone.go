package nginx

import (
	"fmt"

	"github.com/limitgen/limitgen/generator/model"
)

// Sizes of nginx's states on 64-bit machines: a node of a red-black tree (32 bytes up to its
// colour), the limit's own fields (48 for limit_req, 4 for limit_conn), and the key. Memory comes
// in powers of two out of pages of 4096 bytes, for each of which nginx keeps 24 bytes more.
const (
	requestState    = 80
	connectionState = 36
	memoryPage      = 4096
)

// typicalValue is taken for the length of a key's value that a request sends.
const typicalValue = 20

// state returns the memory that one key takes.
func state(fixed, key int) int {
	size := 8
	for size < fixed+key {
		size *= 2
	}
	return size
}

// zone returns the size of a zone for a number of states, as nginx writes it. A few pages go to
// nginx's own needs; eight is the least that it accepts.
func zone(states, size int) string {
	pages := (states*size+memoryPage-1)/memoryPage + 8
	bytes := pages * (memoryPage + 24)
	const kilo, mega = 1 << 10, 1 << 20
	if bytes <= mega {
		return fmt.Sprintf("%dk", (bytes+kilo-1)/kilo)
	}
	return fmt.Sprintf("%dm", (bytes+mega-1)/mega)
}

// sizes gives every limit a zone for the number of keys that the user expects.
func (b *builder) sizes() {
	operation := 0
	for _, r := range b.in.Routes {
		operation = max(operation, len(r.ID))
	}
	for i, l := range b.in.Limits {
		length, keys := 0, b.o.Keys
		for _, d := range b.dimensions(l) {
			if d.Builtin == "operation" {
				length += operation + 1
			} else {
				length += typicalValue + 1
			}
		}
		if len(l.Per) == 0 {
			keys = 1
		}
		c := b.Limits[i]
		fixed := requestState
		if c.Held {
			fixed = connectionState
		}
		size := state(fixed, length)
		c.Zone = zone(keys, size)
		c.Comment = append(c.Comment, "The zone holds "+held(keys, size-fixed))
	}
}

// dimensions returns those of a limit's key where it is used first.
func (b *builder) dimensions(l *model.Limit) []*model.Dimension {
	for _, r := range b.in.Uses(l) {
		for _, rate := range uses(b.in, r) {
			if rate.Limit == l {
				return rate.Dimensions()
			}
		}
	}
	return nil
}

func held(keys, length int) string {
	if keys == 1 {
		return "one key."
	}
	return fmt.Sprintf("%d keys of up to %d bytes.", keys, length)
}
