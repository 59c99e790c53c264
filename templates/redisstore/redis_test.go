package redisstore

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// server is a real redis-server, started for one test.
type server struct {
	addr string
	cmd  *exec.Cmd
	args []string

	mu      sync.Mutex
	started time.Time
	skew    time.Duration // of its clock
}

func needRedis(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("redis-server is not installed")
		}
		t.Skip("redis-server is not installed")
	}
}

func startRedis(t testing.TB, args ...string) *server {
	t.Helper()
	needRedis(t)
	port := freePort(t)
	s := &server{addr: net.JoinHostPort("127.0.0.1", port)}
	s.args = append([]string{"--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", t.TempDir()}, args...)
	s.start(t)
	t.Cleanup(s.kill)
	s.trust(t)
	return s
}

var given sync.Map // ports that tests of this process had, also of servers that they stopped

// freePort finds a port below those that the system gives to outgoing connections, and gives each
// once: a test that stops its server must not meet another test's at the same port.
func freePort(t testing.TB) string {
	t.Helper()
	for range 1000 {
		port := strconv.Itoa(10000 + rand.IntN(22000))
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", port))
		if err != nil {
			continue
		}
		l.Close()
		if _, taken := given.LoadOrStore(port, true); !taken {
			return port
		}
	}
	t.Fatal("no port is free")
	return ""
}

// trust makes Redis's memory look old, so that new counters need not wait. A restart undoes it.
func (s *server) trust(t testing.TB) {
	t.Helper()
	script := "return redis.call('SET', KEYS[1], cmsgpack.pack({s = 1, r = redis.call('INFO', 'server'):match('run_id:(%w+)'), l = false}))"
	if _, err := newPlain(s.addr).Eval(t.Context(), script, []string{"limitgen{-}state"}, nil); err != nil && !strings.Contains(err.Error(), "OOM") {
		t.Fatal(err)
	}
}

func (s *server) start(t testing.TB) {
	t.Helper()
	s.cmd = exec.Command("redis-server", s.args...)
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// Its log tells, in a bubble too, where a loop that sleeps would not wait.
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.Contains(lines.Text(), "Ready to accept connections") {
			out.Close()
			s.mu.Lock()
			s.started = time.Now()
			s.mu.Unlock()
			return
		}
	}
	t.Fatal("redis-server does not start")
}

func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

// plain is the smallest client that will do, so that the tests need no other module.
type plain struct {
	addr string
	pool chan *conn
}

type conn struct {
	conn net.Conn
	r    *bufio.Reader
}

func newPlain(addr string) *plain { return &plain{addr: addr, pool: make(chan *conn, 256)} }

func dial(addr string) (*conn, error) {
	c, err := net.DialTimeout("tcp", addr, time.Minute)
	if err != nil {
		return nil, err
	}
	return &conn{c, bufio.NewReader(c)}, nil
}

func (p *plain) do(ctx context.Context, words ...string) (string, error) {
	var c *conn
	var err error
	select {
	case c = <-p.pool:
	default:
		if c, err = dial(p.addr); err != nil {
			return "", err
		}
	}
	wait := time.Minute
	if d, ok := ctx.Deadline(); ok {
		wait = time.Until(d)
	}
	reply, err := c.do(wait, words...)
	var broken redisError
	if err != nil && !errors.As(err, &broken) {
		c.conn.Close()
		return "", err
	}
	select {
	case p.pool <- c:
	default:
		c.conn.Close()
	}
	return reply, err
}

type redisError string

func (e redisError) Error() string { return string(e) }

func (c *conn) do(wait time.Duration, words ...string) (string, error) {
	_ = c.conn.SetDeadline(time.Now().Add(wait))
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(words))
	for _, w := range words {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(w), w)
	}
	if _, err := io.WriteString(c.conn, b.String()); err != nil {
		return "", err
	}
	line, err := c.r.ReadString('\n')
	if err != nil {
		return "", err
	}
	line = strings.TrimSuffix(line, "\r\n")
	switch line[0] {
	case '-':
		return "", redisError(line[1:])
	case '$':
		n, _ := strconv.Atoi(line[1:])
		if n < 0 {
			return "", nil
		}
		data := make([]byte, n+2)
		if _, err := io.ReadFull(c.r, data); err != nil {
			return "", err
		}
		return string(data[:n]), nil
	}
	return line[1:], nil
}

func (p *plain) EvalSha(ctx context.Context, sha string, keys, args []string) (string, error) {
	return p.eval(ctx, "EVALSHA", sha, keys, args)
}

func (p *plain) Eval(ctx context.Context, script string, keys, args []string) (string, error) {
	return p.eval(ctx, "EVAL", script, keys, args)
}

func (p *plain) eval(ctx context.Context, command, script string, keys, args []string) (string, error) {
	words := append([]string{command, script, strconv.Itoa(len(keys))}, keys...)
	return p.do(ctx, append(words, args...)...)
}
