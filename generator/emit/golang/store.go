package golang

import "github.com/limitgen/limitgen/generator/model"

// commonParts counts the leading dimensions that the keys of all rates share. All charges of one
// request have the same tag, made of these dimensions.
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
