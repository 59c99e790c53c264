package generator

import "github.com/limitgen/limitgen/generator/model"

// byHeader returns the API with identities taken from a header, as gateways read them: what
// authenticates in front sets it. The API itself stays as it is.
func byHeader(api *model.API, header string) *model.API {
	out := *api
	keys := make(map[*model.Key]*model.Key)
	out.Operations = nil
	for _, op := range api.Operations {
		changed := *op
		changed.Rates = nil
		for _, r := range op.Rates {
			rate := *r
			if r.Key != nil && keys[r.Key] == nil {
				keys[r.Key] = keyByHeader(r.Key, header)
			}
			rate.Key = keys[r.Key]
			changed.Rates = append(changed.Rates, &rate)
		}
		out.Operations = append(out.Operations, &changed)
	}
	return &out
}

func keyByHeader(k *model.Key, header string) *model.Key {
	out := *k
	out.Dimensions = nil
	for _, d := range k.Dimensions {
		if d.Builtin == identity {
			d = &model.Dimension{Expr: &model.Expr{In: model.InHeader, Name: header}}
		}
		out.Dimensions = append(out.Dimensions, d)
	}
	return &out
}

const identity = "identity"
