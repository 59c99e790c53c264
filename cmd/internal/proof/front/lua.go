package front

import (
	"errors"
	"fmt"
	"io"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// A script is the source of a Lua filter. Like a worker thread of Envoy, each state loads it once.
type script struct {
	source string
	limit  int64 // of bodies
	states chan *lua.LState
}

func newScript(source string, limit int64) (*script, error) {
	s := &script{source: source, limit: limit, states: make(chan *lua.LState, 64)}
	state, err := s.load()
	if err == nil {
		s.states <- state
	}
	return s, err
}

func (s *script) load() (*lua.LState, error) {
	state := lua.NewState(lua.Options{CallStackSize: 4096, RegistrySize: 1 << 14, RegistryMaxSize: 1 << 18}) // LuaJIT has room for more
	state.SetGlobal("bit", state.SetFuncs(state.NewTable(), bitLibrary))
	return state, state.DoString(s.source)
}

// errTooLarge is what Envoy makes of a body that does not fit into its buffer.
var errTooLarge = errors.New("the body is larger than the buffer")

// run calls envoy_on_request as a coroutine, in which body and respond suspend it. An answer means
// that the filter gave one.
func (s *script) run(x *exchange) (*answer, error) {
	var state *lua.LState
	select {
	case state = <-s.states:
	default:
		var err error
		if state, err = s.load(); err != nil {
			return nil, err
		}
	}
	defer func() {
		select {
		case s.states <- state:
		default:
			state.Close()
		}
	}()
	function, ok := state.GetGlobal("envoy_on_request").(*lua.LFunction)
	if !ok {
		return nil, nil
	}
	thread, cancel := state.NewThread()
	if cancel != nil {
		defer cancel()
	}
	h := &handle{x: x, state: state}
	args := []lua.LValue{h.table()}
	for {
		status, err, _ := state.Resume(thread, function, args...)
		switch {
		case status == lua.ResumeError:
			return nil, err
		case status == lua.ResumeOK:
			return nil, nil
		case h.answer != nil:
			return h.answer, nil
		}
		body, err := io.ReadAll(io.LimitReader(x.r.Body, s.limit+1))
		if err != nil {
			return nil, err
		}
		if int64(len(body)) > s.limit {
			return nil, errTooLarge
		}
		x.body = body
		args = []lua.LValue{lua.LNil}
		if len(body) > 0 {
			args = []lua.LValue{h.buffer(string(body))}
		}
	}
}

// handle is what a script gets: the methods of Envoy's that are documented, as far as they are
// known here. Calling another one is an error.
type handle struct {
	x      *exchange
	state  *lua.LState
	answer *answer
}

func (h *handle) methods(m map[string]lua.LGFunction) *lua.LTable {
	return h.state.SetFuncs(h.state.NewTable(), m)
}

func (h *handle) table() *lua.LTable {
	return h.methods(map[string]lua.LGFunction{
		"headers":    func(l *lua.LState) int { l.Push(h.headers()); return 1 },
		"streamInfo": func(l *lua.LState) int { l.Push(h.streamInfo()); return 1 },
		"body":       func(l *lua.LState) int { return l.Yield() },
		"respond": func(l *lua.LState) int {
			a := &answer{header: map[string]string{}, body: l.OptString(3, "")}
			l.CheckTable(2).ForEach(func(k, v lua.LValue) {
				if k.String() == ":status" {
					_, _ = fmt.Sscan(v.String(), &a.status)
					return
				}
				a.header[k.String()] = v.String()
			})
			h.answer = a
			return l.Yield()
		},
	})
}

func (h *handle) headers() *lua.LTable {
	values := func(name string) []string {
		switch name = strings.ToLower(name); name {
		case ":path":
			return []string{h.x.path}
		case ":method":
			return []string{h.x.r.Method}
		case "host", ":authority":
			return []string{h.x.r.Host}
		}
		return h.x.r.Header.Values(name)
	}
	return h.methods(map[string]lua.LGFunction{
		"get": func(l *lua.LState) int {
			if all := values(l.CheckString(2)); len(all) > 0 {
				l.Push(lua.LString(strings.Join(all, ",")))
				return 1
			}
			l.Push(lua.LNil)
			return 1
		},
		"getAtIndex": func(l *lua.LState) int {
			all, i := values(l.CheckString(2)), l.CheckInt(3)
			if i < len(all) {
				l.Push(lua.LString(all[i]))
				return 1
			}
			l.Push(lua.LNil)
			return 1
		},
	})
}

func (h *handle) buffer(text string) *lua.LTable {
	return h.methods(map[string]lua.LGFunction{
		"length":   func(l *lua.LState) int { l.Push(lua.LNumber(len(text))); return 1 },
		"getBytes": func(l *lua.LState) int { l.Push(lua.LString(text[l.CheckInt(2):][:l.CheckInt(3)])); return 1 },
	})
}

func (h *handle) streamInfo() *lua.LTable {
	return h.methods(map[string]lua.LGFunction{
		"dynamicMetadata": func(l *lua.LState) int {
			l.Push(h.methods(map[string]lua.LGFunction{
				"set": func(l *lua.LState) int {
					namespace := l.CheckString(2)
					if h.x.metadata[namespace] == nil {
						h.x.metadata[namespace] = map[string]any{}
					}
					h.x.metadata[namespace].(map[string]any)[l.CheckString(3)] = plain(l.CheckAny(4))
					return 0
				},
			}))
			return 1
		},
	})
}

// plain returns a value of Lua as the metadata's protobuf has it.
func plain(v lua.LValue) any {
	switch v := v.(type) {
	case lua.LString:
		return string(v)
	case lua.LNumber:
		return float64(v)
	case lua.LBool:
		return bool(v)
	case *lua.LTable:
		out := map[string]any{}
		v.ForEach(func(k, v lua.LValue) { out[k.String()] = plain(v) })
		return out
	}
	return nil
}
