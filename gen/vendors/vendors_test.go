// Package vendors_test sends requests through each transport of the gallery to a server that counts
// as the vendor does: by the spec as it is written, and with nothing of limitgen's.
package vendors_test

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/gen/rest"
	"github.com/limitgen/limitgen/gen/vendors/amazon"
	"github.com/limitgen/limitgen/gen/vendors/github"
	"github.com/limitgen/limitgen/gen/vendors/pinterest"
	"github.com/limitgen/limitgen/gen/vendors/slack"
	"github.com/limitgen/limitgen/gen/vendors/stripe"
	"github.com/limitgen/limitgen/gen/vendors/xapi"
)

// gallery is the transport of each spec, and how the vendor counts windows: in fixed ones, or in any
// interval.
var gallery = []struct {
	spec      string
	transport func(http.RoundTripper, ...rest.ClientOption) (*rest.Transport, error)
	fixed     bool
}{
	{"amazon", amazon.NewTransport, false},
	{"github", github.NewTransport, true},
	{"pinterest", pinterest.NewTransport, false},
	{"slack", slack.NewTransport, false},
	{"stripe", stripe.NewTransport, false},
	{"xapi", xapi.NewTransport, true},
}

// spec is what the tests read of a spec.
type spec struct {
	Servers []struct{ URL string }
	Limits  struct {
		Limits  map[string]figures
		Default map[string]int64
	} `yaml:"x-rate-limits"`
	Paths map[string]map[string]yaml.Node
}

type figures struct {
	Quota  int64
	Window string
	Rate   float64
	Burst  int64
	Unit   string
	Per    []string
}

// operation is one of the spec's, and what a request of it costs by limit.
type operation struct {
	id, method, url string
	use             map[string]int64
}

var parameter = regexp.MustCompile(`\{[^}]*\}`)

func read(t *testing.T, name string) (spec, []operation) {
	t.Helper()
	data, err := os.ReadFile("../../spec/vendors/" + name + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	var s spec
	if err := yaml.Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	var all []operation
	for path, item := range s.Paths {
		for method, node := range item {
			var o struct {
				ID  string    `yaml:"operationId"`
				Use yaml.Node `yaml:"x-rate-limit"`
			}
			if method == "parameters" || method == "x-rate-limit" {
				continue
			}
			if err := node.Decode(&o); err != nil {
				t.Fatal(err)
			}
			if inherited, ok := item["x-rate-limit"]; ok && o.Use.Kind == 0 {
				o.Use = inherited
			}
			url := s.Servers[0].URL + parameter.ReplaceAllString(path, "x")
			all = append(all, operation{o.ID, strings.ToUpper(method), url, uses(t, &s, &o.Use)})
		}
	}
	slices.SortFunc(all, func(a, b operation) int { return strings.Compare(a.id, b.id) })
	return s, all
}

func uses(t *testing.T, s *spec, n *yaml.Node) map[string]int64 {
	t.Helper()
	switch n.Kind {
	case 0:
		return s.Limits.Default
	case yaml.ScalarNode:
		return map[string]int64{n.Value: 1}
	}
	var rule struct{ Use map[string]int64 }
	if err := n.Decode(&rule); err != nil {
		t.Fatal(err)
	}
	return rule.Use
}

// send sends one request of an operation, and reports what is wrong with its answer.
func send(ctx context.Context, client *http.Client, op *operation) error {
	req, err := http.NewRequestWithContext(ctx, op.method, op.url, http.NoBody)
	if err != nil {
		return err
	}
	req.Header.Set(operationHeader, op.id)
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	if err = res.Body.Close(); err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", op.id, res.Status)
	}
	return err
}

func TestEachOperationOnce(t *testing.T) {
	for _, v := range gallery {
		t.Run(v.spec, func(t *testing.T) {
			s, ops := read(t, v.spec)
			synctest.Test(t, func(t *testing.T) {
				vendor := newServer(&s, ops, v.fixed)
				transport, err := v.transport(vendor, rest.WithKnownOnly())
				if err != nil {
					t.Fatal(err)
				}
				client := &http.Client{Transport: transport}
				var wg sync.WaitGroup
				for i := range ops {
					wg.Go(func() {
						if err := send(t.Context(), client, &ops[i]); err != nil {
							t.Error(err)
						}
					})
				}
				wg.Wait()
				if len(vendor.passed) != len(ops) || len(vendor.refused) > 0 {
					t.Errorf("%d of %d operations passed; refused: %v", len(vendor.passed), len(ops), vendor.refused)
				}
			})
		})
	}
}

// TestEachLimitAtFullSpeed sends more than a limit admits at once, as fast as it passes.
func TestEachLimitAtFullSpeed(t *testing.T) {
	for _, v := range gallery {
		t.Run(v.spec, func(t *testing.T) {
			s, ops := read(t, v.spec)
			seen := make(map[string]bool)
			for i := range ops {
				for limit, cost := range ops[i].use {
					if id := fmt.Sprint(limit, cost); !seen[id] {
						seen[id] = true
						synctest.Test(t, func(t *testing.T) { fullSpeed(t, v.transport, newServer(&s, ops, v.fixed), &ops[i], limit) })
					}
				}
			}
			if len(seen) < len(s.Limits.Limits) {
				t.Errorf("%d of %d limits are used", len(seen), len(s.Limits.Limits))
			}
		})
	}
}

func fullSpeed(t *testing.T, transport func(http.RoundTripper, ...rest.ClientOption) (*rest.Transport, error), vendor *server, op *operation, limit string) {
	through, err := transport(vendor, rest.WithKnownOnly())
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: through}
	_, f := vendor.counter(op, limit)
	n, begin := f.enough(op.use[limit]), time.Now()
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			if err := send(t.Context(), client, op); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	took, least := time.Since(begin), vendor.least(op, n)
	switch most := time.Duration(math.Ceil(float64(least)/0.97)) + time.Second; {
	case len(vendor.refused) > 0:
		t.Errorf("%s at %s: %d of %d were refused", limit, op.id, len(vendor.refused), n)
	case vendor.passed[op.id] != n:
		t.Errorf("%s at %s: %d of %d passed", limit, op.id, vendor.passed[op.id], n)
	case took > most:
		t.Errorf("%s at %s: %d took %v, and %v would do", limit, op.id, n, took, least)
	}
}

// TestWithoutATransportIsRefused shows that the servers above refuse.
func TestWithoutATransportIsRefused(t *testing.T) {
	for _, v := range gallery {
		s, ops := read(t, v.spec)
		synctest.Test(t, func(t *testing.T) {
			vendor := newServer(&s, ops, v.fixed)
			var wg sync.WaitGroup
			for range 6000 {
				wg.Go(func() { _ = send(t.Context(), &http.Client{Transport: vendor}, &ops[0]) })
			}
			wg.Wait()
			if len(vendor.refused) == 0 {
				t.Errorf("%s: nothing was refused", v.spec)
			}
		})
	}
}
