package proof

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/cmd/internal/proof/harness"
)

const shapes = "testdata/envoy.yaml"

// TestEnvoyCosts sends requests, each for a new caller, and reads from what is left what they
// counted.
func TestEnvoyCosts(t *testing.T) {
	addr := startEnvoy(t, shapes, 1, false).fronts[0].Address()
	for i, c := range []struct {
		method, target, body string
		want                 int // the cost, or the status of a refusal
	}{
		{"DELETE", "/list/a", "", 1}, {"DELETE", "/list/a,b,c", "", 3}, {"DELETE", "/list/a,,b,", "", 2}, {"DELETE", "/list/,", "", 1},
		{"DELETE", "/list/a%2Cb", "", 1}, {"DELETE", "/list/a%2Cb,c", "", 2}, {"DELETE", "//list/./a,b/", "", 2}, {"DELETE", "/LIST/a,b?x,y", "", 2},
		{"DELETE", "/list/a;b,c", "", 2}, {"DELETE", "/list/" + names(20), "", 20}, {"DELETE", "/list/" + names(21), "", 400},
		{"GET", "/query", "", 3}, {"GET", "/query?ids=", "", 3}, {"GET", "/query?ids=a,b", "", 6}, {"GET", "/query?ids=a,b&x=c,d&ids=e", "", 9},
		{"GET", "/query?%69ds=a,b", "", 6}, {"HEAD", "/query?ids=a,b", "", 6}, {"GET", "/query?ids=" + names(333), "", 999}, {"GET", "/query?ids=" + names(334), "", 400},
		{"POST", "/static", "", 5}, {"POST", "/static", "{not json", 5},
		{"POST", "/deep", `{"a/b":[{"to":["x","y","z"]}]}`, 6}, {"POST", "/deep", `{"a/b":[{"to":"x"}]}`, 2}, {"POST", "/deep", `{"a/b":[{"to":[]}]}`, 2},
		{"POST", "/deep", `{"a/b":[{"from":["x"]},{"to":["x","y","z"]}]}`, 2}, {"POST", "/deep", `[]`, 2}, {"POST", "/deep", "", 2}, {"POST", "/deep", `{"a/b":{"0":{"to":["x","y"]}}}`, 4},
		{"POST", "/deep", `{"a/b":[{"to":["x"]}],"a\/b":[]}`, 400}, {"POST", "/deep", `{"a/b":[{"to":["x"]}`, 400},
		{"POST", "/vary", `3`, 400}, {"POST", "/vary", `[3`, 400},
	} {
		header := []string{fmt.Sprintf("X-Tenant: t%d", i)}
		resp := harness.Do(t, addr, harness.Request{Method: c.method, Target: c.target, Body: c.body, Header: header})
		left, err := strconv.Atoi(resp.Header.Get("X-Ratelimit-Remaining"))
		got := 1000 - left
		if !resp.Passed() || err != nil {
			got = resp.Status
		}
		if got != c.want {
			t.Errorf("%s %.60s %.60s: %d, want %d", c.method, c.target, c.body, got, c.want)
		}
	}
}

// TestEnvoyBodies counts recipients in bodies that fool what does not parse JSON.
func TestEnvoyBodies(t *testing.T) {
	addr := startEnvoy(t, harness.Easemob, 1, false).fronts[0].Address()
	quoted := func(n int, name string) string { return strings.Repeat(name+",", n-1) + name }
	for i, c := range []struct {
		body string
		want int
	}{
		{`{"to":["a"]}`, 1}, {`{"from":"x","to":["a","b","c"],"type":"txt"}`, 3}, {"\t{ \"to\" :\r\n[ \"a\" , \"b\" ] }\n", 2},
		{`{"to":["a,b","c\",\"d","[e]"]}`, 3}, {`{"msg":"\"to\":[1,2,3]","to":["a"]}`, 1}, {`{"ext":{"to":["a","b"]},"to":["c"]}`, 1},
		{`{"to":["a"],"ext":{"to":["b","c"]}}`, 1}, {`{"t\u006f":["a","b"]}`, 2}, {`{"\u0074o":["a","b","c"]}`, 3}, {`{"to":[["a","b"],{"c":[1,2]},"d"]}`, 3},
		{`{"to":["消息","\ud83d\ude00","\u0000"]}`, 3}, {`{"to":[]}`, 1}, {`{"to":null}`, 1}, {`{"to":"a,b,c"}`, 1}, {`{}`, 1}, {`[]`, 1}, {`"to"`, 1},
		{`{"to":[` + quoted(600, `"`+strings.Repeat("n", 60)+`"`) + `]}`, 600}, {`{"to":[` + quoted(601, `"a"`) + `]}`, 400},
		{`{"to":[1e5,-0.5,true,false,null,0]}`, 6}, {`{"to":["a"],"x":` + strings.Repeat("[", 150) + strings.Repeat("]", 150) + `}`, 1},
		// What parsers differ in is refused.
		{`{"to":["a"],"to":["b","c"]}`, 400}, {`{"to":["a"],"TO":["b"]}`, 400}, {`{"To":["b"]}`, 400}, {`{"to":["a"],"t\u004f":["b"]}`, 400},
		{`{"to":["a",]}`, 400}, {`{"to":["a"],}`, 400}, {`{"to":['a']}`, 400}, {`{to:["a"]}`, 400}, {`{"to":["a"]}{}`, 400}, {`{"to":["a"]`, 400},
		{`{"to":["a" "b"]}`, 400}, {`/**/{"to":["a"]}`, 400}, {"\ufeff{\"to\":[\"a\"]}", 400}, {`{"to":["\x"]}`, 400}, {`{"to":["\u12g4"]}`, 400}, {"{\"to\":[\"a\nb\"]}", 400},
		{`{"to":[01]}`, 400}, {`{"to":[1.]}`, 400}, {`{"to":[.5]}`, 400}, {`{"to":[+1]}`, 400}, {`{"to":[NaN]}`, 400}, {`{"to":[nul]}`, 400}, {`{"to":[truex]}`, 400}, {`nonsense`, 400},
		{`{"to":` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `}`, 400}, {`{"to":["` + strings.Repeat("x", 1<<20) + `"]}`, 413},
	} {
		resp := harness.Do(t, addr, harness.Request{Method: "POST", Target: fmt.Sprintf("/bodies/a%d/messages/users", i), Body: c.body})
		left, err := strconv.Atoi(resp.Header.Get("X-Ratelimit-Remaining"))
		got := 6000 - left
		if !resp.Passed() || err != nil {
			got = resp.Status
		}
		if got != c.want {
			t.Errorf("%.80s: %d, want %d", c.body, got, c.want)
		}
	}
	packed := harness.Request{Method: "POST", Target: "/bodies/gzip/messages/users", Body: "x", Header: []string{"Content-Encoding: gzip"}}
	if resp := harness.Do(t, addr, packed); resp.Status != 415 || resp.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("a packed body: %d %v", resp.Status, resp.Header)
	}
}

// TestEnvoyKeys sends requests one after the other, and says which of them pass.
func TestEnvoyKeys(t *testing.T) {
	addr := startEnvoy(t, shapes, 1, false).fronts[0].Address()
	get := func(target string, header ...string) harness.Request {
		return harness.Request{Method: "GET", Target: target, Header: header}
	}
	box := func(tenant, body string) harness.Request {
		return harness.Request{Method: "POST", Target: "/box", Body: body, Header: []string{"X-Tenant: " + tenant}}
	}
	vary := func(body string) harness.Request {
		return harness.Request{Method: "POST", Target: "/vary", Body: body, Header: []string{"X-Tenant: v"}}
	}
	for name, c := range map[string]struct {
		send []harness.Request
		want string // "+" for each that passes
	}{
		"two limits with different keys": {[]harness.Request{
			get("/users/ann", "X-Tenant: a"), get("/users/ann", "X-Tenant: a"), get("/users/%61nn", "X-Tenant: a"), get("/users/ann", "X-Tenant: a"),
			get("/users/ANN", "X-Tenant: a"), get("/users/ann", "X-Tenant: b"), get("/users/bob", "X-Tenant: a"), get("/users/bob", "X-Tenant: a"),
			get("/users/cid", "X-Tenant: a"), get("/users/dan", "X-Tenant: b"),
			// Tenant a has sent eight, one of them refused and debited all the same.
			get("/users/eve", "X-Tenant: a"),
		}, "+++-+-+++ +-"},
		"the first of a repeated header": {append(slices.Repeat([]harness.Request{get("/query?ids="+names(333), "X-Tenant: r1", "X-Tenant: r2")}, 2),
			get("/query", "X-Tenant: r1"), get("/query", "X-Tenant: r2")), "+--+"},
		"no value is a value":             {append(slices.Repeat([]harness.Request{get("/page")}, 3), get("/page?page="), get("/page?page=1")), "++--+"},
		"values are decoded":              {[]harness.Request{get("/page?page=a+b"), get("/page?page=a%20b"), get("/page?page=a%20b&page=c"), get("/page?page=a%2Bb")}, "++-+"},
		"a key in a body":                 {[]harness.Request{box("x", `{"box":{"name":"a"}}`), box("x", `{"box":{"n\u0061me":"\u0061"}}`), box("x", `{"box":{"name":"a"}}`), box("x", `{"box":{"name":"b"}}`), box("x", `{}`)}, "++-++"},
		"parts of a key are not mistaken": {[]harness.Request{box("p_q", `{"box":{"name":"r"}}`), box("p_q", `{"box":{"name":"r"}}`), box("p", `{"box":{"name":"q_r"}}`), box("p/q", `{"box":{"name":"r"}}`), box("p", `{"box":{"name":"q/r"}}`)}, "+++++"},
		"variants that differ in use":     {append(slices.Repeat([]harness.Request{vary("[1,2]")}, 8), slices.Repeat([]harness.Request{vary("{}")}, 10)...), "+++++++- +++++++++-"},
		"the caller's address":            {slices.Repeat([]harness.Request{get("/address", "X-Forwarded-For: 10.0.0.1")}, 5), "++++-"},
		"credentials": {[]harness.Request{
			get("/token", "Authorization: Bearer abc"), get("/token", "Authorization: bearer abc"), get("/token", "Authorization: BEARER abc"),
			get("/token", "Authorization: Bearer abd"), get("/token", "Authorization: Bearer "+strings.Repeat("x", 1000)), get("/token?api_key=k", "Authorization: Basic eDp5"),
			get("/token?api_key=k", "Authorization: Basic eDp5"), get("/token?api_key=k", "Authorization: Basic eDp5", "Cookie: sid=1"), get("/token?api_key=l", "Authorization: Basic eDp5"),
			get("/token?api_key=k", "Cookie: a=b; sid=1"), get("/token", "Cookie: sid=1"), get("/token", "Cookie: sid=1"),
			get("/token"), get("/token", "Authorization: Bearer "), get("/token", "Authorization: Basic eDp5"),
		}, "++- ++ ++-+ --- ++-"},
		"one counter for all":                {slices.Repeat([]harness.Request{get("/everybody")}, 6), "+++++-"},
		"bytes that are no UTF-8 or too odd": {slices.Repeat([]harness.Request{get("/users/%ff%0a%e4", "X-Tenant: odd")}, 4), "+++-"},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			for _, q := range c.send {
				resp := harness.Do(t, addr, q)
				switch {
				case resp.Passed():
					got += "+"
				case resp.Status == 429:
					got += "-"
				default:
					got += fmt.Sprint(resp.Status)
				}
			}
			if want := strings.ReplaceAll(c.want, " ", ""); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		})
	}
}

// TestEnvoyStopIncrement shows what the head says of the service's option: what one limit refuses
// is not debited to another.
func TestEnvoyStopIncrement(t *testing.T) {
	for env, want := range map[string]string{"STOP_CACHE_KEY_INCREMENT_WHEN_OVERLIMIT=false": "+++--+++--", "STOP_CACHE_KEY_INCREMENT_WHEN_OVERLIMIT=true": "+++--+++++"} {
		addr, got := startEnvoy(t, shapes, 1, false, env).fronts[0].Address(), ""
		for _, user := range []string{"a", "a", "a", "a", "a", "b", "b", "b", "c", "c"} { // 3 for each, 8 for all
			resp := harness.Do(t, addr, harness.Request{Method: "GET", Target: "/users/" + user, Header: []string{"X-Tenant: x"}})
			got += map[int]string{200: "+", 429: "-"}[resp.Status]
		}
		if got != want {
			t.Errorf("%s: %s, want %s", env, got, want)
		}
	}
}

func names(n int) string { return strings.Repeat("n,", n-1) + "n" }
