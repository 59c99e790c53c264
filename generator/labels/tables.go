package labels

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/naming"
	"github.com/limitgen/limitgen/generator/source"
	"github.com/limitgen/limitgen/generator/table"
	"github.com/limitgen/limitgen/generator/table/rate"
)

// tabled reads a table in a text as a limit of the operation. It reports whether there was one with
// a number.
func (r *reader) tabled(rule limit.Label, l label, ref source.OpRef, op *yaml.Node) bool {
	page, _ := table.Read("description.md", []byte(l.Text))
	for _, b := range page.Blocks {
		if b.Table == nil {
			continue
		}
		quota, burst := column(b.Table, rule.Table.Quota), column(b.Table, rule.Table.Burst)
		if quota < 0 {
			continue
		}
		window := rule.Window
		if form, ok := rate.Header(rule.Table.Quota); ok && window == 0 {
			window = form.Window
		}
		for _, row := range b.Table.Rows {
			figure, ok := decimal(row.Cells[quota].Text)
			if !ok {
				continue // "variable"
			}
			if window == 0 {
				r.diags.Errorf(rule.Pos, Rule, "the column %q does not say in how long; say it by window beside table", rule.Table.Quota)
				return true
			}
			f := figures{per: rule.Per, printed: rule.Table.Quota + " " +
				strings.TrimSpace(row.Cells[quota].Text)}
			f.quota, f.window = whole(figure, window)
			if burst >= 0 {
				if n, ok := decimal(row.Cells[burst].Text); ok && n.IsInt() {
					f.burst = n.Num().Int64()
				}
			}
			if f.burst > 0 && window == time.Second && !figure.IsInt() && limit.IsRate(figure) {
				f.rate = figure.FloatString(limit.RateDecimals)
			}
			r.make(l, ref, op, f)
			return true
		}
	}
	return false
}

// column returns the number of a column; -1 if there is none.
func column(t *table.Table, name string) int {
	for i, c := range t.Header {
		if name != "" &&
			limit.SameLabel(strings.Join(strings.Fields(c.Text), " "),
				strings.Join(strings.Fields(name), " ")) {
			return i
		}
	}
	return -1
}

var number = regexp.MustCompile(`^[0-9]{1,12}(\.[0-9]{1,9})?$`)

// decimal reads a number as vendors write it: 1,000 or 0.0167.
func decimal(text string) (*big.Rat, bool) {
	text = strings.ReplaceAll(strings.TrimSpace(text), ",", "")
	if !number.MatchString(text) {
		return nil, false
	}
	n, ok := new(big.Rat).SetString(text)
	return n, ok && n.Sign() > 0
}

// mostParts bounds how many windows a decimal quota may be spread over before it is rounded.
const mostParts = 10

// whole converts a decimal quota to a whole one in whole seconds, never more than the original:
// 0.0167 a second is 1 in 60 s, 2.5 is 5 in 2 s. A bucket has a rate instead, which is exact.
func whole(figure *big.Rat, window time.Duration) (int64, time.Duration) {
	parts := figure.Denom()
	switch {
	case figure.IsInt():
		return figure.Num().Int64(), window
	case parts.IsInt64() && parts.Int64() <= mostParts && figure.Cmp(big.NewRat(1, 1)) > 0:
		return figure.Num().Int64(), window * time.Duration(parts.Int64())
	case figure.Cmp(big.NewRat(1, 1)) < 0:
		seconds := new(big.Rat).Quo(big.NewRat(int64(window/time.Second), 1), figure)
		up := new(big.Int).Add(new(big.Int).Quo(seconds.Num(), seconds.Denom()), big.NewInt(1))
		if seconds.IsInt() {
			up = seconds.Num()
		}
		return 1, time.Duration(min(up.Int64(), 1000*86400)) * time.Second
	}
	in := new(big.Rat).Mul(figure, big.NewRat(mostParts, 1))
	return new(big.Int).Quo(in.Num(), in.Denom()).Int64(), window * mostParts
}

type figures struct {
	quota, burst int64
	window       time.Duration
	rate         string // in place of quota and window
	printed      string
	per          []string
}

// make adds a limit for the operation to x-rate-limits. A limit of that name in the file takes
// precedence, so that it can correct the vendor's table.
func (r *reader) make(l label, ref source.OpRef, op *yaml.Node, f figures) {
	name := nameOf(ref)
	if first, ok := r.made[name]; ok {
		r.diags.Errorf(l.Pos, Rule, "this table makes a limit %q, and so does that at %s; give one of the operations an x-rate-limit", name, first)
		return
	}
	r.made[name] = l.Pos
	if r.table.Limit(name) == nil {
		per := diag.Moved(&yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}, l.node)
		for _, dimension := range f.per {
			per.Content = append(per.Content, scalar(l.node, dimension, "!!str"))
		}
		made := object(l.node, scalar(l.node, "per", "!!str"), per)
		if f.rate != "" {
			made.Content = append(made.Content, scalar(l.node, "rate", "!!str"),
				scalar(l.node, f.rate, "!!float"))
		} else {
			made.Content = append(made.Content,
				scalar(l.node, "quota", "!!str"), scalar(l.node, fmt.Sprint(f.quota), "!!int"),
				scalar(l.node, "window", "!!str"), scalar(l.node, fmt.Sprintf("%ds", f.window/time.Second),
					"!!str"))
		}
		if f.burst > 0 {
			made.Content = append(made.Content, scalar(l.node, "burst", "!!str"),
				scalar(l.node, fmt.Sprint(f.burst), "!!int"))
		}
		limits := child(r.root, "limits")
		if limits == nil {
			limits = object(r.root)
			r.root.Content = append(r.root.Content, scalar(r.root, "limits", "!!str"), limits)
		}
		limits.Content = append(limits.Content, scalar(l.node, name, "!!str"), made)
	}
	l.Text = f.printed
	r.use(op, l, limit.Alias{Name: name})
}

// nameOf derives a limit's name from an operation's.
func nameOf(ref source.OpRef) string {
	text := ref.Op.OperationID
	if text == "" {
		text = ref.Method + " " + ref.Path
	}
	name := strings.Join(naming.Words(text), "-")
	name = strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(name), "-"),
		"-")
	if name == "" || name[0] < 'a' {
		name = "op-" + name
	}
	return strings.TrimRight(name[:min(len(name), 63)], "-")
}
