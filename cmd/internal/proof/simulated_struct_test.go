package proof

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// structModule is what the scripts use of Redis's struct library: unsigned numbers of any size, the
// highest byte first.
var structModule = map[string]lua.LGFunction{"pack": structPack, "unpack": structUnpack}

// structSizes reads a format of >, B and I with a size.
func structSizes(l *lua.LState, format string) (sizes []int) {
	if !strings.HasPrefix(format, ">") {
		l.RaiseError("format %q", format)
	}
	for i := 1; i < len(format); i++ {
		switch {
		case format[i] == 'B':
			sizes = append(sizes, 1)
		case format[i] == 'I' && i+1 < len(format) && format[i+1] >= '1' && format[i+1] <= '8':
			i++
			sizes = append(sizes, int(format[i]-'0'))
		default:
			l.RaiseError("format %q", format)
		}
	}
	return sizes
}

func structPack(l *lua.LState) int {
	var out []byte
	for i, size := range structSizes(l, l.CheckString(1)) {
		n := uint64(l.CheckNumber(2 + i))
		for shift := size - 1; shift >= 0; shift-- {
			out = append(out, byte(n>>(8*shift)))
		}
	}
	l.Push(lua.LString(out))
	return 1
}

func structUnpack(l *lua.LState) int {
	data, at := l.CheckString(2), l.OptInt(3, 1)-1
	sizes := structSizes(l, l.CheckString(1))
	for _, size := range sizes {
		if at+size > len(data) {
			l.RaiseError("data string too short")
		}
		var n uint64
		for _, b := range []byte(data[at : at+size]) {
			n = n<<8 | uint64(b)
		}
		at += size
		l.Push(lua.LNumber(n))
	}
	l.Push(lua.LNumber(at + 1))
	return len(sizes) + 1
}
