package convert

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// klaviyo reads a quota for each window: burst, steady and daily.
func klaviyo(c *converter, s site, k, v *yaml.Node) {
	if v.Kind != yaml.MappingNode {
		c.warn(k, "%s is not burst, steady and daily", k.Value)
		return
	}
	for i := 0; i+1 < len(v.Content); i += 2 {
		quota, window := rate(v.Content[i+1].Value)
		if quota == 0 || window == "" {
			c.warn(v.Content[i+1], "%q is not a rate in a window of whole seconds", v.Content[i+1].Value)
			continue
		}
		f := figure{quota: quota, window: window, per: []string{"identity", "operation"}}
		c.use(s, once(c.limit(named(v.Content[i].Value, f), f))...)
	}
}

// kucoin reads the pool that an operation uses, and its cost. The size of a pool depends on the
// account and is in no file.
func kucoin(c *converter, s site, k, v *yaml.Node) {
	if v.Value == "" || strings.EqualFold(v.Value, "null") {
		return
	}
	weight := "1"
	var op *yaml.Node
	if s.method != "" {
		op = c.doc.Node("paths", s.path, s.method)
	}
	if op != nil {
		for _, key := range []string{"x-api-rate-limit-weight", "x-api-rate-limit"} {
			if n := c.count(op, key); n > 0 {
				weight = strconv.FormatInt(n, 10)
				break
			}
		}
	}
	if !slices.Contains(c.open, nameOf(v.Value)) {
		c.warn(k, "the quota of the pool %q is in no file; fill it in", v.Value)
	}
	c.use(s, charge{limit: c.unknown(v.Value), cost: weight})
}

// nothing is for extensions that are read together with another one.
func nothing(*converter, site, *yaml.Node, *yaml.Node) {}

// hubspot reads the limits that an operation is exempt from. All other operations count in both.
func hubspot(c *converter, s site, k, v *yaml.Node) {
	known := []string{"daily", "ten-secondly"}
	if len(c.all) == 0 {
		c.warn(k, "%s names limits whose quotas depend on the account and are in no file; fill them in", k.Value)
		c.use(site{}, once(c.unknown(known[0]), c.unknown(known[1]))...)
	}
	left := slices.Clone(known)
	for _, exempt := range v.Content {
		if !slices.Contains(known, exempt.Value) {
			c.warn(exempt, "there is no limit %q to be exempt from", exempt.Value)
		}
		left = slices.DeleteFunc(left, func(name string) bool { return name == exempt.Value })
	}
	c.use(s, once(left...)...)
}

// label reads an extension whose value is a limit's name: its figures are in the vendor's prose.
func label(c *converter, _ site, k, v *yaml.Node) {
	if v.Kind != yaml.ScalarNode || v.Tag == "!!null" {
		c.warn(k, "%s is not a label", k.Value)
		return
	}
	if !slices.Contains(c.labels, k.Value) {
		c.labels = append(c.labels, k.Value)
	}
	if !slices.Contains(c.open, nameOf(v.Value)) {
		c.warn(v, "the quotas of %q are in no file; fill them in", v.Value)
	}
	c.unknown(v.Value)
}

// tiers are WSO2's built-in ones, which count all requests of a resource.
var tiers = map[string]int64{"10kpermin": 10_000, "20kpermin": 20_000, "50kpermin": 50_000}

// tier reads WSO2's label of a rate limit.
func tier(c *converter, s site, k, v *yaml.Node) {
	switch name := nameOf(v.Value); {
	case name == "unlimited":
		c.use(s)
	case tiers[name] > 0:
		f := figure{quota: tiers[name], window: "1m"}
		if !s.root() {
			f.per = []string{"operation"}
		}
		c.use(s, once(c.limit(named("tier", f), f))...)
	default:
		label(c, s, k, v)
	}
}

// retries reads after which answers Speakeasy's clients repeat a call.
func retries(c *converter, _ site, k, v *yaml.Node) {
	codes := child(v, "statusCodes")
	if codes == nil {
		c.warn(k, "%s has no statusCodes, so it defines no refusals", k.Value)
		return
	}
	retry := text(v, "strategy") != "none"
	for _, code := range codes.Content {
		switch code.Value {
		case "429", "503":
			entry := "{status: " + code.Value + "}"
			if !retry {
				entry = "{status: " + code.Value + ", retry: false}"
			}
			if !slices.Contains(c.says, entry) {
				c.says = append(c.says, entry)
			}
		default:
			c.warn(code, "%s does not mean a refusal by a limit; a client repeats 503 and broken connections of idempotent calls by itself, and nothing else", code.Value)
		}
	}
}

// atcKeys are the extensions of the ATC generator for ASP.NET, which belong together.
var atcKeys = map[string]bool{
	"x-ratelimit-policy": true, "x-ratelimit-enabled": true, "x-ratelimit-permit-limit": true, "x-ratelimit-window-seconds": true,
	"x-ratelimit-queue-limit": true, "x-ratelimit-algorithm": true,
}

// atc reads them: a policy is one counter, wherever it is named.
func (c *converter) atc(s site, n *yaml.Node) {
	policy := extension(n, "x-ratelimit-policy")
	permits := extension(n, "x-ratelimit-permit-limit")
	enabled, window, algorithm := extension(n, "x-ratelimit-enabled"), extension(n, "x-ratelimit-window-seconds"), extension(n, "x-ratelimit-algorithm")
	switch {
	case enabled != nil && text(enabled) == "false":
		c.tool("x-ratelimit-enabled")
		c.use(s)
		return
	case policy == nil && permits == nil:
		return
	case policy == nil:
		c.warn(permits, "x-ratelimit-permit-limit has no x-ratelimit-policy beside it, which has to name the limiter")
		return
	}
	c.tool("x-ratelimit-policy")
	if permits == nil { // defined elsewhere
		if name := nameOf(policy.Value); c.taken[name] {
			c.use(s, once(name)...)
			return
		}
		c.warn(policy, "the figures of the policy %q are defined in code; fill them in", policy.Value)
		c.use(s, once(c.unknown(policy.Value))...)
		return
	}
	f := figure{quota: whole(permits.Value), window: unitWindow(whole(value(window)), "s")}
	switch value(algorithm) {
	case "concurrency":
		f.window = ""
	case "token-bucket":
		f.burst = f.quota
		fallthrough
	default:
		if f.window == "" {
			c.warn(permits, "the policy %q has no x-ratelimit-window-seconds", policy.Value)
			return
		}
	}
	if f.quota == 0 {
		c.warn(permits, "x-ratelimit-permit-limit must be an integer from 1")
		return
	}
	c.use(s, once(c.limit(policy.Value, f))...)
}

// ours reads x-rate-limit in another tool's shape, such as Redocly's {events, window}.
func ours(c *converter, s site, k, v *yaml.Node) {
	figures, notes := shapes(v)
	if figures == nil {
		return
	}
	for _, f := range figures {
		if f.quota == 0 || f.window == "" {
			if notes == nil {
				notes = []string{"a bare number has no window"}
			}
			c.warn(v, "%s leaves its figures open; %s", k.Value, strings.Join(notes, "; "))
			return
		}
		c.use(s, once(c.limit(fmt.Sprintf("rate-%d-per-%s", f.quota, f.window), f))...)
	}
}
