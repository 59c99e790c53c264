package golang

import (
	"fmt"
	"strings"

	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/model"
)

// limitLine describes a method's limits, for its comment.
func limitLine(op *model.Operation) string {
	if len(op.Rates) == 0 {
		return ""
	}
	lines := make([]string, 0, len(op.Rates))
	for _, r := range op.Rates {
		lines = append(lines, "Limit: "+rateText(r)+".")
	}
	return strings.Join(lines, "  \n") // a line break of Markdown, which a comment keeps
}

// valueText describes the number in the request that is a call's cost.
func valueText(r *model.Rate) string {
	text := r.Count.Name
	switch {
	case r.Count.In == model.InBody && r.Count.Pointer == "":
		text = "the body's number"
	case r.Count.In == model.InBody:
		text = strings.TrimPrefix(r.Count.Pointer, "/") + " in the body"
	}
	if r.Times > 1 {
		text = fmt.Sprintf("%d times %s", r.Times, text)
	}
	return fmt.Sprintf("%s (%d when absent)", text, r.Default)
}

// quotaText returns a quota of a limit in words, or the rate that it encodes.
func quotaText(l *model.Limit, quota int64) string {
	if l.Rated {
		return limit.Rate(quota, l.Unit, l.Seconds)
	}
	return limit.Quota(quota, l.Unit, l.Seconds)
}

func rateText(r *model.Rate) string {
	l := r.Limit
	text := quotaText(l, l.Quota)
	var per []string
	own := false
	for _, p := range l.Per {
		if p == "operation" {
			own = true
			continue
		}
		per = append(per, p)
	}
	if len(per) > 0 {
		text += " per " + strings.Join(per, " and ")
	}
	if !own {
		text += " (" + l.Name + ")"
	} else {
		text += " for this operation (" + l.Name + ")"
	}
	if l.Burst > 0 && !l.UTC {
		text += fmt.Sprintf(", up to %d at once", l.Burst)
	}
	switch {
	case r.Value:
		text += fmt.Sprintf("; a call counts %s", valueText(r))
		if r.Max > 0 {
			text += fmt.Sprintf(", at most %d", r.Max)
		}
	case r.Count != nil:
		what := "each part of " + r.Count.Name
		if r.Count.In == model.InBody {
			what = "each item of the body"
			if r.Count.Pointer != "" {
				what = "each item of " + strings.TrimPrefix(r.Count.Pointer, "/") + " in the body"
			}
		}
		text += fmt.Sprintf("; %s counts %d", what, r.Times)
		if r.Max > 0 {
			text += fmt.Sprintf(", at most %d a call", r.Max)
		}
	case r.Cost != 1:
		text += fmt.Sprintf("; a call counts %d", r.Cost)
	}
	for _, s := range l.Stages {
		if !s.At.IsZero() {
			text += fmt.Sprintf("; from %s on %s", s.Text, quotaText(l, s.Quota))
		}
	}
	return oneLine(text)
}
