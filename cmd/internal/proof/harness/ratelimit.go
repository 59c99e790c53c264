package harness

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Redis starts an empty redis-server and gives its address.
func Redis(t testing.TB) string {
	t.Helper()
	port := FreePort(t)
	StartIn(t, t.TempDir(), nil, Address(port), Need(t, "redis-server"), "--port", fmt.Sprint(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
	return Address(port)
}

// RateLimitService starts envoyproxy/ratelimit with the configuration in dir and gives the address
// of its gRPC.
func RateLimitService(t testing.TB, dir, redis string, env ...string) string {
	t.Helper()
	root := t.TempDir()
	if err := os.CopyFS(filepath.Join(root, "config"), os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	address := FreePort(t)
	env = append([]string{
		"RUNTIME_ROOT=" + root, "RUNTIME_APPDIRECTORY=config", "RUNTIME_WATCH_ROOT=false",
		"BACKEND_TYPE=redis", "REDIS_SOCKET_TYPE=tcp", "REDIS_URL=" + redis, "REDIS_POOL_SIZE=32",
		"HOST=127.0.0.1", fmt.Sprintf("PORT=%d", FreePort(t)), "DEBUG_HOST=127.0.0.1", fmt.Sprintf("DEBUG_PORT=%d", FreePort(t)),
		"GRPC_HOST=127.0.0.1", fmt.Sprintf("GRPC_PORT=%d", address), "USE_STATSD=false", "DISABLE_STATS=true", "LOG_LEVEL=error",
	}, env...)
	StartIn(t, root, env, Address(address), Need(t, "service_cmd"))
	return Address(address)
}
