package emit

import (
	"bytes"
	"fmt"

	"github.com/limitgen/limitgen/generator/emit/config/envoy"
	"github.com/limitgen/limitgen/generator/model"
)

// rlsLayout prints how descriptors are named, as the configuration for the same service names them.
func rlsLayout(api *model.API) []byte {
	names := envoy.NamesOf(api)
	var b bytes.Buffer
	fmt.Fprintf(&b, `package rlsstore

// domain is that of the configuration, unless Options.Domain says otherwise.
const domain = %q

// addressKey is the name of the entry of a caller's address.
const addressKey = %q

// layouts are how the descriptors of each limit in use are made from its partition keys.
var layouts = map[string]layout{
`, names.Domain, names.Address)
	for _, l := range names.Limits {
		fmt.Fprintf(&b, "\t%q: {key: %q, shapes: %#v},\n", l.Limit, l.Key, l.Shapes)
	}
	b.WriteString("}\n\n// operations are the names of operations in descriptors, by how partition keys hold them.\nvar operations = map[string]string{\n")
	for _, o := range names.Operations {
		fmt.Fprintf(&b, "\t%q: %q,\n", o.Counter, o.Name)
	}
	b.WriteString("}\n")
	return b.Bytes()
}
