package runtime

import (
	"bufio"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
)

// breaking is a server that answers every other request of a connection, and closes it after it has counted one more.
func breaking(t *testing.T) (url string, seen *atomic.Int64) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	seen = &atomic.Int64{}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				r := bufio.NewReader(conn)
				for i := range 2 {
					if _, err := http.ReadRequest(r); err != nil {
						return
					}
					if seen.Add(1); i == 0 {
						_, _ = conn.Write([]byte("HTTP/1.1 204 No Content\r\n\r\n"))
					}
				}
			}()
		}
	}()
	return "http://" + listener.Addr().String(), seen
}

func TestClientCountsWhatTheTransportSendsAgain(t *testing.T) {
	url, seen := breaking(t)
	limiter := &clientLimiter{}
	c := clientAt(t, url, limiter)
	for range 20 {
		r := c.call(callGet)
		r.path("name", "x")
		if err := doEmpty(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	admitted, lost := int64(0), int64(0)
	for _, event := range limiter.taken() {
		switch event {
		case "acquire each 1":
			admitted++
		case "lost":
			lost++
		}
	}
	if seen.Load() == 20 {
		t.Fatal("net/http sent nothing again")
	}
	if seen.Load() != admitted || lost != admitted-20 {
		t.Errorf("the server saw %d requests, %d were admitted, %d lost", seen.Load(), admitted, lost)
	}
	if m := c.metrics()[0]; m.Admitted != admitted {
		t.Errorf("%d admitted in the metrics, %d by the limiter", m.Admitted, admitted)
	}
}
