package emit

import (
	"slices"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/emit/config/envoy"
	"github.com/limitgen/limitgen/generator/emit/golang"
	"github.com/limitgen/limitgen/generator/fileset"
	"github.com/limitgen/limitgen/generator/model"
)

// A Companion is a package of the run-time that is emitted only on request, because it depends on
// more than the standard library, or is not for every user.
type Companion struct {
	Flag    string // of the command line that asks for it
	Name    string // the flag's value
	Folder  string // the package's name, and its folder's
	Summary string

	beside func(api *model.API, runtime string) (golang.File, error) // prints the code that the API's package needs for it
	target *config.Target                                            // the target with the same gaps, if it has any
}

// Companions returns all companions, in the order in which they are listed and recorded.
func Companions() []Companion {
	return []Companion{
		{"observe", "otel", "otelobserver", "OpenTelemetry metrics", nil, nil},
		{"observe", "prometheus", "promobserver", "a collector for Prometheus' client_golang", nil, nil},
		{"observe", "slog", "slogobserver", "records for log/slog", nil, nil},
		{"rpc", "grpc", "grpclimits", "interceptors for gRPC clients and servers", nil, nil},
		{
			"rpc", "connect", "connectlimits", "an interceptor for Connect clients, and one for servers",
			nil, nil,
		},
		{"store", "redis", "redisstore", "shared counters in Redis, by go-redis or rueidis", nil, nil},
		{"store", "rls", "rlsstore", "Envoy's rate limit service, by gRPC", descriptors, envoy.Service()},
	}
}

// Beside has the choice of companions.
type Beside struct {
	Observe, Store []string // names of Companions
	RPC            []string
	Runtime        string // import path of the folder of the run-time's packages
}

func (b Beside) has(c Companion) bool {
	return slices.Contains(map[string][]string{
		"observe": b.Observe, "store": b.Store, "rpc": b.RPC,
	}[c.Flag], c.Name)
}

// Packages prints the code that the API's package needs for the requested companions.
func Packages(api *model.API, b Beside) ([]fileset.File, error) {
	var out []fileset.File
	for _, c := range Companions() {
		if !b.has(c) || c.beside == nil {
			continue
		}
		f, err := c.beside(api, b.Runtime)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

// Uncountable reports limits that a requested store cannot count.
func Uncountable(api *model.API, b Beside, o config.Options) diag.List {
	var diags diag.List
	for _, c := range Companions() {
		if c.target == nil || !b.has(c) {
			continue
		}
		_, in, more := inputs(api, o)
		if more.HasErrors() {
			continue // reported with the configuration
		}
		c.target.Name = c.Name
		diags = append(diags, inexpressible(c.target, in, o, "--"+c.Flag)...)
	}
	return diags
}
