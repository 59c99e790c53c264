package convert

import (
	"strconv"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/limit"
)

// tools are the extensions that are read, in lower case.
var tools map[string]func(c *converter, s site, key, value *yaml.Node)

func init() { // avoids an initialization cycle
	tools = map[string]func(c *converter, s site, key, value *yaml.Node){
		"x-google-quota":                       google,
		"x-google-management":                  googleLimits,
		"x-kuadrant":                           kuadrant,
		"x-kong-plugin-rate-limiting":          kong,
		"x-kong-plugin-rate-limiting-advanced": kongAdvanced,
		"x-apigateway-ratelimit":               huawei,
		"x-apigateway-ratelimits":              policies,
		"x-tyk-api-gateway":                    tyk,
		"x-yc-apigateway":                      yandex,
		"x-yc-apigateway-rate-limit":           yandex,
		"x-kusk":                               kusk,
		"x-klaviyo-ratelimit":                  klaviyo,
		"x-api-rate-limit-pool":                kucoin,
		"x-api-rate-limit-weight":              nothing,
		"x-hubspot-rate-limit-exemptions":      hubspot,
		"x-ratelimit-category":                 label,
		"x-ory-ratelimit-bucket":               label,
		"x-throttling-tier":                    tier,
		"x-wso2-throttling-tier":               tier,
		"x-speakeasy-retries":                  retries,
		"x-rate-limit":                         ours,
	}
}

// shapes reads another tool's value under our key.
func shapes(v *yaml.Node) (out []figure, notes []string) {
	found, notes := limit.Foreign(v)
	for _, f := range found {
		quota, _ := strconv.ParseInt(f.Quota, 10, 64)
		burst, _ := strconv.ParseInt(f.Burst, 10, 64)
		per := f.Per
		if !f.PerGiven {
			per = []string{"operation"}
		}
		out = append(out, figure{quota: quota, burst: burst, window: f.Window, per: per})
	}
	return out, notes
}
