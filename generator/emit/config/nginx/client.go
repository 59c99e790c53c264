package nginx

import (
	"fmt"
	"strings"
)

// group is 16 bits of an address as nginx spells them.
const group = "[0-9a-f]{1,4}"

// networks returns the lines of a map from an address to what its client is counted by: the address
// itself in version 4, and in version 6 the groups of 16 bits that hold its network's bits, with a
// colon between them. One customer has at least a /64, so single addresses would count nothing.
//
// nginx spells addresses of version 6 in lower case, without leading zeros, and with :: for a run
// of zeros, so the first groups are spelt in one of a few ways: all before ::, or some before, some
// in and some behind it.
func networks(name string, bits int) []pair {
	out := []pair{
		{"default", "$remote_addr"},
		{quote(`~^::ffff:(?<` + name + `_v4>\d+\.\d+\.\d+\.\d+)\z`), "$" + name + "_v4"},
	}
	if bits >= 128 {
		return out
	}
	groups := (bits + 15) / 16
	out = append(out, network(name, groups, groups, 0))
	for before := range groups {
		for zeros := 1; before+zeros <= groups; zeros++ {
			out = append(out, network(name, groups, before, zeros))
		}
	}
	return out
}

// network returns the line for addresses of which some groups are before :: and some in it, the
// others behind it.
func network(name string, groups, before, zeros int) pair {
	expr, value := "~^", ""
	if before > 0 {
		expr += "(?<" + name + "_head>" + strings.Repeat(group+":", before-1) + group + ")"
		value = "$" + name + "_head"
	}
	rest := 8 - groups
	switch behind := groups - before - zeros; {
	case zeros == 0 && rest == 0:
		return pair{quote(expr + `\z`), quote(value)}
	case zeros == 0:
		return pair{quote(expr + ":"), quote(value)}
	case behind > 0:
		expr += "::(?<" + name + "_tail>" + strings.Repeat(group+":", behind-1) + group + ")" +
			strings.Repeat(":"+group, rest)
		value += strings.Repeat(":0", zeros) + ":$" + name + "_tail"
	case rest == 0:
		expr += "::"
		value += strings.Repeat(":0", zeros)
	default: // the zeros may go on beyond the network
		expr += "::(?:" + group + "(?::" + group + fmt.Sprintf("){0,%d})?", rest-1)
		value += strings.Repeat(":0", zeros)
	}
	return pair{quote(expr + `\z`), quote(strings.TrimPrefix(value, ":"))}
}

// cuts returns the lines of a map that removes the digits beyond the network from its last group.
// bits is a multiple of 4.
func cuts(name string, bits int) []pair {
	over := 4 - bits%16/4 // digits of the last group that are too many
	lead := `~^(?<` + name + `_whole>(?:[0-9a-f]+:)*)`
	return []pair{
		{
			quote(lead + `(?<` + name + `_part>` + fmt.Sprintf(`[0-9a-f]{1,%d})[0-9a-f]{%d}\z`, 4-over,
				over)),
			quote("$" + name + "_whole$" + name + "_part"),
		},
		{quote(lead + fmt.Sprintf(`[0-9a-f]{1,%d}\z`, over)), quote("${" + name + "_whole}0")},
	}
}

// client returns the variable of a request's client, for limits by "client-ip".
func (v *values) client() string {
	bits := v.api.IPv6Prefix
	if bits == 0 {
		bits = 64
	}
	bits -= bits % 4 // coarser if it is not a multiple, which a gap reports
	comment := fmt.Sprintf("The client: its address in version 4, its /%d in version 6.", bits)
	name := v.add("client", "$remote_addr", "", comment,
		func(capture string) []pair { return networks(strings.TrimSuffix(capture, "_is"), bits) })
	if bits%16 == 0 {
		return name
	}
	return v.add("cut", name, "", "The network's last digits.", func(capture string) []pair {
		return append([]pair{{"default", name}}, cuts(strings.TrimSuffix(capture, "_is"), bits)...)
	})
}
