// Package harness starts real engines with emitted configuration, drives them, and says what came
// through.
//
// An engine that is not installed skips its tests, save with CI=true, where it fails them.
package harness

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Need returns the path of an installed program.
func Need(t testing.TB, program string) string {
	t.Helper()
	for _, name := range []string{program, filepath.Join("/usr/sbin", program)} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if path := build(t, program); path != "" {
		return path
	}
	if os.Getenv("CI") == "true" && program != "envoy" { // which has no package
		t.Fatalf("%s is not installed", program)
	}
	t.Skipf("%s is not installed", program)
	return ""
}

// patience bounds one wait: for a program to end, or for an engine to listen. It is far above what
// a busy machine needs, so that only a hang meets it.
const patience = 5 * time.Minute

// Command returns a program that is run to its end. One that hangs is killed, with all that it
// started, and fails its test with a message instead of holding up all others.
func Command(t testing.TB, program string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = 10 * time.Second
	cmd.Cancel = func() error {
		t.Errorf("%s has not ended within %v", filepath.Base(program), patience)
		return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}
	return cmd
}

// Process is an engine that runs until the test ends.
type Process struct {
	cmd  *exec.Cmd
	mu   sync.Mutex
	log  bytes.Buffer
	done chan struct{}
}

// Start runs a program, and waits until it accepts connections at addr.
func Start(t testing.TB, addr, program string, args ...string) *Process {
	t.Helper()
	return StartIn(t, "", nil, addr, program, args...)
}

// StartIn is Start with a working directory and more environment.
func StartIn(t testing.TB, dir string, env []string, addr, program string, args ...string) *Process {
	t.Helper()
	p := &Process{cmd: exec.Command(program, args...), done: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env = dir, append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = p, p
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // workers die with their master
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = p.cmd.Wait(); close(p.done) }()
	t.Cleanup(func() {
		p.Kill()
		if t.Failed() {
			t.Logf("%s said:\n%s", filepath.Base(program), p.Log())
		}
	})
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			_ = conn.Close()
			return p
		}
		select {
		case <-p.done:
			t.Fatalf("%s ended at once:\n%s", filepath.Base(program), p.Log())
		default:
		}
		if time.Now().After(end) {
			t.Fatalf("%s does not listen at %s after %v: %v\n%s", filepath.Base(program), addr, patience, err, p.Log())
		}
	}
}

// Kill ends the process at once and waits for it.
func (p *Process) Kill() {
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.done
}

// Write keeps what the process prints.
func (p *Process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.Write(b)
}

// Log returns what the process has printed so far.
func (p *Process) Log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

var given sync.Map // ports that tests of this process have

// FreePort finds a port without a listener. It lies below those that the system gives to
// outgoing connections, of which tests make thousands: one of them could take the port before it is
// used.
func FreePort(t testing.TB) int {
	t.Helper()
	for range 1000 {
		port := 10000 + rand.IntN(22000)
		l, err := net.Listen("tcp", Address(port))
		if err != nil {
			continue
		}
		_ = l.Close()
		if _, taken := given.LoadOrStore(port, true); !taken {
			return port
		}
	}
	t.Fatal("no port is free")
	return 0
}

// Rewrite replaces texts in a file, each of which must stand there: the addresses of an example,
// say.
func Rewrite(t testing.TB, file string, oldnew ...string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for i := 0; i < len(oldnew); i += 2 {
		if !strings.Contains(text, oldnew[i]) {
			t.Fatalf("%s does not hold %q", file, oldnew[i])
		}
		text = strings.ReplaceAll(text, oldnew[i], oldnew[i+1])
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Address returns a port on loopback.
func Address(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
