package harness

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// modules are the programs that are built from the module proxy, each in its own module's versions.
var modules = map[string]string{
	"service_cmd":      "github.com/envoyproxy/ratelimit/src/service_cmd@" + rateLimitVersion,
	"config_check_cmd": "github.com/envoyproxy/ratelimit/src/config_check_cmd@" + rateLimitVersion,
}

const rateLimitVersion = "v1.4.1-0.20260122083618-3fb702589d36"

var builds sync.Mutex

// build builds a program into a folder that later runs find, and gives "" if it cannot.
func build(t testing.TB, program string) string {
	module := modules[program]
	cache, err := os.UserCacheDir()
	if module == "" || err != nil {
		return ""
	}
	builds.Lock()
	defer builds.Unlock()
	dir := filepath.Join(cache, "limitgen-proof", rateLimitVersion)
	path := filepath.Join(dir, program)
	if _, err := os.Stat(path); err == nil {
		return path
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Log(err)
		return ""
	}
	fresh, err := os.MkdirTemp(dir, "build")
	if err != nil {
		t.Log(err)
		return ""
	}
	defer func() { _ = os.RemoveAll(fresh) }()
	cmd := Command(t, "go", "install", module)
	cmd.Dir = fresh // outside of any module
	cmd.Env = append(os.Environ(), "GOBIN="+fresh, "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Logf("go install %s: %v\n%s", module, err, out)
		return ""
	}
	// Another test may be doing the same, or running what is there.
	if err := os.Rename(filepath.Join(fresh, program), path); err != nil {
		t.Log(err)
		return ""
	}
	return path
}
