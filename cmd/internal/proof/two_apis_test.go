package proof

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/cmd/internal/proof/front"
	"github.com/limitgen/limitgen/cmd/internal/proof/harness"
	"github.com/limitgen/limitgen/generator/emit/config"
)

// oneOfTwo returns an API that has everything in common with another one, save for its quotas.
func oneOfTwo(quota int, costs bool) string {
	spec := fmt.Sprintf(`
openapi: 3.0.3
info: {title: one of two, version: "1"}
x-rate-limits:
  version: 1
  keys: {tenant: [$request.path.tenant], token: [$request.header.X-Token], sort: [$request.query.sort]}
  limits:
    few: {quota: %d, window: 1m, per: [client-ip, operation]}
    tenants: {quota: %[1]d, window: 1m, per: [tenant]}
    tokens: {quota: %[1]d, window: 1m, per: [token]}
    sorts: {quota: %[1]d, window: 1m, per: [sort]}
    items: {quota: %[1]d, window: 1m, per: [tenant]}
paths:
  /few: {get: {operationId: few, x-rate-limit: few, responses: {"200": {description: ok}}}}
  /t/{tenant}/{id}.json:
    parameters: [{name: tenant, in: path, required: true, schema: {type: string}}, {name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: item, x-rate-limit: tenants, responses: {"200": {description: ok}}}
  /token: {get: {operationId: token, x-rate-limit: tokens, parameters: [{name: X-Token, in: header, schema: {type: string}}], responses: {"200": {description: ok}}}}
  /sort: {get: {operationId: sort, x-rate-limit: sorts, parameters: [{name: sort, in: query, schema: {type: string}}], responses: {"200": {description: ok}}}}
`, quota)
	if costs {
		spec += `
  /t/{tenant}/send:
    parameters: [{name: tenant, in: path, required: true, schema: {type: string}}]
    post:
      operationId: send
      x-rate-limit: {use: {items: {count: '$request.body'}}}
      requestBody: {content: {application/json: {schema: {type: array, items: {type: string}}}}}
      responses: {"200": {description: ok}}
`
	}
	return spec
}

// twoAPIs writes both APIs' files for a target, each into a folder of its own.
func twoAPIs(t *testing.T, target string, costs bool, names [2]string) (dirs [2]string) {
	t.Helper()
	for i, name := range names {
		dirs[i] = harness.GenerateText(t, name+".yaml", oneOfTwo(2+i, costs), target, harness.Approximate, func(o *config.Options) { o.Name = name })
	}
	return dirs
}

// countApart sends the same requests to both APIs in turn: the first admits two of each kind, the
// second three.
func countApart(t *testing.T, costs bool, apis [2]func(harness.Request) harness.Request, addrs [2]string) {
	t.Helper()
	requests := []harness.Request{
		{Method: "GET", Target: "/few"}, {Method: "GET", Target: "/t/x/a.json"}, {Method: "GET", Target: "/sort?sort=up"},
		{Method: "GET", Target: "/token", Header: []string{"X-Token: k"}},
	}
	if costs {
		requests = append(requests, harness.Request{Method: "POST", Target: "/t/x/send", Body: `["a"]`})
	}
	for _, q := range requests {
		var passed [2]int
		for range 5 {
			for i := range addrs {
				if harness.Do(t, addrs[i], apis[i](q)).Passed() {
					passed[i]++
				}
			}
		}
		if passed != [2]int{2, 3} {
			t.Errorf("%s %s: %v passed, want 2 and 3", q.Method, q.Target, passed)
		}
	}
}

func asItIs(q harness.Request) harness.Request { return q }

// host sends a request to one of the names of a gateway.
func host(name string) func(harness.Request) harness.Request {
	return func(q harness.Request) harness.Request {
		q.Header = append([]string{"Host: " + name}, q.Header...)
		return q
	}
}

// TestTwoAPIsInHAProxy loads both, with a frontend for each, and with backends behind one frontend.
func TestTwoAPIsInHAProxy(t *testing.T) {
	t.Parallel()
	api := harness.NewUpstream(t)
	for name, own := range map[string]string{
		"frontends": `
defaults
    mode http
    timeout connect 5s
    timeout server 30s
    timeout client 30s
frontend a from gate_limits
    timeout client 30s
    bind ADDR0
    default_backend api
frontend b from other_limits
    timeout client 30s
    bind ADDR1
    default_backend api
backend api
    server api UPSTREAM
`,
		"backends": `
defaults
    mode http
    timeout connect 5s
    timeout server 30s
    timeout client 30s
frontend all
    bind ADDR0
    bind ADDR1
    use_backend a if { hdr(host) -m beg a.test }
    default_backend b
backend a from gate_limits
    timeout connect 5s
    timeout server 30s
    server api UPSTREAM
backend b from other_limits
    timeout connect 5s
    timeout server 30s
    server api UPSTREAM
`} {
		t.Run(name, func(t *testing.T) {
			dirs := twoAPIs(t, "haproxy", true, [2]string{"gate", "other"})
			addrs := [2]string{harness.Address(harness.FreePort(t)), harness.Address(harness.FreePort(t))}
			file := filepath.Join(t.TempDir(), "own.cfg")
			own = strings.NewReplacer("ADDR0", addrs[0], "ADDR1", addrs[1], "UPSTREAM", api.Address()).Replace(own)
			if err := os.WriteFile(file, []byte(own), 0o644); err != nil {
				t.Fatal(err)
			}
			harness.StartIn(t, "/", nil, addrs[0], harness.Need(t, "haproxy"), "-db", "-f", dirs[0]+"/limits.cfg", "-f", dirs[1]+"/limits.cfg", "-f", file)
			harness.SameMinute()
			countApart(t, true, [2]func(harness.Request) harness.Request{host("a.test"), host("b.test")}, addrs)
		})
	}
}

// TestTwoAPIsInNginx includes both in one http block, with a server for each.
func TestTwoAPIsInNginx(t *testing.T) {
	t.Parallel()
	api := harness.NewUpstream(t)
	dirs := twoAPIs(t, "nginx", false, [2]string{"gate", "other"})
	port := harness.FreePort(t)
	addr := harness.Address(port)
	home := t.TempDir()
	conf := fmt.Sprintf("pid %[1]s/pid;\nerror_log stderr warn;\nevents { }\nhttp {\n    access_log off;\n    include %[2]s/limits.conf;\n    include %[3]s/limits.conf;\n", home, dirs[0], dirs[1])
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		conf += fmt.Sprintf("    %s_temp_path %s;\n", kind, home)
	}
	for i, name := range []string{"a.test", "b.test"} {
		conf += fmt.Sprintf("    server {\n        listen %s;\n        server_name %s;\n        include %s/limits-server.conf;\n        location / { proxy_pass http://%s; }\n    }\n", addr, name, dirs[i], api.Address())
	}
	file := filepath.Join(home, "own.conf")
	if err := os.WriteFile(file, []byte(conf+"}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	harness.StartIn(t, home, nil, addr, harness.Need(t, "nginx"), "-c", file, "-g", "daemon off;")
	countApart(t, false, [2]func(harness.Request) harness.Request{host("a.test"), host("b.test")}, [2]string{addr, addr})
}

// TestTwoAPIsInOneService has one rate limit service count for both, each behind an Envoy of its
// own.
func TestTwoAPIsInOneService(t *testing.T) {
	t.Parallel()
	api := harness.NewUpstream(t)
	names := [2]string{"gate", "other"}
	dirs, envoys := twoAPIs(t, "ratelimit", true, names), twoAPIs(t, "envoy", true, names)
	service := harness.RateLimitService(t, together(t, dirs), harness.Redis(t))
	var addrs [2]string
	for i, dir := range envoys {
		example := filepath.Join(dir, "example.yaml")
		harness.Rewrite(t, example, "port_value: 8081", port(t, service), "port_value: 9090", port(t, api.Address()))
		addrs[i] = front.Start(t, example, false).Address()
	}
	harness.SameMinute()
	countApart(t, true, [2]func(harness.Request) harness.Request{asItIs, asItIs}, addrs)
}

// together puts the configuration of two APIs into one folder of the rate limit service.
func together(t *testing.T, dirs [2]string) string {
	t.Helper()
	dir := t.TempDir()
	for i, from := range dirs {
		data, err := os.ReadFile(filepath.Join(from, "limits.yaml"))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("api%d.yaml", i)), data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestTwoAPIsOfOneName shows that engines do not start with two APIs of one name, instead of
// counting one as the other.
func TestTwoAPIsOfOneName(t *testing.T) {
	t.Parallel()
	names := [2]string{"api", "api"}
	check := func(program, want string, args ...string) {
		t.Helper()
		out, err := harness.Command(t, harness.Need(t, program), args...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), want) {
			t.Errorf("%s: %v\n%s", program, err, out)
		}
	}
	dirs := twoAPIs(t, "haproxy", true, names)
	check("haproxy", "api_", "-c", "-f", dirs[0]+"/limits.cfg", "-f", dirs[1]+"/limits.cfg")
	dirs = twoAPIs(t, "nginx", false, names)
	file := filepath.Join(t.TempDir(), "own.conf")
	if err := os.WriteFile(file, []byte(fmt.Sprintf("pid %s;\nevents { }\nhttp {\n include %s/limits.conf;\n include %s/limits.conf;\n}\n", file+".pid", dirs[0], dirs[1])), 0o644); err != nil {
		t.Fatal(err)
	}
	check("nginx", "is already bound to key", "-t", "-c", file)
	check("config_check_cmd", "duplicate domain 'api'", "-config_dir", together(t, twoAPIs(t, "ratelimit", true, names)))
}
