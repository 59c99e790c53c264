package golang

import (
	"fmt"

	"github.com/limitgen/limitgen/generator/model"
)

// storeLayoutName is the file of a store that holds the API's own figures.
const storeLayoutName = "layout.go"

// RedisLayout prints it for a store in Redis.
func RedisLayout(api *model.API) []byte {
	name := api.Name
	if len(name) > 40 { // the longest prefix that a store takes
		name = name[:40]
	}
	return fmt.Appendf(nil, `package redisstore

const (
	// namespace begins the names of all keys unless Options.Prefix does.
	namespace = %q
	// tagParts is how many leading values the partition keys of all limits in use have in common. They choose the
	// node of a cluster, so that all counters of one request are on one node.
	tagParts = %d
)
`, name, commonParts(api))
}

// commonParts counts the leading dimensions that the keys of all rates share. Requests that agree
// in them agree in their tag, and so do all charges of one request.
func commonParts(api *model.API) int {
	var common []*model.Dimension
	first := true
	for _, o := range api.Operations {
		for _, r := range o.Rates {
			var own []*model.Dimension
			if r.Key != nil {
				own = r.Key.Dimensions
			}
			if first {
				common, first = own, false
				continue
			}
			n := 0
			for n < len(common) && n < len(own) && sameDimension(common[n], own[n]) {
				n++
			}
			common = common[:n]
		}
	}
	return len(common)
}

func sameDimension(a, b *model.Dimension) bool {
	if a.Expr == nil || b.Expr == nil {
		return a.Expr == b.Expr && a.Builtin == b.Builtin
	}
	return *a.Expr == *b.Expr
}
