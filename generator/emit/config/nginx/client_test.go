package nginx

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"strings"
	"testing"
)

// compiled is a map of nginx's whose expressions are tried in order.
type compiled []struct {
	re    *regexp.Regexp
	value string
}

func compile(lines []pair) compiled {
	var out compiled
	for _, l := range lines {
		if l.Key == "default" {
			continue
		}
		expr := strings.ReplaceAll(strings.TrimPrefix(strings.Trim(l.Key, `"`), "~"), "(?<", "(?P<")
		out = append(out, struct {
			re    *regexp.Regexp
			value string
		}{regexp.MustCompile(expr), strings.Trim(l.Value, `"`)})
	}
	return out
}

// lookup gives the value of the first expression that matches, else the text.
func (c compiled) lookup(text string) string {
	for _, l := range c {
		m := l.re.FindStringSubmatchIndex(text)
		if m == nil {
			continue
		}
		// Go's templates take the longest name, as nginx does.
		return string(l.re.ExpandString(nil, l.value, text, m))
	}
	return text
}

// TestNetworks checks that addresses of one network, and only those, have one key, whatever way
// their zeros are spelt.
func TestNetworks(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, bits := range []int{4, 16, 28, 32, 48, 52, 56, 60, 64, 68, 96, 112, 124, 128} {
		lines, cut := compile(networks("x", bits)), compiled(nil)
		if bits%16 != 0 {
			cut = compile(cuts("x", bits))
		}
		key := func(a netip.Addr) string { return cut.lookup(lines.lookup(a.String())) }
		want := make(map[string]netip.Prefix)
		for range 1000 {
			var b [16]byte
			for i := 0; i < 16; i += 2 {
				switch r.IntN(3) {
				case 0:
					b[i+1] = byte(1 + r.IntN(2))
				case 1:
					b[i], b[i+1] = byte(r.IntN(256)), byte(r.IntN(256))
				}
			}
			a := netip.AddrFrom16(b)
			if a.Is4In6() {
				continue
			}
			p, err := a.Prefix(bits)
			if err != nil {
				t.Fatal(err)
			}
			k := key(a)
			if first, ok := want[k]; ok && first != p {
				t.Fatalf("/%d: %s and %s share %q", bits, p, first, k)
			}
			want[k] = p
			if again := key(netip.AddrFrom16(flip(b, bits, r))); again != k {
				t.Fatalf("/%d: %s has %q, and another address of its network %q", bits, a, k, again)
			}
		}
	}
	for text, want := range map[string]string{"127.0.0.1": "127.0.0.1", "::ffff:127.0.0.1": "127.0.0.1", "::1": "0:0:0:0", "::": "0:0:0:0", "unix:": "unix:"} {
		if got := compile(networks("x", 64)).lookup(text); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// flip changes bits behind the network.
func flip(b [16]byte, bits int, r *rand.Rand) [16]byte {
	for i := bits; i < 128; i++ {
		if r.IntN(2) == 0 {
			b[i/8] ^= 1 << (7 - i%8)
		}
	}
	if netip.AddrFrom16(b).Is4In6() {
		b[15], b[11] = 0, 0
	}
	return b
}

func TestNamesFit(t *testing.T) {
	for _, n := range []int{1, 15, 16, 40, 63} {
		if got := shorten(strings.Repeat("a", n)); len(got)+len("_credential99_is") > longestGroup ||
			len(got)+len("_limit9999_operation") > longestGroup {
			t.Errorf("%q is too long", got)
		}
	}
	if a, b := shorten(strings.Repeat("a", 40)+"b"), shorten(strings.Repeat("a", 40)+"c"); a == b {
		t.Error(fmt.Sprint("two APIs share the prefix ", a))
	}
}
