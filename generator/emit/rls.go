package emit

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/limitgen/limitgen/generator/emit/config/envoy"
	"github.com/limitgen/limitgen/generator/emit/golang"
	"github.com/limitgen/limitgen/generator/model"
)

// descriptors prints how the API's counters are named in Envoy's rate limit service, as the
// configuration for the same service names them.
func descriptors(api *model.API, runtime string) (golang.File, error) {
	names := envoy.NamesOf(api)
	var b strings.Builder
	fmt.Fprintf(&b, `package %[1]s

import %[2]q

// %[6]s says how Envoy's rate limit service names the API's counters, for rlsstore.New.
func %[6]s() ratelimit.Descriptors {
	return ratelimit.Descriptors{
		API:     %[3]q,
		Domain:  %[4]q,
		Address: %[5]q,
		Limits: map[string]ratelimit.Descriptor{
`, api.Package, runtime+"/ratelimit", api.Name, names.Domain, names.Address, api.Names.Descriptors)
	for _, l := range names.Limits {
		fmt.Fprintf(&b, "%q: {Key: %q, Shapes: %#v},\n", l.Limit, l.Key, l.Shapes)
	}
	b.WriteString("},\nOperations: map[string]string{\n")
	for _, o := range names.Operations {
		fmt.Fprintf(&b, "%q: %q,\n", o.Counter, o.Name)
	}
	b.WriteString("},\n}\n}\n")
	return golang.Printed("descriptors.go", filepath.ToSlash(api.Source), b.String())
}
