package front

import (
	"fmt"
	"math/bits"

	lua "github.com/yuin/gopher-lua"
)

// bitLibrary is LuaJIT's library bit, as far as emitted scripts use it: numbers are signed, and of
// 32 bits.
var bitLibrary = map[string]lua.LGFunction{
	"tobit":  func(l *lua.LState) int { return number(l, word(l, 1)) },
	"bnot":   func(l *lua.LState) int { return number(l, ^word(l, 1)) },
	"ror":    func(l *lua.LState) int { return number(l, bits.RotateLeft32(word(l, 1), -l.CheckInt(2))) },
	"rshift": func(l *lua.LState) int { return number(l, word(l, 1)>>(l.CheckInt(2)&31)) },
	"band":   func(l *lua.LState) int { return fold(l, func(a, b uint32) uint32 { return a & b }) },
	"bxor":   func(l *lua.LState) int { return fold(l, func(a, b uint32) uint32 { return a ^ b }) },
	"tohex": func(l *lua.LState) int {
		l.Push(lua.LString(fmt.Sprintf("%08x", word(l, 1))))
		return 1
	},
}

func word(l *lua.LState, i int) uint32 { return uint32(int64(l.CheckNumber(i))) }

func number(l *lua.LState, w uint32) int {
	l.Push(lua.LNumber(int32(w)))
	return 1
}

func fold(l *lua.LState, f func(a, b uint32) uint32) int {
	w := word(l, 1)
	for i := 2; i <= l.GetTop(); i++ {
		w = f(w, word(l, i))
	}
	return number(l, w)
}
