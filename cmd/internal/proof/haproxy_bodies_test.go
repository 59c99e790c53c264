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

const uploadSpec = `
openapi: 3.0.3
info: {title: uploads, version: "1"}
x-rate-limits:
  version: 1
  keys: {app: [$request.path.app]}
  limits:
    each: {quota: 1, window: 1h, per: [app]}
    items: {quota: 1, window: 1h, per: [app]}
paths:
  /{app}/files:
    parameters: [{name: app, in: path, required: true, schema: {type: string}}]
    post: {operationId: upload, x-rate-limit: each, requestBody: {content: {application/octet-stream: {schema: {type: string, format: binary}}}}, responses: {"200": {description: ok}}}
  /{app}/names:
    parameters: [{name: app, in: path, required: true, schema: {type: string}}]
    post:
      operationId: send
      x-rate-limit: {use: {items: {count: '$request.body#/to'}}}
      requestBody: {content: {application/json: {schema: {type: object, properties: {to: {type: array, items: {type: string}}}}}}}
      responses: {"200": {description: ok}}
`

// writeThenRead returns a client that looks at no answer before it has sent everything, as many do.
// HAProxy may have answered long before; closed then, the connection would break under the client's
// hands, and take the answer with it.
func writeThenRead(t *testing.T, addr, head, body string) (*http.Response, *bufio.Reader, net.Conn) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(60 * time.Second))
	if _, err := io.WriteString(conn, head+"\r\n\r\n"+body); err != nil {
		t.Errorf("%s: %v", head, err)
	}
	in := bufio.NewReader(conn)
	resp, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatalf("%s: %v", head, err)
	}
	if text, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != 200 && !strings.HasPrefix(string(text), "{") {
		t.Errorf("%s: %q %v", head, text, err)
	}
	return resp, in, conn
}

// TestHAProxyAnswersLongBodies refuses requests whose bodies are still on their way: for their
// length, for their path, and because the quota is used up. Every client gets the answer, and may
// send its next request over the same connection.
func TestHAProxyAnswersLongBodies(t *testing.T) {
	t.Parallel()
	addr, api := haproxy(t, harness.GenerateText(t, "uploads.yaml", uploadSpec, "haproxy"))
	harness.Do(t, addr, harness.Request{Method: "POST", Target: "/a/files", Body: "x"})
	long := `{"to":[` + items(3, 2_000_000) + `]}`
	chunk := fmt.Sprintf("%x\r\n%s\r\n", len(long), long)
	for range 5 {
		for _, c := range []struct {
			target, head, body string
			status             int
		}{
			{"/a/names", fmt.Sprintf("Content-Length: %d", len(long)), long, 413},
			{"/a/names", "Transfer-Encoding: chunked", chunk + "0\r\n\r\n", 413},
			{"/a/files", fmt.Sprintf("Content-Length: %d", len(long)), long, 429},
			{"/a/files", "Transfer-Encoding: chunked", chunk + chunk + "0\r\n\r\n", 429},
			{"/a%2Ffiles", fmt.Sprintf("Content-Length: %d", len(long)), long, 400},
		} {
			resp, in, conn := writeThenRead(t, addr, "POST "+c.target+" HTTP/1.1\r\nHost: api.test\r\n"+c.head, c.body)
			if resp.StatusCode != c.status || resp.Header.Get("Content-Type") != "application/problem+json" || resp.ContentLength <= 0 {
				t.Errorf("%s %.20s: answered %d %v", c.target, c.head, resp.StatusCode, resp.Header)
			}
			_, _ = io.WriteString(conn, "GET /other HTTP/1.1\r\nHost: api.test\r\n\r\n")
			if resp, err := http.ReadResponse(in, nil); err != nil || resp.StatusCode != 200 {
				t.Errorf("%s %.20s: the next request was not answered: %v", c.target, c.head, err)
			}
		}
	}
	if n := len(api.Arrivals()); n != 1+25 {
		t.Errorf("%d requests came through", n)
	}
}

// TestHAProxyInvitesNoBody has a client that waits to be asked for its body: it is refused without
// having to send it.
func TestHAProxyInvitesNoBody(t *testing.T) {
	t.Parallel()
	addr, _ := haproxy(t, harness.GenerateText(t, "uploads.yaml", uploadSpec, "haproxy"))
	harness.Do(t, addr, harness.Request{Method: "POST", Target: "/a/files", Body: "x"})
	const expect = " HTTP/1.1\r\nHost: api.test\r\nExpect: 100-continue\r\nContent-Length: 6000000"
	if resp, _, _ := writeThenRead(t, addr, "POST /a/files"+expect, ""); resp.StatusCode != 429 {
		t.Error("answered", resp.StatusCode)
	}
}
