package lint

import (
	"slices"

	"github.com/limitgen/limitgen/generator/limit"
)

const ruleShared = "announce-shared"

// sharedFields reports limits that count the same request and are announced in the same field,
// unless the announced quota tells which of them a figure is of.
func sharedFields(l *linter) {
	reported := make(map[[2]string]bool)
	for _, u := range l.AllUses() {
		for i, c := range u.Charges {
			for _, d := range u.Charges[:i] {
				a, b := d.Limit, c.Limit
				pair := [2]string{a.Name, b.Name}
				field := shared(a.Announce, b.Announce)
				if field == "" || a == b || reported[pair] || toldApart(a, b) {
					continue
				}
				reported[pair] = true
				l.diags.Errorf(b.Announce.Pos, ruleShared,
					"the field %s tells of limit %q too (%s), and %s counts against both; "+
						"give both the same fields, with limit among them, if their quotas differ", field, a.Name,
					a.Announce.Pos, u.Op.Name())
			}
		}
	}
}

// shared returns the first field that two limits are announced in; "" if there is none.
func shared(a, b *limit.Announce) string {
	if a == nil || b == nil {
		return ""
	}
	other := b.Fields()
	for _, field := range a.Fields() {
		if slices.Contains(other, field) {
			return field
		}
	}
	return ""
}

// toldApart reports whether the quota in an answer tells two limits apart that have all fields in
// common.
func toldApart(a, b *limit.Limit) bool {
	return a.Announce.Quota != "" && a.Announce.Same(b.Announce) &&
		announcedQuota(a) != announcedQuota(b)
}

// announcedQuota is what servers announce of a limit: of a bucket it is the smaller figure.
func announcedQuota(l *limit.Limit) int64 {
	if l.Burst > 0 && l.Reset != limit.UTC {
		return min(l.Quota, l.Burst)
	}
	return l.Quota
}
