package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/limit"
)

// otherDialects recognises what other tools write about rate limits and shows the equivalent. It
// warns: a document may serve several tools.
func otherDialects(l *linter) {
	l.dialects(nil)
	for _, path := range l.doc.Paths() {
		l.dialects([]string{"paths", path})
	}
	for _, op := range l.ops {
		l.dialects(op.Pointer)
	}
}

func (l *linter) dialects(ptr []string) {
	for _, key := range l.doc.Keys(ptr...) {
		if known := dialect(key); known != "" {
			l.diags.Warnf(l.doc.Pos(append(slices.Clone(ptr), key)...), limit.RuleDialect, "%s", known)
		}
	}
}

const equivalent = "; here a limit is {quota: N, window: 1m, per: [...]} under x-rate-limits.limits at the root, and "

// dialect names the tool whose extension a key is and what to write instead; "" for other keys.
func dialect(key string) string {
	switch lower := strings.ToLower(key); {
	case lower == "x-google-quota", lower == "x-google-management":
		return key + " is Google Cloud Endpoints' quota and is not read" + equivalent + "its metricCosts are x-rate-limit: {use: {name: cost}} on the operation"
	case lower == "x-ratelimit-category":
		return key + " is Pinterest's and is not read" + equivalent + "a category is x-rate-limit: name on the operation"
	case lower == "x-kuadrant":
		return key + " is Kuadrant's and is not read" + equivalent + "its rate_limit.rates are x-rate-limit: {use: {name: 1}} on the operation"
	case lower == rootExtension, lower == opExtension:
		return ""
	case strings.HasPrefix(lower, "x-ratelimit-"), strings.HasPrefix(lower, "x-rate-limit-"), lower == "x-ratelimit", lower == "x-rate-limiting", lower == "x-throttling":
		return fmt.Sprintf("%s is another tool's rate limit and is not read", key) + equivalent + "x-rate-limit: name on the operation uses it"
	}
	return ""
}
