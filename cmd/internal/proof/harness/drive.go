package harness

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// Request is one request, spelt exactly as given: no client library may tidy up its target.
type Request struct {
	Method string
	Target string
	Header []string // "Name: value"
	Body   string
}

// Response is what a gateway answered.
type Response struct {
	Status int
	Header http.Header
	Body   string
	At     time.Time // when it was sent
}

// Passed reports whether the API answered, as opposed to the gateway.
func (r Response) Passed() bool { return r.Status >= 200 && r.Status < 300 }

// Send sends one request over a connection of its own.
func Send(addr string, q Request) (Response, error) {
	conn, err := net.DialTimeout("tcp", addr, 10*time.Second)
	if err != nil {
		return Response{}, err
	}
	defer func() { _ = conn.Close() }()
	return exchange(conn, bufio.NewReader(conn), q, "close")
}

func exchange(conn net.Conn, in *bufio.Reader, q Request, connection string) (Response, error) {
	var b strings.Builder
	host := "Host: api.test"
	if len(q.Header) > 0 && strings.HasPrefix(q.Header[0], "Host: ") {
		host, q.Header = q.Header[0], q.Header[1:]
	}
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\n%s\r\nConnection: %s\r\n", q.Method, q.Target, host, connection)
	for _, h := range q.Header {
		b.WriteString(h + "\r\n")
	}
	if q.Body != "" {
		fmt.Fprintf(&b, "Content-Type: application/json\r\nContent-Length: %d\r\n", len(q.Body))
	}
	b.WriteString("\r\n" + q.Body)
	_ = conn.SetDeadline(time.Now().Add(90 * time.Second))
	at := time.Now()
	// A gateway may answer before it has read all of a long body, so the answer is read while the
	// request is written.
	sent := make(chan error, 1)
	go func() {
		_, err := io.WriteString(conn, b.String())
		sent <- err
	}()
	resp, err := http.ReadResponse(in, &http.Request{Method: q.Method})
	if err != nil {
		_ = conn.Close()
		return Response{}, errors.Join(err, <-sent)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return Response{resp.StatusCode, resp.Header, string(body), at}, err
}

// Do sends one request and fails the test when there is no answer.
func Do(t testing.TB, addr string, q Request) Response {
	t.Helper()
	resp, err := Send(addr, q)
	if err != nil {
		t.Fatalf("%s %s: %v", q.Method, q.Target, err)
	}
	return resp
}

// Burst sends n requests at once over as many connections as there are workers, and gives the
// answers.
func Burst(t testing.TB, addr string, n, workers int, q func(i int) Request) []Response {
	t.Helper()
	return drive(t, addr, n, workers, func(int) time.Duration { return 0 }, q)
}

// Even spreads n requests over d.
func Even(t testing.TB, addr string, n int, d time.Duration, q func(i int) Request) []Response {
	t.Helper()
	return drive(t, addr, n, min(n, 16), func(i int) time.Duration { return d * time.Duration(i) / time.Duration(n) }, q)
}

// drive sends request i no earlier than due(i) after the start.
func drive(t testing.TB, addr string, n, workers int, due func(int) time.Duration, q func(i int) Request) []Response {
	t.Helper()
	out := make([]Response, n)
	errs := make(chan error, n)
	jobs := make(chan int)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for i := range jobs {
				resp, err := Send(addr, q(i))
				out[i] = resp
				if err != nil {
					errs <- err
				}
			}
		})
	}
	start := time.Now()
	for i := range n {
		time.Sleep(time.Until(start.Add(due(i))))
		jobs <- i
	}
	close(jobs)
	group.Wait()
	select {
	case err := <-errs:
		t.Errorf("no answer to %d of %d requests: %v", len(errs)+1, n, err)
	default:
	}
	return out
}

// Passed counts the answers that came from the API.
func Passed(responses []Response) int {
	n := 0
	for _, r := range responses {
		if r.Passed() {
			n++
		}
	}
	return n
}

// NextWindow waits for the start of an aligned window, so that a test's figures do not depend on
// when it runs.
func NextWindow(window time.Duration) {
	now := time.Now()
	time.Sleep(now.Truncate(window).Add(window).Sub(now))
}

// SameMinute waits for the next minute when this one is nearly over, so that what follows falls
// into one.
func SameMinute() {
	if time.Until(time.Now().Truncate(time.Minute).Add(time.Minute)) < 10*time.Second {
		NextWindow(time.Minute)
	}
}
