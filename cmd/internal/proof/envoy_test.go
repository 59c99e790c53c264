package proof

import (
	"net"
	"path/filepath"
	"testing"

	"github.com/limitgen/limitgen/cmd/internal/proof/front"
	"github.com/limitgen/limitgen/cmd/internal/proof/harness"
)

// A fleet is Envoy's stand-in before an API, with as many rate limit services as wanted on one
// Redis.
type fleet struct {
	*harness.Upstream
	fronts []*front.Front
}

// startEnvoy runs a spec. Each rate limit service has a stand-in of its own; env is what the
// services get besides.
func startEnvoy(t *testing.T, spec string, services int, loosely bool, env ...string) *fleet {
	t.Helper()
	dir := harness.Generate(t, spec, "ratelimit")
	if out, err := harness.Command(t, harness.Need(t, "config_check_cmd"), "-config_dir", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	redis := harness.Redis(t)
	f := &fleet{Upstream: harness.NewUpstream(t)}
	for range services {
		rls := harness.RateLimitService(t, dir, redis, env...)
		example := filepath.Join(harness.Generate(t, spec, "envoy"), "example.yaml")
		harness.Rewrite(t, example, "port_value: 8081", port(t, rls), "port_value: 9090", port(t, f.Address()))
		f.fronts = append(f.fronts, front.Start(t, example, loosely))
	}
	return f
}

func port(t *testing.T, address string) string {
	t.Helper()
	_, p, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return "port_value: " + p
}

// TestEnvoySpellings sends the shared table of spellings, with and without Envoy's own
// normalisation of paths.
func TestEnvoySpellings(t *testing.T) {
	for name, loosely := range map[string]bool{"normalised": false, "as sent": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			harness.Spellings(t, startEnvoy(t, harness.Paths, 1, loosely).fronts[0].Address())
		})
	}
}
