package config

import (
	"slices"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/model"
)

// Enforced returns a copy of the API as gateways enforce it: with a plan's quotas, and with
// identities in a header.
func Enforced(api *model.API, o Options) (*model.API, diag.List) {
	if o.IdentityHeader != "" {
		api = byHeader(api, o.IdentityHeader)
	}
	if o.Plan == "" {
		return api, nil
	}
	return onPlan(api, o.Plan)
}

// onPlan returns a copy of the API with the quotas and bursts of one of its plans. The Go package
// keeps all plans and chooses among them at run time.
func onPlan(api *model.API, name string) (*model.API, diag.List) {
	var diags diag.List
	i := slices.IndexFunc(api.Plans, func(p *model.Plan) bool { return p.Name == name })
	if i < 0 {
		known := make([]string, 0, len(api.Plans))
		for _, p := range api.Plans {
			known = append(known, p.Name)
		}
		diags.Errorf(diag.Position{File: api.Source}, "unknown-name", "no plan %q; the plans are %q",
			name, known)
		return nil, diags
	}
	out := *api
	limits := make(map[*model.Limit]*model.Limit)
	out.Limits = nil
	for _, l := range api.Limits {
		changed := *l
		for _, a := range api.Plans[i].Amounts {
			if a.Limit == l.Name {
				a.On(&changed)
			}
		}
		limits[l] = &changed
		out.Limits = append(out.Limits, &changed)
	}
	out.Operations = nil
	for _, op := range api.Operations {
		changed := *op
		changed.Rates = nil
		for _, r := range op.Rates {
			rate := *r
			rate.Limit = limits[r.Limit]
			changed.Rates = append(changed.Rates, &rate)
		}
		out.Operations = append(out.Operations, &changed)
	}
	return &out, nil
}

// byHeader returns a copy of the API in which identities are read from a header that the
// authenticating proxy in front sets.
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
