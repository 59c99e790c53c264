package proof

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/limitgen/limitgen/cmd/internal/proof/harness"
)

// BenchmarkNginx compares requests a second through nginx with the table's limits, none of which is
// reached, and without, in turns, so that what else the machine does meets both. The API is nginx
// that answers at once: nothing hides what the limits cost.
//
//	go -C cmd/internal/proof test -run '^$' -bench Nginx -benchtime 9x .
func BenchmarkNginx(b *testing.B) {
	wrk, program := harness.Need(b, "wrk"), harness.Need(b, "nginx")
	dir := harness.Generate(b, harness.Easemob, "nginx", harness.Approximate)
	replace(b, dir+"/limits.conf", `rate=\d+r/[sm]`, "rate=1000000r/s")
	replace(b, dir+"/limits-server.conf", `burst=\d+`, "burst=1000000")
	script := filepath.Join(dir, "calls.lua")
	if err := os.WriteFile(script, []byte(calls), 0o644); err != nil {
		b.Fatal(err)
	}
	api, with, without := harness.Address(harness.FreePort(b)), harness.Address(harness.FreePort(b)), harness.Address(harness.FreePort(b))
	start := func(name, addr string, patterns ...string) {
		data, err := os.ReadFile(dir + "/example.conf")
		if err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			b.Fatal(err)
		}
		for i := 0; i < len(patterns); i += 2 {
			replace(b, filepath.Join(dir, name), patterns[i], patterns[i+1])
		}
		file := nginxExample(b, dir, name)
		harness.Rewrite(b, file, "127.0.0.1:8080", addr, "127.0.0.1:9090", api)
		harness.StartIn(b, "/", nil, addr, program, "-c", file, "-g", "daemon off;")
	}
	start("api.conf", api, `include .*`, "", `proxy_.*header.*|proxy_http.*`, "", `proxy_pass .*`, `return 200 "{}";`)
	start("without.conf", without, `include .*`, "")
	start("with.conf", with)
	var limited, plain []float64
	for b.Loop() {
		plain = append(plain, rate(b, wrk, script, without))
		limited = append(limited, rate(b, wrk, script, with))
	}
	slices.Sort(plain)
	slices.Sort(limited)
	p, l := plain[len(plain)/2], limited[len(limited)/2]
	b.ReportMetric(p, "req/s-without")
	b.ReportMetric(l, "req/s-with")
	b.ReportMetric(100*l/p, "%")
}

// replace replaces what a pattern matches in a file, which must be there.
func replace(b *testing.B, file, pattern, by string) {
	b.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	re := regexp.MustCompile(pattern)
	if !re.Match(data) {
		b.Fatalf("%s does not match %s", file, pattern)
	}
	if err := os.WriteFile(file, re.ReplaceAll(data, []byte(by)), 0o644); err != nil {
		b.Fatal(err)
	}
}
