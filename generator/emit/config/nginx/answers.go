package nginx

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// planned is a limit with a plan's figures, by the number of the plan.
type planned struct {
	number string
	*counter
}

// answers are the fields of refusals. Where a caller's plan changes a limit, they are variables
// that follow the plan: a client that is told a smaller quota than it has paces itself by that.
func (b *builder) answers() {
	b.Retry = "1"
	policies := make(map[*counter]string)
	for i, c := range b.Limits {
		policies[c] = b.planPolicy(i+1, c)
	}
	for i, c := range b.classes {
		var texts []string
		var counters []*counter
		for _, u := range c.uses {
			texts = append(texts, policies[u.counter])
			counters = append(counters, u.counter)
		}
		b.Buckets = max(b.Buckets, bucketSize(len(c.name)))
		b.Policies = append(b.Policies, pair{
			quote(mapKey(c.name)), "'" + strings.Join(texts, ", ") + "'",
		})
		if text := b.planRetry(i+1, counters); text != b.Retry {
			b.Retries = append(b.Retries, pair{quote(mapKey(c.name)), text})
		}
	}
}

// planPolicy returns a limit's policy, or the variable that has it for the caller's plan.
func (b *builder) planPolicy(number int, c *counter) string {
	if len(c.planned) == 0 {
		return c.policy()
	}
	m := planMap{
		Name:    fmt.Sprintf("%s_policy%d", b.Name, number),
		Entries: []pair{{"default", "'" + c.policy() + "'"}},
	}
	for _, p := range c.planned {
		m.Entries = append(m.Entries, pair{p.number, "'" + p.policy() + "'"})
	}
	b.PlanMaps = append(b.PlanMaps, m)
	return "${" + m.Name + "}"
}

// policy returns a limit as RateLimit-Policy spells it.
func (c *counter) policy() string {
	if c.Held {
		return fmt.Sprintf(`"%s";q=%d;qu="concurrent-requests"`, c.limit.Name, c.limit.Quota)
	}
	quota, seconds := c.limit.InWindow()
	return fmt.Sprintf(`"%s";q=%d;w=%d`, c.limit.Name, quota, seconds)
}

// planRetry returns when a request that counts in some limits fits again, or the variable that has
// it for the caller's plan.
func (b *builder) planRetry(class int, counters []*counter) string {
	m := planMap{
		Name: fmt.Sprintf("%s_retry%d", b.Name, class), Entries: []pair{{"default", retry(counters, "")}},
	}
	var numbers []string
	for _, c := range counters {
		for _, p := range c.planned {
			numbers = append(numbers, p.number)
		}
	}
	slices.Sort(numbers)
	for _, n := range slices.Compact(numbers) {
		if text := retry(counters, n); text != m.Entries[0].Value {
			m.Entries = append(m.Entries, pair{n, text})
		}
	}
	if len(m.Entries) == 1 {
		return m.Entries[0].Value
	}
	b.PlanMaps = append(b.PlanMaps, m)
	return "$" + m.Name
}

// retry is in how many seconds a request fits on a plan; nothing where requests in flight alone
// count.
func retry(counters []*counter, plan string) string {
	var seconds int64
	for _, c := range counters {
		if i := slices.IndexFunc(c.planned, func(p planned) bool { return p.number == plan }); i >= 0 {
			c = c.planned[i].counter
		}
		if !c.Held {
			seconds = max(seconds, c.bucket.retry())
		}
	}
	if seconds == 0 {
		return `""`
	}
	return strconv.FormatInt(seconds, 10)
}
