package analyze

import (
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/naming"
)

// ownNames chooses the names of the package's own declarations. Schemas have theirs already: if one
// is called Client, the client is APIClient, made by NewAPIClient.
func (b *builder) ownNames() {
	n := &b.api.Names
	n.Client, n.NewClient = b.ownPair("_Client", "New_Client")
	n.Handlers, _ = b.ownPair("_Handlers", "")
	n.NewServer, _ = b.ownPair("New_Server", "")
	n.Scope, _ = b.ownPair("_Scope", "")
	n.Limits, _ = b.ownPair("_Limits", "")
	n.Plans, _ = b.ownPair("_Plans", "")
	n.ReadOverrides, _ = b.ownPair("Read_Overrides", "")
	n.Descriptors, _ = b.ownPair("_Descriptors", "")
	n.NewTransport, _ = b.ownPair("New_Transport", "")
	n.NewMiddleware, n.Limit = b.ownPair("New_Middleware", "_Limit")
	n.RPC, _ = b.ownPair("_RPC", "")
}

// unimplemented names the struct that handlers embed. The name of an operation cannot be used: the
// embedded field would hide the method.
func (b *builder) unimplemented() {
	const name = "Unimplemented"
	if slices.ContainsFunc(b.api.Operations, func(op *model.Operation) bool { return op.Method == name }) {
		b.names.Take(name)
	}
	b.api.Names.Unimplemented, _ = b.ownPair("_"+name, "")
}

// ownPair chooses two related names. The underscore is replaced by nothing or, if one of the names
// is taken, by API, or API2 and so on.
func (b *builder) ownPair(first, second string) (string, string) {
	for n := 0; ; n++ {
		word := ""
		if n > 0 {
			word = "API"
		}
		if n > 1 {
			word += itoa(n)
		}
		one, two := strings.Replace(first, "_", word, 1), strings.Replace(second, "_", word, 1)
		if b.names.Taken(one) || two != "" && b.names.Taken(two) {
			continue
		}
		b.names.Take(one)
		b.names.Take(two)
		return one, two
	}
}

// Variables and packages of generated functions. A parameter of the same name would hide them.
var (
	inMethods = []string{"context", "http", "io", "iter", "ratelimit", "rest", "time",
		"body", "c", "ctx", "e", "err", "from", "i", "item", "n", "next", "none", "out", "page", "params",
		"part", "parts", "r", "res", "scope", "to", "x", "yield"}
	inConstructor = []string{"rest", "baseURL", "c", "err", "opts"}
)

// argName names a parameter of a function. Nothing that the package declares may be hidden.
func (b *builder) argName(args *naming.Table, name string) string {
	id := naming.Unexported(name)
	if b.names.Taken(id) {
		id += "Param"
	}
	return args.Give(id, "Param")
}
