package proof

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/limitgen/limitgen/cmd/internal/proof/harness"
)

const countingSpec = `
openapi: 3.0.3
info: {title: counts, version: "1"}
x-rate-limits:
  version: 1
  keys: {app: [$request.path.app]}
  limits:
    items: {quota: 601, window: 1h, per: [app]}
paths:
  /{app}/send:
    parameters: [{name: app, in: path, required: true, schema: {type: string}}]
    post:
      operationId: send
      x-rate-limit: {use: {items: {count: '$request.body#/to'}}}
      requestBody: {content: {application/json: {schema: {type: object, properties: {to: {type: array, maxItems: 600, items: {type: string}}}}}}}
      responses: {"200": {description: ok}}
  /{app}/users/{names}:
    parameters:
      - {name: app, in: path, required: true, schema: {type: string}}
      - {name: names, in: path, required: true, schema: {type: string}}
    delete:
      operationId: remove
      x-rate-limit: {use: {items: {count: $request.path.names, times: 2, max: 100}}}
      responses: {"200": {description: ok}}
  /{app}/look:
    parameters:
      - {name: app, in: path, required: true, schema: {type: string}}
      - {name: ids, in: query, schema: {type: string}}
    get:
      operationId: look
      x-rate-limit: {use: {items: {count: $request.query.ids, max: 100}}}
      responses: {"200": {description: ok}}
`

// items returns a list of n names that are all as long as given.
func items(n, length int) string {
	return strings.TrimSuffix(strings.Repeat(`"`+strings.Repeat("x", length)+`",`, n), ",")
}

// TestHAProxyCounts sends bodies that are easy to miscount. What one cost shows in what is left:
// exactly that passes, and nothing after it.
func TestHAProxyCounts(t *testing.T) {
	t.Parallel()
	addr, _ := haproxy(t, harness.GenerateText(t, "counts.yaml", countingSpec, "haproxy"))
	cases := []struct {
		body string
		cost int // or the status of a refusal
	}{
		{`{"to":["a","b"]}`, 2},
		{` { "to" : [ "a" ,` + "\t\r\n" + ` "b" ] } `, 2},
		{`{"text":"\"to\":[1,2,3,4]","to":["a"]}`, 1},
		{`{"text":"{\"to\":[1,2,3]}","to":["a","b","c"]}`, 3},
		{`{"to":["a,b,c","d]","\"e\",","\\"]}`, 4},
		{`{"t\u006f":["a","b","c"]}`, 3},
		{`{"x":{"to":[1,2,3,4]},"y":[{"to":[1,2]}],"to":["a","b"]}`, 2},
		{`{"to":[["a","b"],{"c":[1,2,3]},-1.5e+3,true,false,null]}`, 6},
		{`{"to":["\ud83d\ude00","消息","` + "\x7f" + `"]}`, 3},
		{`{"to":[]}`, 1},
		{`{"to":"a,b,c"}`, 1},
		{`{"to":null}`, 1},
		{`{"totals":[1,2]}`, 1},
		{`[1,2,3]`, 1},
		{``, 1},
		{`{"to":[` + items(600, 24) + `]}`, 600},
		{`{"to":[` + items(600, 64) + `]}`, 413},
		{`{"to":[` + items(601, 1) + `]}`, 400},
		{`{"to":[` + items(600, 1000) + `]}`, 413},
		{`{"to":["a"],"to":["b","c"]}`, 400},
		{`{"To":["a","b"]}`, 400},
		{`{"to":["a"],"TO":["b","c"]}`, 400},
		{`{"to":["a"`, 400},
		{`{"to":["a",]}`, 400},
		{`{"to":["a"]}}`, 400},
		{`{"to":["a"]} {"to":["b","c"]}`, 400},
		{`{'to':['a']}`, 400},
		{`{"to":[01]}`, 400},
		{`{"to":[NaN]}`, 400},
		{`{"to":["` + "\n" + `"]}`, 400},
		{`{"to":["\x"]}`, 400},
		{`{"to":["` + "\xff" + `"]}`, 400},
		{"\ufeff" + `{"to":["a"]}`, 400},
		{`{"a":` + strings.Repeat("[", 600) + strings.Repeat("]", 600) + `}`, 400},
		{`{"to":["a"] /* ` + items(3, 1) + ` */}`, 400},
	}
	for i, c := range cases {
		app := fmt.Sprintf("app%d", i)
		first := harness.Do(t, addr, harness.Request{Method: "POST", Target: "/" + app + "/send", Body: c.body})
		if c.cost >= 400 && c.cost != 600 {
			if first.Status != c.cost {
				t.Errorf("%.80s: answered %d, want %d", c.body, first.Status, c.cost)
			}
			c.cost = 0
		} else if !first.Passed() {
			t.Errorf("%.80s: answered %d", c.body, first.Status)
		}
		left(t, addr, app, 601-c.cost, fmt.Sprintf("%.80s", c.body))
	}
}

// left checks that exactly n is left to an app.
func left(t *testing.T, addr, app string, n int, what string) {
	t.Helper()
	fill := func(n int) int {
		return harness.Do(t, addr, harness.Request{Method: "POST", Target: "/" + app + "/send", Body: `{"to":[` + items(n, 1) + `]}`}).Status
	}
	for ; n >= 600; n-- {
		fill(1)
	}
	if over, exact, more := fill(n+1), fill(n), fill(1); over != 429 || exact != 200 || more != 429 {
		t.Errorf("%s: %d more answered %d, %d %d, one after it %d; it was counted wrong", what, n+1, over, n, exact, more)
	}
}

// TestHAProxyTellsTheRest asks for more than is left: the refusal says how much that is.
func TestHAProxyTellsTheRest(t *testing.T) {
	t.Parallel()
	addr, _ := haproxy(t, harness.GenerateText(t, "counts.yaml", countingSpec, "haproxy"))
	for _, c := range []struct {
		items, status int
		rest          string
	}{{300, 200, ""}, {302, 429, `"items";r=301;t=`}, {300, 200, ""}, {2, 429, `"items";r=1;t=`}, {1, 200, ""}, {1, 429, `"items";r=0;t=`}} {
		r := harness.Do(t, addr, harness.Request{Method: "POST", Target: "/rest/send", Header: []string{"Content-Type: application/json"},
			Body: `{"to":[` + items(c.items, 1) + `]}`})
		if got := r.Header.Get("RateLimit"); r.Status != c.status || !strings.HasPrefix(got, c.rest) || strings.Contains(got, ",") {
			t.Errorf("%d items: answered %d with RateLimit %s, want %d and %s", c.items, r.Status, got, c.status, c.rest)
		}
	}
}

// TestHAProxyCountsElsewhere has costs in paths and queries, and bodies that come in pieces or
// encoded.
func TestHAProxyCountsElsewhere(t *testing.T) {
	t.Parallel()
	addr, _ := haproxy(t, harness.GenerateText(t, "counts.yaml", countingSpec, "haproxy"))
	cases := []struct {
		request harness.Request
		cost    int
	}{
		{harness.Request{Method: "DELETE", Target: "/$/users/a"}, 2},
		{harness.Request{Method: "DELETE", Target: "/$/users/a,b,,c"}, 6},
		{harness.Request{Method: "DELETE", Target: "/$/users/a%2Cb,c"}, 4},
		{harness.Request{Method: "DELETE", Target: "/$//users/a,b;x,y/"}, 4},
		{harness.Request{Method: "GET", Target: "/$/look"}, 1},
		{harness.Request{Method: "HEAD", Target: "/$/look?ids=1,2,3"}, 3},
		{harness.Request{Method: "GET", Target: "/$/look?x=9,9&i%64s=1,2&ids=3,4,5&ids="}, 6},
		{harness.Request{Method: "GET", Target: "/$/look?ids=" + strings.Repeat("1,", 101)}, 400},
		{harness.Request{Method: "POST", Target: "/$/send", Body: `{"to":["a"]}`, Header: []string{"Content-Encoding: gzip"}}, 415},
	}
	for i, c := range cases {
		app := fmt.Sprintf("app%d", i)
		c.request.Target = strings.Replace(c.request.Target, "$", app, 1)
		r := harness.Do(t, addr, c.request)
		if c.cost >= 400 {
			if r.Status != c.cost {
				t.Errorf("%s: answered %d, want %d", c.request.Target, r.Status, c.cost)
			}
			c.cost = 0
		}
		left(t, addr, app, 601-c.cost, c.request.Target)
	}
	for i, chunks := range [][]string{{`{"to":["a","b"`, `,"c"]`, `}`}, {`{"to":["a","b","c"]}`, " ", "\n"}} {
		app := fmt.Sprintf("chunked%d", i)
		if status := chunked(t, addr, "/"+app+"/send", chunks); status != 200 {
			t.Errorf("%q: answered %d", chunks, status)
		}
		left(t, addr, app, 598, "in chunks")
	}
	if status := chunked(t, addr, "/long/send", []string{`{"to":["a"]}`, strings.Repeat(" ", 200_000), "x"}); status < 400 || status == 429 {
		t.Errorf("a body longer than the buffer: answered %d", status)
	}
	left(t, addr, "long", 601, "a body longer than the buffer")
}

// chunked sends a body in chunks with a pause between them.
func chunked(t *testing.T, addr, target string, chunks []string) int {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	_, _ = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: api.test\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n", target)
	go func() {
		for _, c := range chunks {
			time.Sleep(30 * time.Millisecond)
			_, _ = fmt.Fprintf(conn, "%x\r\n%s\r\n", len(c), c)
		}
		_, _ = io.WriteString(conn, "0\r\n\r\n")
	}()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode
}
