package convert

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// google reads the costs of an operation (x-google-quota).
func google(c *converter, s site, k, v *yaml.Node) {
	costs := child(v, "metricCosts")
	if costs == nil || costs.Kind != yaml.MappingNode || s.root() {
		c.warn(k, "%s has no metricCosts, so it defines no cost", k.Value)
		return
	}
	for i := 0; i+1 < len(costs.Content); i += 2 {
		metric, cost := costs.Content[i].Value, costs.Content[i+1]
		n, err := strconv.ParseInt(text(cost), 10, 64)
		if err != nil || n < 0 {
			c.warn(cost, "the cost of %q is not an integer from 0, so it is left out", metric)
			continue
		}
		names := c.metric[metric]
		if names == nil {
			c.warn(costs.Content[i], "x-google-management has no quota for the metric %q; fill in its limit", metric)
			names = []string{c.unknown(metric)}
		}
		for _, name := range names {
			c.use(s, charge{limit: name, cost: strconv.FormatInt(n, 10)})
		}
	}
}

// googleLimits reads the quotas of x-google-management: so much a minute for each consumer project.
func googleLimits(c *converter, s site, k, v *yaml.Node) {
	limits := child(v, "quota", "limits")
	if limits == nil || c.misplaced(s, k) {
		return
	}
	for _, q := range limits.Content {
		amount, window := whole(text(q, "values", "STANDARD")), "1m"
		if _, w := rate(strings.TrimSuffix(text(q, "unit"), "/{project}")); w != "" {
			window = w
		}
		if amount == 0 || text(q, "metric") == "" {
			c.warn(q, "this quota has no values.STANDARD above 0, or no metric")
			continue
		}
		metric := text(q, "metric")
		c.metric[metric] = append(c.metric[metric], c.limit(metric, figure{quota: amount, window: window, per: []string{"identity"}}))
	}
}

// misplaced reports an extension that its tool reads at the root alone.
func (c *converter) misplaced(s site, k *yaml.Node) bool {
	if !s.root() {
		c.warn(k, "%s has no effect here; it belongs at the root of the document", k.Value)
	}
	return !s.root()
}

// kuadrant reads rates and what they are counted by.
func kuadrant(c *converter, s site, k, v *yaml.Node) {
	rates := child(v, "rate_limit", "rates")
	if rates == nil {
		return // it is about routes
	}
	if when := child(v, "rate_limit", "when"); when != nil && len(when.Content) > 0 {
		c.warn(when, "%s applies under a condition, which has no equivalent; write it as variants if the condition is about the request", k.Value)
		return
	}
	per, ok := c.counters(child(v, "rate_limit", "counters"))
	if !ok {
		return
	}
	for _, r := range rates.Content {
		f := figure{quota: whole(text(r, "limit")), window: unitWindow(whole(text(r, "duration")), text(r, "unit")), per: per}
		if w := text(r, "window"); w != "" {
			f.window = duration(w)
		}
		if f.quota == 0 || f.window == "" {
			c.warn(r, "this rate has no whole limit in a window of whole seconds")
			continue
		}
		c.use(s, once(c.limit(named("kuadrant", f), f))...)
	}
}

// counters returns Kuadrant's keys as dimensions; each operation is counted separately.
func (c *converter) counters(n *yaml.Node) ([]string, bool) {
	per := []string{"operation"}
	if n == nil {
		return per, true
	}
	for _, item := range n.Content {
		counter := item.Value
		if item.Kind == yaml.MappingNode {
			counter = text(item, "expression")
		}
		header, isHeader := strings.CutPrefix(counter, "request.headers.")
		switch {
		case strings.HasPrefix(counter, "auth.identity"):
			per = append(per, "identity")
		case counter == "source.address", counter == "source.remote_address", strings.EqualFold(header, "x-forwarded-for"):
			per = append(per, "client-ip")
		case counter == "request.path", counter == "request.url_path", counter == "request.method":
		case isHeader:
			name, ok := c.header(item, header)
			if !ok {
				return nil, false
			}
			per = append(per, name)
		default:
			c.warn(item, "the counter %q has no equivalent; define a key for it under x-rate-limits.keys and use it in per", counter)
			return nil, false
		}
	}
	return per, true
}

// kong reads a quota for each unit of time, in windows aligned to the clock.
func kong(c *converter, s site, k, v *yaml.Node) {
	config := child(v, "config")
	if config == nil || text(v, "enabled") == "false" {
		return
	}
	per, ok := c.kongPer(k, config, "limit_by")
	if !ok {
		return
	}
	if !s.root() {
		per = append([]string{"operation"}, per...)
	}
	if len(children(config, []string{"second", "minute", "hour", "day", "month", "year"})) == 0 {
		c.warn(config, "%s has no second, minute, hour or day, so it defines no quota", k.Value)
	}
	for _, unit := range []string{"second", "minute", "hour", "day"} {
		if f := (figure{quota: c.count(config, unit), window: unitWindow(1, unit), per: per, utc: true}); f.quota > 0 {
			c.use(s, once(c.limit(named("kong", f), f))...)
		}
	}
	for _, unit := range []string{"month", "year"} {
		if child(config, unit) != nil {
			c.warn(child(config, unit), "a quota by the %s has no equivalent, since windows are whole days; 30d is near for a month, and rolls", unit)
		}
	}
}

// kongAdvanced reads pairs of limit and window_size.
func kongAdvanced(c *converter, s site, k, v *yaml.Node) {
	config := child(v, "config")
	if config == nil || text(v, "enabled") == "false" {
		return
	}
	per, ok := c.kongPer(k, config, "identifier")
	limits, sizes := child(config, "limit"), child(config, "window_size")
	if !ok || limits == nil || sizes == nil || len(limits.Content) != len(sizes.Content) {
		c.warn(k, "%s has no limit and window_size of one length", k.Value)
		return
	}
	if !s.root() {
		per = append([]string{"operation"}, per...)
	}
	for i := range limits.Content {
		f := figure{quota: whole(limits.Content[i].Value), window: unitWindow(whole(sizes.Content[i].Value), "s"), per: per}
		if f.quota == 0 || f.window == "" {
			c.warn(limits.Content[i], "this is not an integer in a window of whole seconds")
			continue
		}
		c.use(s, once(c.limit(named("kong", f), f))...)
	}
}

func (c *converter) kongPer(k, config *yaml.Node, member string) ([]string, bool) {
	switch by := text(config, member); by {
	case "", "consumer", "consumer-group":
		return []string{"identity"}, true
	case "credential":
		return []string{"credential"}, true
	case "ip":
		return []string{"client-ip"}, true
	case "service", "path":
		return nil, true
	case "header":
		header := child(config, "header_name")
		if header == nil {
			c.warn(k, "%s counts by a header and names none", k.Value)
			return nil, false
		}
		name, ok := c.header(header, header.Value)
		return []string{name}, ok
	default:
		c.warn(child(config, member), "%s counts by %q, which has no equivalent", k.Value, by)
		return nil, false
	}
}

// policies is for Huawei's policies, which are read where an operation names one.
func policies(c *converter, s site, k, _ *yaml.Node) { c.misplaced(s, k) }

// huawei reads the policy that an operation names.
func huawei(c *converter, s site, k, v *yaml.Node) {
	policy := child(c.doc.Node(), "x-apigateway-ratelimits", v.Value)
	if policy == nil {
		c.warn(v, "x-apigateway-ratelimits has no policy %q", v.Value)
		return
	}
	window := unitWindow(whole(text(policy, "interval")), text(policy, "unit"))
	if window == "" {
		c.warn(policy, "the policy %q has no interval and unit of whole seconds", v.Value)
		return
	}
	if special := child(policy, "special"); special != nil && len(special.Content) > 0 {
		c.warn(special, "figures of single apps or users have no equivalent at an operation; write them as plans")
	}
	for _, l := range []struct{ member, by string }{{"api-limit", ""}, {"app-limit", "credential"}, {"user-limit", "identity"}, {"ip-limit", "client-ip"}} {
		f := figure{quota: c.count(policy, l.member), window: window}
		if f.quota == 0 {
			continue
		}
		if text(policy, "shared") != "true" {
			f.per = append(f.per, "operation")
		}
		if l.by != "" {
			f.per = append(f.per, l.by)
		}
		c.use(s, once(c.limit(v.Value+"-"+strings.TrimSuffix(l.member, "-limit"), f))...)
	}
}

// tyk reads the API's rate and those of its operations.
func tyk(c *converter, s site, k, v *yaml.Node) {
	if c.misplaced(s, k) {
		return
	}
	for _, at := range [][]string{{"upstream", "rateLimit"}, {"middleware", "global", "rateLimit"}} {
		if r := child(v, at...); r != nil {
			c.tykRate(site{}, r, nil)
		}
	}
	ops := child(v, "middleware", "operations")
	if ops == nil || ops.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(ops.Content); i += 2 {
		r := child(ops.Content[i+1], "rateLimit")
		if r == nil {
			continue
		}
		at, found := site{}, false
		for _, ref := range c.doc.Operations() {
			if ref.Op.OperationID == ops.Content[i].Value {
				at, found = site{ref.Path, strings.ToLower(ref.Method)}, true
			}
		}
		if !found {
			c.warn(ops.Content[i], "the spec has no operation with the operationId %q", ops.Content[i].Value)
			continue
		}
		c.tykRate(at, r, []string{"operation"})
	}
}

func (c *converter) tykRate(s site, r *yaml.Node, per []string) {
	if text(r, "enabled") == "false" {
		return
	}
	f := figure{quota: whole(text(r, "rate")), window: duration(text(r, "per")), per: per}
	if f.quota == 0 || f.window == "" {
		c.warn(r, "this rate is not an integer in a window of whole seconds")
		return
	}
	c.use(s, once(c.limit(named("tyk", f), f))...)
}

// yandex reads requests per second or minute, shared by the operations of a path.
func yandex(c *converter, s site, k, v *yaml.Node) {
	if s.root() { // x-yc-apigateway
		if v = child(v, "rateLimit"); v == nil {
			return
		}
	}
	if ref := text(v, "$ref"); strings.HasPrefix(ref, "#/components/x-yc-apigateway-rate-limits/") {
		named := child(c.doc.Node(), "components", "x-yc-apigateway-rate-limits", ref[strings.LastIndex(ref, "/")+1:])
		if named == nil {
			c.warn(k, "%q refers to nothing", ref)
			return
		}
		v = named
	}
	all := child(v, "allRequests")
	if all == nil {
		c.warn(k, "%s has no allRequests", k.Value)
		return
	}
	f := figure{quota: c.count(all, "rps"), window: "1s", burst: c.count(all, "burst")}
	switch rpm := c.count(all, "rpm"); {
	case f.quota == 0 && rpm == 0:
		c.warn(k, "%s has neither rps nor rpm", k.Value)
		return
	case f.quota == 0:
		f.quota, f.window = rpm, "1m"
	case rpm > 0:
		c.warn(child(all, "rpm"), "%s has rps and rpm, of which it takes one; rps is converted", k.Value)
	}
	name := named("gateway", f)
	if s.method != "" {
		f.per = []string{"operation"}
	} else if s.path != "" {
		name = "gateway-" + nameOf(s.path) // a counter of the path
	}
	c.use(s, once(c.limit(name, f))...)
}

// kusk reads Envoy's form: requests_per_unit and unit.
func kusk(c *converter, s site, k, v *yaml.Node) {
	r := child(v, "rate_limit")
	if r == nil {
		return
	}
	f := figure{quota: whole(text(r, "requests_per_unit")), window: unitWindow(1, text(r, "unit"))}
	if f.quota == 0 || f.window == "" {
		c.warn(k, "%s has no whole requests_per_unit in a unit of time", k.Value)
		return
	}
	if !s.root() {
		f.per = []string{"operation"}
	}
	c.use(s, once(c.limit(fmt.Sprintf("kusk-%d-per-%s", f.quota, f.window), f))...)
}
