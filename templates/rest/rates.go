package rest

import "github.com/limitgen/limitgen/templates/ratelimit"

// A server counts every request, so it prepares what it can of an operation's rates. The partition
// keys of a request are parts of one string, because limits are often nested: the key of one begins
// with that of the one before. Keys without values of the request are the same for all of them.
//
//	limit   per                 key
//	second  [shop]              ├5:north┤
//	minute  [shop, operation]   ├5:north23:GET /shops/{}/pets/{}┤
//	day     []                  ┤ prepared
//
// view.appendCharges, which clients use, is the same without preparation; a test compares both.

// plannedRate is a rate, prepared.
type plannedRate struct {
	rate     *Rate
	constant bool   // fixed is the whole key
	fixed    string // see constant
	parts    []keyPart
	nested   int    // how many parts the key of the rate before has, if this one begins with them; 0 if not
	salted   bool   // see digests
	digest   string // of a constant key
}

// keyPart is a part of a partition key.
type keyPart struct {
	fixed     string      // with its length; "" if it depends on the request
	dimension []Dimension // one
	path      int         // index of the path's value that is the part as it stands; -1 if it is none
}

// planRates prepares those rates of an operation that belong to a stage.
func planRates(op *Operation, in func(r *Rate) bool) []plannedRate {
	var plan []plannedRate
	for i := range op.Rates {
		r := &op.Rates[i]
		if !in(r) {
			continue
		}
		p := plannedRate{rate: r, constant: true, salted: op.secret(r.Limit)}
		for j := range r.Key {
			part := op.planKey(&r.Key[j])
			p.constant = p.constant && part.fixed != ""
			p.fixed += part.fixed
			p.parts = append(p.parts, part)
		}
		if p.constant && !p.salted {
			p.digest = string(appendDigest(nil, nil, p.fixed))
		}
		if n := len(plan); n > 0 && !plan[n-1].constant {
			p.nested = nestedIn(plan[n-1].rate.Key, r.Key)
		}
		plan = append(plan, p)
	}
	return plan
}

// secret reports whether the operation counts in a limit by a credential or an identity.
func (op *Operation) secret(limit int) bool {
	for i := range op.Rates {
		for j := range op.Rates[i].Key {
			if k := op.Rates[i].Key[j].Kind; op.Rates[i].Limit == limit && (k == DimCredential || k == DimIdentity) {
				return true
			}
		}
	}
	return false
}

// nestedIn returns the number of dimensions of outer, if inner begins with them; 0 if not.
func nestedIn(outer, inner []Dimension) int {
	if len(outer) > len(inner) {
		return 0
	}
	for i := range outer {
		if outer[i] != inner[i] {
			return 0
		}
	}
	return len(outer)
}

// planKey prepares one part of a key.
func (op *Operation) planKey(d *Dimension) keyPart {
	part := keyPart{dimension: []Dimension{*d}, path: -1}
	switch {
	case d.Kind == DimOperation:
		part.fixed = string(ratelimit.AppendKey(nil, op.Counter))
	case d.Kind == DimExpr && d.Expr.In == InPath:
		for i := range op.Params {
			if p := &op.Params[i]; p.In == InPath && p.Name == d.Expr.Name {
				if p.Style == StyleDefault && !p.Number {
					part.path = i
				}
				break
			}
		}
	}
	return part
}

// appendKey appends parts to a key.
func (v *view) appendKey(key []byte, parts []keyPart) []byte {
	for i := range parts {
		switch p := &parts[i]; {
		case p.fixed != "":
			key = append(key, p.fixed...)
		case p.path >= 0 && p.path < len(v.path):
			key = ratelimit.AppendKey(key, unescapePath(v.path[p.path]))
		default:
			key = v.key(key, p.dimension)
		}
	}
	return key
}

// appendPlanned is appendCharges with prepared rates; known has their keys, unless it is nil.
func (v *view) appendPlanned(out []ratelimit.Charge, limits []ratelimit.Limit, plan []plannedRate, known *keySet) ([]ratelimit.Charge, error) {
	var space [192]byte
	var ends [8]uint32 // of the keys in out that are parts of the string; their begins are in starts
	var starts [8]uint32
	keys, first, last := space[:0], len(out), -1
	for i := range plan {
		p := &plan[i]
		limit := &limits[p.rate.Limit]
		cost := p.rate.Cost
		if p.rate.Count != nil {
			var err error
			if cost, err = v.cost(p.rate, limit); err != nil {
				return nil, err
			}
		}
		if cost == 0 {
			continue // neither checked nor counted
		}
		most := limit.Capacity()
		if p.rate.Max > 0 {
			most = min(most, p.rate.Max)
		}
		if cost > most {
			return nil, &ratelimit.CostError{Limit: limit.Name, Cost: cost, Max: most}
		}
		n := len(out) - first
		out = append(out, ratelimit.Charge{Limit: limit, Key: p.fixed, Cost: cost})
		switch {
		case p.constant:
		case known != nil:
			out[first+n].Key = known.keys[i]
		case n >= len(ends):
			out[first+n].Key = string(v.appendKey(nil, p.parts))
		case p.nested > 0 && last == i-1 && n > 0:
			starts[n] = starts[n-1]
			keys = v.appendKey(keys, p.parts[p.nested:])
			ends[n], last = uint32(len(keys)), i
		default:
			starts[n] = uint32(len(keys))
			keys = v.appendKey(keys, p.parts)
			ends[n], last = uint32(len(keys)), i
		}
	}
	all := string(keys)
	for n := range min(len(out)-first, len(ends)) {
		if ends[n] > 0 {
			out[first+n].Key = all[starts[n]:ends[n]]
		}
	}
	return out, nil
}
