package proof

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// simulatedRedis runs a store's scripts in the clock of a synctest bubble, so that minutes of a
// fleet take a second. It has what the scripts call, and nothing else of Redis.
type simulatedRedis struct {
	mu      sync.Mutex
	state   *lua.LState
	scripts map[string]*lua.LFunction
	values  map[string]lua.LValue
	started time.Time
	runs    int
	skew    time.Duration // of its clock
}

func newSimulatedRedis() *simulatedRedis {
	r := &simulatedRedis{
		state: lua.NewState(), scripts: make(map[string]*lua.LFunction), values: make(map[string]lua.LValue), started: time.Now().Add(-time.Hour),
	}
	module := func(name string, functions map[string]lua.LGFunction) {
		r.state.SetGlobal(name, r.state.SetFuncs(r.state.NewTable(), functions))
	}
	module("struct", structModule)
	module("redis", map[string]lua.LGFunction{"call": r.call, "pcall": r.call})
	// What is packed is kept as it is: scripts read it anew each time, and write it back whole.
	same := func(l *lua.LState) int {
		l.Push(l.Get(1))
		return 1
	}
	module("cmsgpack", map[string]lua.LGFunction{"pack": same, "unpack": same})
	return r
}

func (r *simulatedRedis) call(l *lua.LState) int {
	switch command := l.CheckString(1); command {
	case "TIME":
		now := time.Now().Add(r.skew)
		t := l.NewTable()
		t.Append(lua.LString(strconv.FormatInt(now.Unix(), 10)))
		t.Append(lua.LString(strconv.Itoa(now.Nanosecond() / 1000)))
		l.Push(t)
	case "GET":
		if v, ok := r.values[l.CheckString(2)]; ok {
			l.Push(v)
		} else {
			l.Push(lua.LFalse)
		}
	case "MGET":
		t := l.NewTable()
		for i := 2; i <= l.GetTop(); i++ {
			if v, ok := r.values[l.CheckString(i)]; ok {
				t.Append(v)
			} else {
				t.Append(lua.LFalse)
			}
		}
		l.Push(t)
	case "SET":
		r.values[l.CheckString(2)] = l.Get(3)
		l.Push(lua.LTrue)
	case "INFO":
		l.Push(lua.LString(fmt.Sprintf("run_id:%040d\r\nuptime_in_seconds:%d", r.runs, time.Since(r.started)/time.Second)))
	default:
		l.RaiseError("no command %s", command)
	}
	return 1
}

// restart forgets all, as a Redis does that keeps nothing on disk.
func (r *simulatedRedis) restart() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.values)
	clear(r.scripts)
	r.started = time.Now()
	r.runs++
}

// flush forgets all and does not restart, as by FLUSHALL.
func (r *simulatedRedis) flush() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.values)
}

// step sets Redis's clock.
func (r *simulatedRedis) step(by time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.skew += by
}

// a link is how one process reaches Redis.
type link struct {
	redis *simulatedRedis
	mu    sync.Mutex
	state linkState
	calls int

	random *rand.Rand
	flaky  float64 // the part of calls whose connection is reset, before or after the script has run
}

type linkState int

const (
	linkUp   linkState = iota
	linkCut            // nothing reaches Redis
	linkDeaf           // scripts run, but replies are lost
	linkSlow           // scripts run seconds later, when the reply is no longer awaited
	linkNear           // takes no time
)

var errLink = errors.New("the link is down")

func (l *link) set(state linkState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state = state
}

// EvalSha runs a script, or fails as Redis does that does not know it.
func (l *link) EvalSha(_ context.Context, sha string, keys, args []string) (string, error) {
	return l.carry(func() (string, error) { return l.redis.evalSha(sha, keys, args) })
}

// Eval runs a script.
func (l *link) Eval(_ context.Context, text string, keys, args []string) (string, error) {
	return l.carry(func() (string, error) { return l.redis.eval(text, keys, args) })
}

func (l *link) carry(ask func() (string, error)) (string, error) {
	l.mu.Lock()
	state := l.state
	l.calls++
	if state == linkUp && l.flaky > 0 && l.random.Float64() < l.flaky {
		state = []linkState{linkCut, linkDeaf}[l.random.IntN(2)]
	}
	l.mu.Unlock()
	if state == linkCut {
		time.Sleep(time.Millisecond)
		return "", errLink
	}
	if state == linkSlow {
		go func() {
			time.Sleep(3 * time.Second)
			_, _ = ask()
		}()
		time.Sleep(250 * time.Millisecond)
		return "", errLink
	}
	if state != linkNear {
		time.Sleep(200 * time.Microsecond)
		defer time.Sleep(200 * time.Microsecond)
	}
	reply, err := ask()
	if state == linkDeaf {
		return "", errLink
	}
	return reply, err
}

func (r *simulatedRedis) evalSha(sha string, keys, args []string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	script := r.scripts[sha]
	if script == nil {
		return "", errors.New("NOSCRIPT")
	}
	return r.run(script, keys, args)
}

func (r *simulatedRedis) eval(text string, keys, args []string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	script, err := r.state.LoadString(text)
	if err != nil {
		return "", err
	}
	sum := sha1.Sum([]byte(text))
	r.scripts[hex.EncodeToString(sum[:])] = script
	return r.run(script, keys, args)
}

func (r *simulatedRedis) run(script *lua.LFunction, keys, args []string) (string, error) {
	list := func(name string, words []string) {
		t := r.state.NewTable()
		for _, w := range words {
			t.Append(lua.LString(w))
		}
		r.state.SetGlobal(name, t)
	}
	list("KEYS", keys)
	list("ARGV", args)
	if err := r.state.CallByParam(lua.P{Fn: script, NRet: 1, Protect: true}); err != nil {
		return "", err
	}
	defer r.state.Pop(1)
	return r.state.Get(-1).String(), nil
}
