package words

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/limit"
)

const equivalent = "; here a limit is {quota: N, window: 1m, per: [...]} under x-rate-limits.limits at the root, and "

type tool struct{ name, whose, here string }

// tools are extensions of other tools about rate limits, and their equivalents here.
var tools = []tool{
	{
		"x-google-quota", "Google Cloud Endpoints' quota",
		"its metricCosts are x-rate-limit: {use: {name: cost}} on the operation",
	},
	{
		"x-google-management", "Google Cloud Endpoints' quota",
		"its limits' values are quotas, with a window of 1m",
	},
	{"x-ratelimit-category", "Pinterest's", "a category is x-rate-limit: name on the operation"},
	{"x-kuadrant", "Kuadrant's", "its rate_limit.rates are x-rate-limit: {use: {name: 1}} on the operation"},
	{
		"x-ory-ratelimit-bucket", "Ory's label of a rate limit",
		"its label is x-rate-limit: name on the operation",
	},
	{
		"x-kong-plugin-rate-limiting", "Kong's rate limit",
		"its config's second, minute and hour are quotas with a window of 1s, 1m and 1h, each a limit in x-rate-limit: {use: {...}}",
	},
	{
		"x-kong-plugin-rate-limiting-advanced", "Kong's rate limit",
		"each pair of its limit and window_size is a quota and a window in seconds, all in x-rate-limit: {use: {...}}",
	},
	{
		"x-throttling-tier", "WSO2's label of a rate limit",
		"its label is x-rate-limit: name on the operation",
	},
	{
		"x-wso2-throttling-tier", "WSO2's label of a rate limit",
		"its label is x-rate-limit: name on the operation",
	},
	{
		"x-tyk-api-gateway", "Tyk's configuration",
		"its rateLimit's rate and per are a quota and a window",
	},
}

// aboutLimits matches names about rate limits. Names of response headers count too.
var aboutLimits = regexp.MustCompile(`^x-(.*-)?(rate-?limit(s|er|ing)?|throttl(e|es|ed|ing)|quotas?)-[a-z0-9-]+$|^x-.+-(rate-?limit(s|er|ing)?|throttl(e|ing)|quotas?)$|^x-(throttl(e|ing)|quotas?)$`)

// AboutLimits reports whether an extension of no known tool is, by its name, about rate limits.
func AboutLimits(key string) bool {
	lower := strings.ToLower(key)
	return named(lower) == nil && aboutLimits.MatchString(lower)
}

// foreign returns the equivalent of another tool's extension about rate limits; "" for other keys.
func foreign(lower, key string, value *yaml.Node) string {
	if strings.HasPrefix(lower, "x-amazon-apigateway-throttl") {
		return key + " has no effect: AWS reads no rate limits from an OpenAPI file, they are in usage plans; write them as x-rate-limits"
	}
	for _, t := range tools {
		if t.name == lower {
			return key + " is " + t.whose + " and is not read" +
				equivalent + t.here + label(value) + figures(t.name, value)
		}
	}
	if named(lower) != nil || !aboutLimits.MatchString(lower) {
		return ""
	}
	text := key + " is another tool's rate limit and is not read" + equivalent +
		"x-rate-limit: name on the operation uses it" + label(value)
	if other := limit.Equivalent(value); other != "" && value.Tag != "!!int" {
		text += "; " + other
	}
	return text
}

// figures returns the limits in a tool's value, as they are written here; "" if they are unclear.
func figures(name string, value *yaml.Node) string {
	var inner *yaml.Node
	switch name {
	case "x-google-quota":
		return googleCosts(child(value, "metricCosts"))
	case "x-kuadrant":
		inner = child(value, "rate_limit", "rates")
	case "x-kong-plugin-rate-limiting", "x-kong-plugin-rate-limiting-advanced":
		inner = child(value, "config")
	case "x-tyk-api-gateway":
		inner = child(value, "middleware", "global", "rateLimit")
	default:
		return ""
	}
	if inner == nil {
		return ""
	}
	if text := limit.Equivalent(inner); text != "" {
		return "; " + text
	}
	return ""
}

// googleCosts writes costs by metric.
func googleCosts(costs *yaml.Node) string {
	if costs == nil || costs.Kind != yaml.MappingNode || len(costs.Content) == 0 {
		return ""
	}
	var uses []string
	for i := 0; i+1 < len(costs.Content); i += 2 {
		name := nameOf(costs.Content[i].Value)
		if !limit.IsName(name) || costs.Content[i+1].Tag != "!!int" {
			return ""
		}
		uses = append(uses, name+": "+costs.Content[i+1].Value)
	}
	return ", so x-rate-limit: {use: {" + strings.Join(uses, ", ") + "}}"
}

// child follows keys through mappings.
func child(n *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		var next *yaml.Node
		for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == key {
				next = through(n.Content[i+1])
			}
		}
		if n = next; n == nil {
			return nil
		}
	}
	return n
}

// label returns the equivalent of a limit's label.
func label(value *yaml.Node) string {
	if value.Kind != yaml.ScalarNode || value.Tag != "!!str" {
		return ""
	}
	name := nameOf(value.Value)
	if !limit.IsName(name) {
		return ""
	}
	return ", so x-rate-limit: " + name
}

// nameOf converts a name to the form of limit names.
func nameOf(text string) string {
	return strings.NewReplacer("_", "-", ".", "-", " ", "-", "/", "-").Replace(strings.ToLower(text))
}
