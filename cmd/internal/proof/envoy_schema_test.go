package proof

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	"go.yaml.in/yaml/v4"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/limitgen/limitgen/cmd/internal/proof/front"
	"github.com/limitgen/limitgen/cmd/internal/proof/harness"
	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/emit/config"
)

// TestEnvoySchema reads all files through Envoy's protocol buffers. The parts in limits.yaml and in
// istio.yaml are those that example.yaml has in place.
func TestEnvoySchema(t *testing.T) {
	for _, target := range []string{"envoy", "envoy-local"} {
		for _, spec := range []string{harness.Easemob, harness.Paths, shapes, harness.Root + "/generator/emit/config/envoy/testdata/limits.yaml"} {
			t.Run(target+"/"+filepath.Base(spec), func(t *testing.T) {
				dir := harness.Generate(t, spec, target, harness.Approximate)
				want := example(t, filepath.Join(dir, "example.yaml"))
				same(t, "limits.yaml", fragment(t, filepath.Join(dir, "limits.yaml")), want)
				same(t, "istio.yaml", istio(t, filepath.Join(dir, "istio.yaml")), want)
			})
		}
	}
}

// parts are what limits add to a configuration.
type parts struct {
	manager *hcm.HttpConnectionManager // its filters without the router
	host    *route.VirtualHost
	cluster *cluster.Cluster // of the rate limit service
}

func same(t *testing.T, name string, got, want parts) {
	t.Helper()
	for part, pair := range map[string][2]proto.Message{
		"manager": {got.manager, want.manager}, "host": {got.host, want.host}, "cluster": {got.cluster, want.cluster},
	} {
		if !proto.Equal(pair[0], pair[1]) {
			t.Errorf("%s has another %s than example.yaml:\n%.400v\n%.400v", name, part, pair[0], pair[1])
		}
	}
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func example(t *testing.T, file string) parts {
	t.Helper()
	b, err := front.Parse(read(t, file))
	if err != nil {
		t.Fatal(err)
	}
	p := parts{manager: &hcm.HttpConnectionManager{}, cluster: &cluster.Cluster{}}
	whole := &hcm.HttpConnectionManager{}
	if err := b.GetStaticResources().GetListeners()[0].GetFilterChains()[0].GetFilters()[0].GetTypedConfig().UnmarshalTo(whole); err != nil {
		t.Fatal(err)
	}
	p.manager.NormalizePath, p.manager.MergeSlashes = whole.GetNormalizePath(), whole.GetMergeSlashes()
	p.manager.PathWithEscapedSlashesAction, p.manager.LocalReplyConfig = whole.GetPathWithEscapedSlashesAction(), whole.GetLocalReplyConfig()
	filters := whole.GetHttpFilters()
	if last := filters[len(filters)-1]; last.GetName() != "envoy.filters.http.router" {
		t.Errorf("the last filter is %s", last.GetName())
	}
	p.manager.HttpFilters = filters[:len(filters)-1]
	p.host = &route.VirtualHost{TypedPerFilterConfig: whole.GetRouteConfig().GetVirtualHosts()[0].GetTypedPerFilterConfig()}
	for _, c := range b.GetStaticResources().GetClusters() {
		if strings.HasPrefix(c.GetName(), "limitgen.") {
			p.cluster = c
		}
	}
	return p
}

func message[M proto.Message](t *testing.T, from any, into M) M {
	t.Helper()
	if from == nil {
		return into
	}
	if err := front.Unmarshal(from, into); err != nil {
		t.Fatal(err)
	}
	return into
}

func fragment(t *testing.T, file string) parts {
	t.Helper()
	var all map[string]any
	if err := yaml.Unmarshal(read(t, file), &all); err != nil {
		t.Fatal(err)
	}
	return parts{
		message(t, all["http_connection_manager"], &hcm.HttpConnectionManager{}), message(t, all["virtual_host"], &route.VirtualHost{}),
		message(t, all["cluster"], &cluster.Cluster{}),
	}
}

// istio puts the patches of an EnvoyFilter together.
func istio(t *testing.T, file string) parts {
	t.Helper()
	var resource struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string
		Metadata   map[string]string
		Spec       struct {
			WorkloadSelector map[string]any `yaml:"workloadSelector"`
			ConfigPatches    []struct {
				ApplyTo string         `yaml:"applyTo"`
				Match   map[string]any `yaml:"match"`
				Patch   struct {
					Operation string
					Value     map[string]any
				}
			} `yaml:"configPatches"`
		}
	}
	d, err := yaml.NewLoader(strings.NewReader(string(read(t, file))), yaml.WithKnownFields(true), yaml.WithUniqueKeys(true))
	if err == nil {
		err = d.Load(&resource)
	}
	if err != nil || resource.APIVersion != "networking.istio.io/v1alpha3" || resource.Kind != "EnvoyFilter" {
		t.Fatal(err, resource.APIVersion, resource.Kind)
	}
	p := parts{manager: &hcm.HttpConnectionManager{}, cluster: &cluster.Cluster{}}
	for _, c := range resource.Spec.ConfigPatches {
		switch key := c.ApplyTo + " " + c.Patch.Operation; key {
		case "NETWORK_FILTER MERGE":
			typed := message(t, c.Patch.Value["typed_config"], &anypb.Any{})
			if err := typed.UnmarshalTo(p.manager); err != nil {
				t.Fatal(err)
			}
		case "HTTP_FILTER INSERT_BEFORE": // the router, so each comes behind the one before
			p.manager.HttpFilters = append(p.manager.HttpFilters, message(t, c.Patch.Value, &hcm.HttpFilter{}))
		case "VIRTUAL_HOST MERGE":
			p.host = message(t, c.Patch.Value, &route.VirtualHost{})
		case "CLUSTER ADD":
			p.cluster = message(t, c.Patch.Value, &cluster.Cluster{})
		default:
			t.Errorf("a patch %s", key)
		}
	}
	return p
}

// TestEnvoyHostileSpec serves a spec whose names are strange, and counts its requests.
func TestEnvoyHostileSpec(t *testing.T) {
	segment := "a%22b'c%5D%5Dd--e$f%23g%25h%7B%7Bi%7Dj:l&m=n+o%20%C3%A9"
	spec := `openapi: 3.0.3
info: {title: "x\"\n- y: z", version: "1"}
x-rate-limits:
  version: 1
  keys: {who: ['$request.query.q"]]--', '$request.path.p"]]--']}
  limits: {"null": {quota: 2, window: 1d, per: [who, operation], description: "]]\n- key: x"}}
  default: {"null": 1}
paths:
  "/` + segment + `/{p\"]]--}":
    get:
      operationId: "o\"]] --[[\n- key: {x}"
      parameters:
        - {name: 'p"]]--', in: path, required: true, schema: {type: string}}
        - {name: 'q"]]--', in: query, schema: {type: string}}
      responses: {"200": {description: ok}, "429": {description: too many}}
`
	dir := harness.GenerateText(t, "s\n- a: b.yaml", spec, "ratelimit")
	if out, err := harness.Command(t, harness.Need(t, "config_check_cmd"), "-config_dir", dir).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	u := harness.NewUpstream(t)
	file := filepath.Join(harness.GenerateText(t, "s\n- a: b.yaml", spec, "envoy-local"), "example.yaml")
	harness.Rewrite(t, file, "port_value: 9090", port(t, u.Address()))
	f := front.Start(t, file, false)
	got := ""
	for _, target := range []string{"/" + segment + "/v", "/" + segment + "/%76?x", "/" + segment + "/v;w/", "/" + segment + "/v?q%22%5D%5D--=1", "/" + segment + "/w", "/" + segment} {
		resp := harness.Do(t, f.Address(), harness.Request{Method: "GET", Target: target})
		got += map[int]string{200: "+", 429: "-"}[resp.Status]
	}
	if got != "++-+++" {
		t.Error(got)
	}
}

// TestEnvoyCorpus reads what comes out for other people's specs.
func TestEnvoyCorpus(t *testing.T) {
	files, err := filepath.Glob(harness.Root + "/spec/valid/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	n := 0
	for _, file := range files {
		data, ok := limited(file, read(t, file))
		if !ok {
			continue
		}
		o := config.Defaults()
		o.AllowApproximate = true
		result, diags := generator.Generate(context.Background(), generator.Options{Spec: file, Data: data, Package: "api", Emit: []string{"envoy", "envoy-local"}, Config: o})
		if result == nil {
			t.Log(diags)
			continue
		}
		for _, f := range result.Files {
			if strings.HasSuffix(f.Name, "example.yaml") {
				n++
				if _, err := front.Parse(f.Data); err != nil {
					t.Errorf("%s %s: %v", file, f.Name, err)
				}
			}
		}
	}
	if n < 10 {
		t.Errorf("%d files were read", n)
	}
}
