package proof

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/cmd/internal/proof/harness"
)

// calls is a script for wrk: the operations of the table that callers use most, in turn.
const calls = `
local paths = { "/org/app/users", "/org/app/users/ann", "/org/app/users/ann/status", "/org/app/chatgroups/77/users",
  "/org/app/users/ann/contacts/users", "/org/app/metadata/user/ann", "/org/app/chatrooms/5", "/org/app/users/ann/offline_msg_status/6" }
local i = 0
request = function() i = i % #paths + 1; return wrk.format("GET", paths[i]) end
`

// BenchmarkHAProxy compares requests a second through HAProxy with the table's limits, none of
// which is reached, and without, in turns, so that what else the machine does meets both. The API
// answers at once: nothing hides what the limits cost.
//
//	go -C cmd/internal/proof test -run '^$' -bench HAProxy -benchtime 5x .
func BenchmarkHAProxy(b *testing.B) {
	wrk, program := harness.Need(b, "wrk"), harness.Need(b, "haproxy")
	dir := harness.Generate(b, harness.Easemob, "haproxy")
	raise(b, dir+"/api_limits.map")
	script := filepath.Join(dir, "calls.lua")
	if err := os.WriteFile(script, []byte(calls), 0o644); err != nil {
		b.Fatal(err)
	}
	api, with, without := harness.Address(harness.FreePort(b)), harness.Address(harness.FreePort(b)), harness.Address(harness.FreePort(b))
	serve(b, program, dir, "api.cfg", "frontend api\n    bind "+api+"\n    http-request return status 200 content-type application/json string {}\n", api)
	serve(b, program, dir, "without.cfg", "frontend plain\n    bind "+without+"\n    default_backend api\nbackend api\n    server api "+api+"\n", without)
	harness.Rewrite(b, dir+"/example.cfg", "bind 127.0.0.1:8080", "bind "+with, "server api 127.0.0.1:9090", "server api "+api, "\nglobal\n", "\nglobal\n    nbthread 2\n")
	harness.StartIn(b, "/", nil, with, program, "-db", "-f", dir+"/example.cfg")
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

// raise lets everything pass.
func raise(b *testing.B, file string) {
	b.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	text := regexp.MustCompile(`(?m)^([a-z0-9-]+) \d+$`).ReplaceAllString(string(data), "$1 1000000000")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		b.Fatal(err)
	}
}

// serve starts HAProxy with two threads and a few sections.
func serve(b *testing.B, program, dir, name, sections, addr string) {
	b.Helper()
	const head = "global\n    nbthread 2\ndefaults\n    mode http\n    timeout client 30s\n    timeout connect 5s\n    timeout server 30s\n    timeout http-request 10s\n"
	if err := os.WriteFile(filepath.Join(dir, name), []byte(head+sections), 0o644); err != nil {
		b.Fatal(err)
	}
	harness.StartIn(b, "/", nil, addr, program, "-db", "-f", filepath.Join(dir, name))
}

var perSecond = regexp.MustCompile(`Requests/sec:\s+([0-9.]+)`)

// rate returns the requests a second that wrk gets through in two seconds.
func rate(b *testing.B, wrk, script, addr string) float64 {
	b.Helper()
	out, err := harness.Command(b, wrk, "-t1", "-c32", "-d2s", "-s", script, "http://"+addr).CombinedOutput()
	m := perSecond.FindSubmatch(out)
	if err != nil || m == nil || strings.Contains(string(out), "Non-2xx") {
		b.Fatalf("%v\n%s", err, out)
	}
	n, err := strconv.ParseFloat(string(m[1]), 64)
	if err != nil {
		b.Fatal(err)
	}
	return n
}
