package rest

import (
	"net/http"
	"net/netip"
	"strings"
)

// clientAddress returns the peer's address, or behind trusted proxies the last one that they did
// not add themselves. Addresses further left in X-Forwarded-For can be forged by the caller.
func clientAddress(r *http.Request, proxies []netip.Prefix, ipv6 int) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	address := plainAddress(peer.Addr())
	lines := r.Header.Values("X-Forwarded-For")
	for i := len(lines) - 1; i >= 0; i-- {
		hops := strings.Split(lines[i], ",")
		for j := len(hops) - 1; j >= 0; j-- {
			if !trusted(address, proxies) {
				return clientNetwork(address, ipv6)
			}
			hop, err := parseHop(strings.TrimSpace(hops[j]))
			if err != nil {
				return clientNetwork(address, ipv6)
			}
			address = hop
		}
	}
	return clientNetwork(address, ipv6)
}

// clientNetwork returns the network that counts as one client: an IPv4 address, or an IPv6 prefix,
// since the holder of one IPv6 address usually has at least a /64.
func clientNetwork(address netip.Addr, ipv6 int) string {
	if ipv6 <= 0 {
		ipv6 = defaultIPv6
	}
	if address.Is4() || ipv6 >= address.BitLen() {
		return address.String()
	}
	return netip.PrefixFrom(address, ipv6).Masked().String()
}

// defaultIPv6 is the smallest network that is given to one customer.
const defaultIPv6 = 64

// translated is the prefix that translators put before IPv4 addresses (RFC 6052): all of IPv4 is in
// one /64 of it.
var translated = netip.MustParsePrefix("64:ff9b::/96")

// plainAddress returns an address without its zone, and an IPv4 one that is written as IPv6 as
// itself.
func plainAddress(address netip.Addr) netip.Addr {
	address = address.Unmap().WithZone("")
	if translated.Contains(address) {
		bytes := address.As16()
		address, _ = netip.AddrFromSlice(bytes[12:])
	}
	return address
}

func parseHop(hop string) (netip.Addr, error) {
	if pair, err := netip.ParseAddrPort(hop); err == nil {
		return plainAddress(pair.Addr()), nil
	}
	address, err := netip.ParseAddr(strings.Trim(hop, "[]"))
	return plainAddress(address), err
}

func trusted(address netip.Addr, proxies []netip.Prefix) bool {
	for _, p := range proxies {
		if p.Contains(address) {
			return true
		}
	}
	return false
}
